"""Reading what a person's page shows, as far as a reader may see it.

What they may not see is counted and not shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload

from hub.accounts.models import User
from hub.accounts.readers import Reader
from hub.channels.models import Account
from hub.extensions import db
from hub.inbox.people.identities import Known, columns, known
from hub.people.models import Correction, IdentityLink
from hub.tickets import queries as tickets
from hub.tickets.models import State, Ticket
from hub.tickets.people import Contact, Identity

#: A count beyond this is shown as "99+".
MOST_COUNTED = 100
ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPage:
    """Some of a person's tickets, open ones first, and where the next page begins."""

    tickets: Sequence[Ticket]
    following: str | None


def contact(number: int, user: User) -> Contact | None:
    """This person, when the reader may see one of their tickets; who they count as, where they
    were linked."""
    while (further := db.session.scalar(_linked_with(number))) is not None:
        number = further
    seen = exists().where(Ticket.contact_id == Contact.id, tickets.visible_to(user))
    return db.session.scalar(select(Contact).where(Contact.id == number, seen))


def _linked_with(number: int) -> Select[int]:
    return select(IdentityLink.contact_id).where(
        IdentityLink.from_contact_id == number, IdentityLink.undone_at.is_(None)
    )


def works_for(contact: Contact, user: User) -> bool:
    """Does this person work on one of the tickets? Then they may correct and part."""
    mine = select(Ticket.id).where(Ticket.contact_id == contact.id, tickets.listed_for(user))
    return db.session.scalar(mine.limit(1)) is not None


def identities(contact: Contact) -> list[Known]:
    """All identities of a person, in the order in which they became known."""
    rows = db.session.execute(
        select(*columns())
        .join(Account, Account.id == Identity.account_id)
        .where(Identity.contact_id == contact.id)
        .order_by(Identity.id)
        .limit(100)
    )
    return known(rows)


def tickets_of(contact: Contact, user: User, after: str = "") -> TicketPage:
    """A page of the person's tickets that the reader may see, open ones first."""
    query = (
        select(Ticket)
        .where(Ticket.contact_id == contact.id, tickets.visible_to(user))
        .options(joinedload(Ticket.department))
        .order_by(Ticket.state == State.CLOSED, Ticket.id.desc())
        .limit(ROWS + 1)
    )
    if (place := _place(after)) is not None:
        query = query.where(place)
    rows = db.session.scalars(query).all()
    last = rows[ROWS - 1] if len(rows) > ROWS else None
    sign = "c" if last is not None and last.state == State.CLOSED else "o"
    return TicketPage(tickets=rows[:ROWS], following=f"{sign}.{last.id}" if last else None)


def _place(after: str) -> ColumnElement[bool] | None:
    """What comes after this place: "o.17" among the open tickets, "c.17" among the closed."""
    sign, _dot, number = after.partition(".")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    closed, lower = Ticket.state == State.CLOSED, Ticket.id < int(number)
    return and_(closed, lower) if sign == "c" else or_(closed, lower)


def hidden(contact: Contact, user: User) -> int:
    """How many of the person's tickets the reader may not see."""
    return db.session.scalar(select(hidden_of(contact.id, user))) or 0


def hidden_of(contact_id: int | ColumnElement[int], user: Reader) -> ColumnElement[int]:
    """That count, to be read with other things in one statement."""
    others = select(Ticket.id).where(Ticket.contact_id == contact_id, ~tickets.visible_to(user))
    some = others.limit(MOST_COUNTED).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def links(contact: Contact) -> Sequence[IdentityLink]:
    """The links that brought others to this person and stand, newest first."""
    return db.session.scalars(
        select(IdentityLink)
        .where(IdentityLink.contact_id == contact.id, IdentityLink.undone_at.is_(None))
        .options(joinedload(IdentityLink.from_contact), joinedload(IdentityLink.by))
        .order_by(IdentityLink.id.desc())
        .limit(100)
    ).all()


def link(contact: Contact, number: int) -> IdentityLink | None:
    """This link, when it brought somebody to this person."""
    found = db.session.get(IdentityLink, number)
    return found if found and found.contact_id == contact.id else None


def corrections(contact: Contact) -> Sequence[Correction]:
    """What was corrected by hand, newest first."""
    return db.session.scalars(
        select(Correction)
        .where(Correction.contact_id == contact.id)
        .options(joinedload(Correction.by))
        .order_by(Correction.id.desc())
        .limit(20)
    ).all()
