"""Reading who wrote: what the side panel and a person's page show, as far as a reader may see it.

What they may not see is counted and not shown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from hub.accounts import readers
from hub.accounts.models import User
from hub.accounts.readers import AnyReader, Reader
from hub.channels.models import Account
from hub.clock import UtcDateTime, now
from hub.database import BigInt
from hub.extensions import db
from hub.people import clues, codes
from hub.people.models import (
    Clue,
    ClueKind,
    Correction,
    Dismissal,
    IdentityCode,
    IdentityLink,
    LinkedIdentity,
)
from hub.people.suggestions import NEAR, Hint, Suggestion, suggest
from hub.regrouping.models import Regrouping, TicketLink
from hub.tickets import queries as tickets
from hub.tickets.models import Message, State, Tag, Ticket
from hub.tickets.people import Contact, Identity

MOST_IDENTITIES = 20
#: A count beyond this is shown as "99+".
MOST_COUNTED = 100
#: How many clues that others share are looked at.
MOST_SHARED = 50
ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One identity of a person. `since`: when they first wrote under it. `how`: how it is known to
    be theirs, where it was another person's first."""

    channel: str
    account: str
    name: str
    handle: str
    since: datetime | None
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What is known of a ticket's person at one glance. `hidden`: how many of their tickets the
    reader may not see."""

    identities: Sequence[Known]
    handle: str
    hidden: int
    code_id: int | None
    has_relations: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Likely:
    """Somebody who may be the same person. `ticket`: their newest that the reader works on."""

    contact: Contact
    ticket: Ticket
    suggestion: Suggestion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPage:
    """Some of a person's tickets, open ones first, and where the next page begins."""

    tickets: Sequence[Ticket]
    following: str | None


# --- The side panel -------------------------------------------------------------------------------


def person(ticket: Ticket, user: User) -> Person:
    """Who wrote this ticket. One statement."""
    rows = db.session.execute(_person(readers.like(user)), _values(ticket, user)).all()
    first = rows[0]
    known = _grouped(_known(*row[:4]) for row in rows if row[0] is not None)
    handles = {row[0].id: row[0].handle for row in rows if row[0] is not None}
    return Person(
        identities=known,
        handle=handles.get(first[7] or 0, ""),
        hidden=first[4],
        code_id=first[5],
        has_relations=first[6],
    )


def likely(ticket: Ticket, user: User) -> list[Likely]:
    """Who may be the same person. One statement, and another where there is somebody."""
    rows = db.session.execute(_hints(readers.like(user)), _values(ticket, user)).all()
    found = suggest(Hint(row[0], ClueKind(row[1]), row[2], row[3]) for row in rows)
    newest = {row[0]: row[4] for row in rows}
    shown = _tickets([newest[one.contact_id] for one in found])
    return [
        Likely(
            contact=shown[newest[one.contact_id]].contact,
            suggestion=one,
            ticket=shown[newest[one.contact_id]],
        )
        for one in found
    ]


def code(number: int) -> IdentityCode:
    """A code that is awaited, with who it was sent to."""
    return db.session.get_one(
        IdentityCode, number, options=[joinedload(IdentityCode.identity, Identity.contact)]
    )


# --- A person's page ------------------------------------------------------------------------------


def contact(number: int, user: User) -> Contact | None:
    """This person, when the reader may see one of their tickets; who they count as, where they
    were linked."""
    linked = select(IdentityLink.contact_id).where(
        IdentityLink.from_contact_id == number, IdentityLink.undone_at.is_(None)
    )
    while (further := db.session.scalar(linked)) is not None:
        number = further
        linked = select(IdentityLink.contact_id).where(
            IdentityLink.from_contact_id == number, IdentityLink.undone_at.is_(None)
        )
    seen = exists().where(Ticket.contact_id == Contact.id, tickets.visible_to(user))
    return db.session.scalar(select(Contact).where(Contact.id == number, seen))


def works_for(contact: Contact, user: User) -> bool:
    """Does this person work on one of the tickets? Then they may correct and part."""
    mine = select(Ticket.id).where(Ticket.contact_id == contact.id, tickets.listed_for(user))
    return db.session.scalar(mine.limit(1)) is not None


def identities(contact: Contact) -> list[Known]:
    """All identities of a person, in the order in which they became known."""
    rows = db.session.execute(
        select(Identity, Account, _first_heard(), _how())
        .join(Account, Account.id == Identity.account_id)
        .where(Identity.contact_id == contact.id)
        .order_by(Identity.id)
        .limit(100)
    )
    return _grouped(_known(*row) for row in rows)


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
    return db.session.scalar(select(_hidden(contact.id, user))) or 0


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


# --- Finding somebody -----------------------------------------------------------------------------


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
        .limit(ROWS)
    ).all()
    shown = _tickets([number for _contact, number in rows])
    return [Likely(contact=shown[n].contact, ticket=shown[n]) for _contact, n in rows]


def person_of(ticket: Ticket, user: User, number: int) -> Contact | None:
    """Another person whom the reader may link with this ticket's."""
    newest = _newest_listed(user)
    return db.session.scalar(
        select(Contact).where(
            Contact.id == number, Contact.id != ticket.contact_id, newest.is_not(None)
        )
    )


# --- The statements of the side panel -------------------------------------------------------------

#: What they are told of the ticket: see `_values`.
THIS, PERSON = bindparam("ticket_id", type_=BigInt), bindparam("contact_id", type_=BigInt)


def _values(ticket: Ticket, user: User) -> dict[str, object]:
    return {
        "ticket_id": ticket.id,
        "contact_id": ticket.contact_id,
        "department_id": ticket.department_id,
        "from": ticket.received_at - NEAR,
        "until": ticket.received_at + NEAR,
        "now": now(),
        **readers.told(user),
    }


@cache
def _person(reader: AnyReader) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Identity,
            Account,
            _first_heard(),
            _how(),
            _hidden(PERSON, reader),
            _awaited_code(),
            _has_relations(),
            _last_identity(),
        )
        .select_from(Contact)
        .outerjoin(Identity, Identity.contact_id == Contact.id)
        .outerjoin(Account, Account.id == Identity.account_id)
        .where(Contact.id == PERSON)
        .order_by(Identity.id)
        .limit(MOST_IDENTITIES)
    )


# --- Parts of the statements ----------------------------------------------------------------------


def _known(identity: Identity, account: Account, since: datetime | None, how: str | None) -> Known:
    return Known(
        channel=account.channel,
        account=account.name,
        name=identity.name,
        handle=identity.handle,
        since=since,
        how=how or "",
    )


def _grouped(found: Iterable[Known]) -> list[Known]:
    """Identities that look alike in one line: each form that somebody sends makes one."""
    groups: dict[tuple[str, str, str], Known] = {}
    for one in found:
        key = (one.channel, one.account, one.handle or one.name)
        earlier = groups.setdefault(key, one)
        since = [at for at in (earlier.since, one.since) if at]
        how = earlier.how or one.how
        groups[key] = replace(earlier, since=min(since, default=None), how=how)
    return list(groups.values())


def _first_heard() -> ColumnElement[Any]:
    return (
        select(func.min(Message.posted_at, type_=Message.posted_at.type))
        .where(Message.identity_id == Identity.id)
        .correlate(Identity)
        .scalar_subquery()
    )


def _how() -> ColumnElement[str | None]:
    return (
        select(func.max(IdentityLink.how))
        .join(LinkedIdentity, LinkedIdentity.link_id == IdentityLink.id)
        .where(LinkedIdentity.identity_id == Identity.id, IdentityLink.undone_at.is_(None))
        .correlate(Identity)
        .scalar_subquery()
    )


def _hidden(contact_id: int | ColumnElement[int], user: Reader) -> ColumnElement[int]:
    others = select(Ticket.id).where(Ticket.contact_id == contact_id, ~tickets.visible_to(user))
    some = others.limit(MOST_COUNTED).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _awaited_code() -> ColumnElement[int | None]:
    at_present = bindparam("now", type_=UtcDateTime)
    return (
        select(func.max(IdentityCode.id))
        .where(codes.is_awaited(THIS, at_present))
        .scalar_subquery()
    )


def _has_relations() -> ColumnElement[bool]:
    return or_(
        exists().where(TicketLink.ticket_id == THIS),
        exists().where(TicketLink.other_id == THIS),
        exists().where(Regrouping.from_ticket_id == THIS),
        exists().where(Regrouping.into_ticket_id == THIS),
    )


def _last_identity() -> ColumnElement[int | None]:
    """Of an account that knows the person by several names, the one of this ticket."""
    return (
        select(Message.identity_id)
        .where(Message.ticket_id == THIS, Message.identity_id.is_not(None))
        .order_by(Message.posted_at.desc(), Message.id.desc())
        .limit(1)
        .scalar_subquery()
    )


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


def _newest_listed(user: Reader, of: ColumnElement[int] | None = None) -> ColumnElement[Any]:
    theirs = Ticket.contact_id == (Contact.id if of is None else of)
    return select(func.max(Ticket.id)).where(theirs, tickets.listed_for(user)).scalar_subquery()


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


def _tickets(ids: Sequence[int]) -> dict[int, Ticket]:
    if not ids:
        return {}
    rows = select(Ticket).where(Ticket.id.in_(ids)).options(joinedload(Ticket.contact))
    return {ticket.id: ticket for ticket in db.session.scalars(rows)}
