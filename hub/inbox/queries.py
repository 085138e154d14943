"""Reading one ticket for the agents' pages. Each function issues one statement, or a few that do
not grow with the number of tickets and messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload, lazyload

from hub.accounts import readers
from hub.accounts.models import Membership, Role, User
from hub.accounts.readers import AnyReader
from hub.database import LARGEST_ID, BigInt
from hub.extensions import db
from hub.outbox import holding
from hub.plain_rows import plain_rows
from hub.regrouping.queries import relatives
from hub.routing.models import FALLBACK
from hub.tickets import queries as tickets
from hub.tickets import references
from hub.tickets.models import (
    Attachment,
    DeliveryStatus,
    Event,
    EventKind,
    Message,
    State,
    Ticket,
)

HISTORY = 15
OTHERS = 8

#: What the hub does by itself.
BY_ITSELF = (
    EventKind.OPENED,
    EventKind.ROUTED,
    EventKind.FILE,
    EventKind.DELIVERY,
    EventKind.LOOKED,
    EventKind.RESENT,
    EventKind.UNSETTLED,
)

#: What the history tells of an outbound message on its way.
FATE = (
    EventKind.DELIVERY,
    EventKind.LOOKED,
    EventKind.RESENT,
    EventKind.UNSETTLED,
    EventKind.DECIDED,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of history, with who did it ("" when the hub or the citizen did)."""

    event: Event
    by: str


def ticket(user: User, reference: str) -> Ticket | None:
    """The ticket with this reference, with all that its page names. None when there is none or
    this person may not see it: the page says the same of both."""
    found = opened(user, reference)
    return found.ticket if found else None


@dataclass(frozen=True, slots=True)
class Versions:
    """Numbers of lines of history: the hub's last one, the ticket's last one (its version), and its
    last one that holds an answer whose writer has not seen it (`seen`); 0 where there is none."""

    latest: int
    last: int
    seen: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A ticket, and how far a page of it knows, both of one instant: what the page reads after that
    may show more, and never less."""

    ticket: Ticket
    versions: Versions


def opened(user: User, reference: str) -> Opened | None:
    """The same as `ticket`, for its page. One statement."""
    values = {"number": references.number(reference), **readers.told(user)}
    row = db.session.execute(_opened(readers.like(user)), values).one_or_none()
    if row is None or row[0].reference != reference.upper():
        return None
    return Opened(row[0], _as_versions(row[1:]))


@cache
def _opened(reader: AnyReader) -> Select[*tuple[Any, ...]]:
    return (
        select(Ticket, *_versions(Ticket.id))
        .options(
            joinedload(Ticket.account),
            joinedload(Ticket.department),
            joinedload(Ticket.assignee).options(lazyload(User.memberships)),
            joinedload(Ticket.contact),
            joinedload(Ticket.publication),
            joinedload(Ticket.previous),
        )
        .where(Ticket.id == bindparam("number"), tickets.visible_to(reader))
    )


def message_of(ticket: Ticket, message_id: int) -> Message | None:
    """This message, when it is one of the ticket's."""
    message = db.session.get(Message, message_id)
    return message if message and message.ticket_id == ticket.id else None


def history(ticket: Ticket, *, before: int | None = None) -> tuple[list[Line], int | None]:
    """A page of the history, newest first, and the event to read on before (None: that is all)."""
    values = {"ticket_id": ticket.id, "before": before or LARGEST_ID}
    rows = db.session.execute(_history(), values).all()
    lines = [Line(event, by or "") for event, by in rows[:HISTORY]]
    return lines, lines[-1].event.id if len(rows) > HISTORY else None


@cache
def _history() -> Select[Event, str]:
    return (
        select(Event, User.name)
        .outerjoin(Event.user)
        .where(Event.ticket_id == bindparam("ticket_id"), Event.id < bindparam("before"))
        .order_by(Event.id.desc())
        .limit(HISTORY + 1)
    )


def events_of(ticket: Ticket, message_ids: Sequence[int]) -> list[Event]:
    """What became of these messages after they were written, oldest first."""
    query = select(Event).where(
        Event.ticket_id.in_(relatives(ticket)),
        Event.message_id.in_(message_ids),
        Event.kind.in_(FATE),
    )
    return list(db.session.scalars(query.order_by(Event.id)))


def versions(ticket: Ticket) -> Versions:
    """How far a page of the ticket knows. Read it before what the page shows: it may show more, and
    never less. One statement."""
    return _as_versions(plain_rows(_versions_alone(), {"ticket_id": ticket.id}).one())


@cache
def _versions_alone() -> Select[*tuple[Any, ...]]:
    return select(*_versions(bindparam("ticket_id", type_=BigInt)))


def _versions(
    ticket_id: ColumnElement[int] | InstrumentedAttribute[int],
) -> tuple[ColumnElement[int | None], ...]:
    """What Versions is made of."""
    latest = select(func.max(Event.id))
    last = latest.where(Event.ticket_id == ticket_id)
    seen = last.where(Event.kind.in_(holding.HOLDING))
    return tuple(found.scalar_subquery() for found in (latest, last, seen))


def _as_versions(numbers: Sequence[int | None]) -> Versions:
    return Versions(*(number or 0 for number in numbers))


def changes_by_others(ticket: Ticket, user: User, *, after: int, limit: int) -> list[Line]:
    """What happened to the ticket after that event and was not this person's doing, the last
    `limit` lines of it, oldest first. What the hub did by itself shows in the conversation."""
    rows = db.session.execute(
        select(Event, User.name)
        .outerjoin(Event.user)
        .where(
            Event.ticket_id == ticket.id,
            Event.id > after,
            or_(Event.user_id.is_(None), Event.user_id != user.id),
            Event.kind.not_in(BY_ITSELF),
        )
        .order_by(Event.id.desc())
        .limit(limit)
    ).all()
    return [Line(event, by or "") for event, by in reversed(rows)]


def cancelled_by(ticket: Ticket, thread: Sequence[Message]) -> dict[int, str]:
    """Message id -> who cancelled this answer before it left; "" for an outside tool. No statement
    where nobody did."""
    if not any(message.delivery == DeliveryStatus.CANCELLED for message in thread):
        return {}
    rows = db.session.execute(
        select(Event.message_id, User.name)
        .outerjoin(Event.user)
        .where(Event.ticket_id.in_(relatives(ticket)), Event.kind == EventKind.CANCELLED)
    )
    return {message_id: name or "" for message_id, name in rows if message_id is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Another ticket of the same person."""

    reference: str
    subject: str
    state: str
    updated_at: datetime


def other_tickets(ticket: Ticket, user: User) -> list[Other]:
    """Other tickets of the same person, as far as this agent may see them: open ones first, then
    the newest."""
    values = {"contact": ticket.contact_id, "this": ticket.id, **readers.told(user)}
    return [
        Other(
            reference=references.reference(row.opened_at, row.id),
            subject=row.subject,
            state=row.state,
            updated_at=row.updated_at,
        )
        for row in plain_rows(_other_tickets(readers.like(user)), values)
    ]


@cache
def _other_tickets(reader: AnyReader) -> Select[int, datetime, str, str, datetime]:
    return (
        select(Ticket.id, Ticket.opened_at, Ticket.subject, Ticket.state, Ticket.updated_at)
        .where(
            Ticket.contact_id == bindparam("contact"),
            Ticket.id != bindparam("this"),
            tickets.visible_to(reader),
        )
        .order_by(Ticket.state == State.CLOSED, Ticket.id.desc())
        .limit(OTHERS)
    )


def candidates(ticket: Ticket, user: User) -> list[tuple[int, str]]:
    """(id, name) of the people to whom this person may give the ticket: the colleagues of its
    department; for supervisors, everybody who may see it."""
    supervises = user.may(Role.SUPERVISOR)
    query = _candidates(supervises, supervises and ticket.department.slug == FALLBACK)
    found = plain_rows(query, {"department_id": ticket.department_id})
    return [(key, name) for key, name in found]


@cache
def _candidates(with_supervisors: bool, with_everybody: bool) -> Select[int, str]:
    query = select(User.id, User.name).where(User.active).order_by(User.name)
    if with_everybody:
        return query
    here = Membership.department_id == bindparam("department_id")
    may_have: ColumnElement[bool] = exists().where(Membership.user_id == User.id, here)
    if with_supervisors:
        may_have = or_(may_have, User.role.in_([Role.SUPERVISOR, Role.ADMIN]))
    return query.where(may_have)


def attachment(user: User, attachment_id: int) -> Attachment | None:
    """A stored file of a message that this person may see."""
    return db.session.scalar(
        select(Attachment)
        .join(Attachment.message)
        .join(Message.ticket)
        .where(Attachment.id == attachment_id, tickets.visible_to(user))
    )
