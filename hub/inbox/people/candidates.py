"""Who else may be the same person as a ticket's: whom clues suggest, and whom an agent looks for.

Only those of whom the reader works on a ticket.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from hub.accounts import readers
from hub.accounts.models import User
from hub.accounts.readers import AnyReader, Reader
from hub.database import BigInt
from hub.extensions import db
from hub.people import clues
from hub.people.models import Clue, ClueKind, Dismissal
from hub.people.suggestions import NEAR, Hint, Suggestion, suggest
from hub.plain_rows import plain_rows
from hub.tickets import queries as tickets
from hub.tickets.models import Tag, Ticket
from hub.tickets.people import Contact, Identity

#: How many clues that others share are looked at.
MOST_SHARED = 50
#: How many people a search shows.
MOST_FOUND = 20
#: The ticket and its person, as the kept statement is told of them.
THIS, PERSON = bindparam("ticket_id", type_=BigInt), bindparam("contact_id", type_=BigInt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Likely:
    """Somebody who may be the same person. `ticket`: their newest that the reader works on."""

    contact: Contact
    ticket: Ticket
    suggestion: Suggestion | None = None


def likely(ticket: Ticket, user: User) -> list[Likely]:
    """Who may be the same person. One statement, and another where there is somebody."""
    values = {
        "ticket_id": ticket.id,
        "contact_id": ticket.contact_id,
        "department_id": ticket.department_id,
        "from": ticket.received_at - NEAR,
        "until": ticket.received_at + NEAR,
        **readers.told(user),
    }
    hints = plain_rows(_hints(readers.like(user)), values).all()
    found = suggest(Hint(row[0], ClueKind(row[1]), row[2], row[3]) for row in hints)
    newest = {row[0]: row[4] for row in hints}
    shown = _tickets([newest[one.contact_id] for one in found])
    return [
        Likely(
            contact=shown[newest[one.contact_id]].contact,
            suggestion=one,
            ticket=shown[newest[one.contact_id]],
        )
        for one in found
    ]


def find(ticket: Ticket, user: User, text: str) -> list[Likely]:
    """Other people by reference, e-mail, handle, or the words of a name, as far as this reader
    works on a ticket of theirs. A fixed number of statements."""
    text = text.strip()
    if (named := tickets.by_reference(text)) is not None:
        theirs = Contact.id == named.contact_id
        theirs = theirs if tickets.works_on(user, named) else Contact.id.is_(None)
    elif conditions := _matching(text):
        theirs = Contact.id.in_(select(Identity.contact_id).where(*conditions))
    else:
        return []
    newest = _newest_listed(user)
    rows = db.session.execute(
        select(Contact.id, newest)
        .where(theirs, Contact.id != ticket.contact_id, newest.is_not(None))
        .order_by(Contact.id.desc())
        .limit(MOST_FOUND)
    ).all()
    shown = _tickets([number for _contact, number in rows])
    return [Likely(contact=shown[n].contact, ticket=shown[n]) for _contact, n in rows]


def by_number(ticket: Ticket, user: User, number: int) -> Contact | None:
    """Another person whom the reader may link with this ticket's."""
    newest = _newest_listed(user)
    return db.session.scalar(
        select(Contact).where(
            Contact.id == number, Contact.id != ticket.contact_id, newest.is_not(None)
        )
    )


# --- What clues suggest ---------------------------------------------------------------------------


@cache
def _hints(reader: AnyReader) -> Select[*tuple[Any, ...]]:
    """What others have in common with the ticket's person: contact, kind, is it near in
    department, in tags, and their newest ticket that the reader works on."""
    mine, theirs = aliased(Clue), aliased(Clue)
    me, them = aliased(Identity), aliased(Identity)
    shared = (
        select(them.contact_id, theirs.kind)
        .select_from(me)
        .join(mine, mine.identity_id == me.id)
        .join(theirs, and_(theirs.value == mine.value, theirs.kind == mine.kind))
        .join(them, them.id == theirs.identity_id)
        .where(
            me.contact_id == PERSON,
            mine.kind.in_([ClueKind.EMAIL, ClueKind.NAME]),
            them.contact_id != PERSON,
        )
        .order_by(theirs.identity_id.desc())
        .limit(MOST_SHARED)
        .subquery()
    )
    newest = _newest_listed(reader, of=shared.c.contact_id)
    return (
        select(
            *shared.c,
            _near_department(shared.c.contact_id),
            _near_tag(shared.c.contact_id),
            newest,
        )
        .where(newest.is_not(None), ~_dismissed(shared.c.contact_id))
        .distinct()
    )


def _near(contact_id: ColumnElement[int]) -> ColumnElement[bool]:
    return and_(
        Ticket.contact_id == contact_id,
        Ticket.received_at.between(bindparam("from"), bindparam("until")),
    )


def _near_department(contact_id: ColumnElement[int]) -> ColumnElement[bool]:
    return exists().where(_near(contact_id), Ticket.department_id == bindparam("department_id"))


def _near_tag(contact_id: ColumnElement[int]) -> ColumnElement[bool]:
    mine, theirs = aliased(Tag), aliased(Tag)
    return exists().where(
        _near(contact_id),
        mine.ticket_id == THIS,
        theirs.ticket_id == Ticket.id,
        theirs.name == mine.name,
    )


def _dismissed(other: ColumnElement[int]) -> ColumnElement[bool]:
    return or_(
        exists().where(Dismissal.contact_id == PERSON, Dismissal.other_id == other),
        exists().where(Dismissal.other_id == PERSON, Dismissal.contact_id == other),
    )


# --- What a search goes by ------------------------------------------------------------------------


def _matching(text: str) -> list[ColumnElement[bool]]:
    """Conditions on Identity: all words of a name, or one e-mail address or handle."""
    if address := clues.EMAIL.fullmatch(text):
        return [_has(address[0].lower(), ClueKind.EMAIL)]
    words = clues.folded_words(text)[:6]
    if len(words) == 1:
        handle = clues.folded_handle(text)
        return [or_(_has(handle, ClueKind.HANDLE), _has(words[0].strip("@"), ClueKind.WORD))]
    return [_has(word, ClueKind.WORD) for word in words]


def _has(value: str, kind: ClueKind) -> ColumnElement[bool]:
    return Identity.id.in_(select(Clue.identity_id).where(Clue.value == value, Clue.kind == kind))


# --- Their tickets --------------------------------------------------------------------------------


def _newest_listed(user: Reader, of: ColumnElement[int] | None = None) -> ColumnElement[Any]:
    theirs = Ticket.contact_id == (Contact.id if of is None else of)
    return select(func.max(Ticket.id)).where(theirs, tickets.listed_for(user)).scalar_subquery()


def _tickets(ids: Sequence[int]) -> dict[int, Ticket]:
    if not ids:
        return {}
    rows = select(Ticket).where(Ticket.id.in_(ids)).options(joinedload(Ticket.contact))
    return {ticket.id: ticket for ticket in db.session.scalars(rows)}
