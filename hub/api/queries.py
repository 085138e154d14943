"""Reading for outside tools: tokens, pages of tickets, and what a ticket is shown with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import joinedload, lazyload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from hub.accounts.models import User
from hub.api.actions import digest
from hub.api.models import ApiToken
from hub.extensions import db
from hub.routing.models import Department
from hub.search import queries as search_queries
from hub.search.question import Question
from hub.tickets import queries as tickets
from hub.tickets.models import Attachment, Event, FileState, Message, Ticket
from hub.tickets.people import Identity

PAGE = 50
#: A ticket is shown with its last messages, at most so many.
MOST_MESSAGES = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the tickets of a list have in common; empty leaves a condition out."""

    state: str = ""
    department: str = ""
    channel: str = ""


def token(text: str) -> ApiToken | None:
    """The valid token with this text."""
    return db.session.scalar(
        select(ApiToken).where(ApiToken.digest == digest(text), ApiToken.revoked_at.is_(None))
    )


def tokens() -> list[ApiToken]:
    """All tokens, revoked ones too, by name."""
    return list(db.session.scalars(select(ApiToken).order_by(ApiToken.name)))


def page(filters: Filters, *, before: int | None) -> tuple[list[Ticket], int | None]:
    """The last opened tickets with ids below `before`, newest first, and where the next page
    begins (None: this is the last). A fixed number of statements."""
    query = select(Ticket).where(*_conditions(filters)).order_by(Ticket.id.desc())
    if before is not None:
        query = query.where(Ticket.id < before)
    return _page(query)


def search(
    asked: Question, filters: Filters, *, before: int | None
) -> tuple[list[Ticket], int | None]:
    """The same of the tickets that fit a question."""
    ids = search_queries.find(
        asked, by=None, also=_conditions(filters), below=before, limit=PAGE + 1
    )
    return _page(select(Ticket).where(Ticket.id.in_(ids)).order_by(Ticket.id.desc()))


def ticket(reference: str) -> Ticket | None:
    """The ticket with this reference, loaded as it is shown."""
    found = tickets.by_reference(reference)
    if found is None:
        return None
    return db.session.scalars(select(Ticket).where(Ticket.id == found.id).options(*_shown())).one()


def handles(shown: Iterable[Ticket]) -> dict[int, str]:
    """Ticket id -> what the contact is called on the ticket's channel, by the last of its messages:
    an account may know a person by several names. One statement."""
    last = (
        select(Identity.handle)
        .join(Message, Message.identity_id == Identity.id)
        .where(Message.ticket_id == Ticket.id)
        .order_by(Message.posted_at.desc(), Message.id.desc())
        .limit(1)
        .correlate(Ticket)
        .scalar_subquery()
    )
    wanted = [ticket.id for ticket in shown]
    rows = db.session.execute(select(Ticket.id, last).where(Ticket.id.in_(wanted)))
    return {number: handle or "" for number, handle in rows}


def history(ticket: Ticket) -> Sequence[Event]:
    """What happened to the ticket, oldest first, with the people. One statement."""
    return db.session.scalars(
        select(Event)
        .where(Event.ticket_id == ticket.id)
        .options(joinedload(Event.user).options(lazyload(User.memberships)))
        .order_by(Event.id)
    ).all()


def attachment(ticket: Ticket, attachment_id: int) -> Attachment | None:
    """A file of this ticket that can be downloaded; a deleted message has none."""
    return db.session.scalar(
        select(Attachment)
        .join(Attachment.message)
        .where(
            Attachment.id == attachment_id,
            Attachment.state == FileState.STORED,
            Message.ticket_id == ticket.id,
            Message.deleted_at.is_(None),
        )
    )


def _shown() -> tuple[ORMOption, ...]:
    return (
        joinedload(Ticket.department),
        joinedload(Ticket.contact),
        joinedload(Ticket.assignee).options(lazyload(User.memberships)),
        selectinload(Ticket.tags),
    )


def _page(query: Select[Ticket]) -> tuple[list[Ticket], int | None]:
    found = list(db.session.scalars(query.options(*_shown()).limit(PAGE + 1)))
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    conditions = []
    if filters.state:
        conditions.append(Ticket.state == filters.state)
    if filters.channel:
        conditions.append(Ticket.channel == filters.channel)
    if filters.department:
        slug = select(Department.id).where(Department.slug == filters.department)
        conditions.append(Ticket.department_id.in_(slug))
    return conditions
