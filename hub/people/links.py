"""Linking two contacts that are one person, and parting them again. Each is one commit with a line
of history in each ticket that changes hands.

Nothing is deleted and no message moves: tickets and identities point to the other contact. Whoever
locks takes identities first, then tickets, as the way in does (intake/threads.py).
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import lazyload

from hub.accounts.models import User
from hub.clock import now
from hub.extensions import db
from hub.people.models import How, IdentityLink, LinkedIdentity, LinkedTicket
from hub.people.refusals import (
    LinkedElsewhere,
    LinkedOn,
    SamePerson,
    TicketsTogether,
    UndoneAlready,
)
from hub.regrouping.models import Regrouping
from hub.tickets.actions import set_renamed
from hub.tickets.history import record
from hub.tickets.models import Direction, EventKind, Message, Ticket
from hub.tickets.people import Contact, Identity

FIELDS = ("name", "email", "postal_address")


def link(contact: Contact, ticket: Ticket, *, reason: str, by: User) -> IdentityLink:
    """Count all that is the contact's as that of the ticket's person, because somebody says so.
    Raises SamePerson, LinkedElsewhere."""
    with _committing():
        return link_held(contact, ticket, how=How.HAND, reason=reason, by_id=by.id)


def link_held(
    contact: Contact, ticket: Ticket, *, how: How, reason: str = "", by_id: int
) -> IdentityLink:
    """The same in the caller's transaction, which holds no ticket yet. What the ticket's person
    lacks (name, e-mail, address) is filled in."""
    other = ticket.contact
    if contact.id == other.id:
        raise SamePerson
    identities = _hold_identities(Identity.contact_id.in_([contact.id, other.id]))
    held = _hold_tickets(or_(Ticket.contact_id == contact.id, Ticket.id == ticket.id))
    tickets = [one for one in held if one.id != ticket.id]
    if ticket.contact_id != other.id or _standing_from(contact.id) or _standing_from(other.id):
        raise LinkedElsewhere
    done = IdentityLink(
        from_contact=contact,
        contact=other,
        how=how,
        ticket_id=ticket.id,
        reason=reason,
        by_id=by_id,
        filled=_fill(other, contact),
    )
    db.session.add(done)
    db.session.flush()
    mine = [identity for identity in identities if identity.contact_id == contact.id]
    names = {one: called(one, identities) for one in (contact, other)}
    _move(mine, tickets, other)
    db.session.add_all(LinkedIdentity(link_id=done.id, identity_id=one.id) for one in mine)
    db.session.add_all(LinkedTicket(link_id=done.id, ticket_id=one.id) for one in tickets)
    by_code = how == How.CODE
    for one in held:
        who = names[contact if one.id == ticket.id else other]
        record(one, EventKind.IDENTIFIED, user_id=by_id, who=who, reason=reason, by_code=by_code)
    set_renamed(other.id)
    return done


def undo(done: IdentityLink, *, by: User) -> None:
    """Let the two be two people again: identities and tickets go back, also those that came
    since. Raises UndoneAlready, LinkedOn, TicketsTogether."""
    with _committing():
        contact, other = done.from_contact, done.contact
        identities = _hold_identities(Identity.contact_id == other.id)
        tickets = _hold_tickets(Ticket.contact_id == other.id)
        db.session.refresh(done)
        if done.undone_at is not None:
            raise UndoneAlready
        if _standing_from(other.id):
            raise LinkedOn
        mine, leaving = _going(done, identities, tickets)
        _refuse_together({ticket.id for ticket in leaving})
        done.undone_at, done.undone_by_id = now(), by.id
        _empty(other, contact, done.filled)
        _move(mine, leaving, contact)
        who = called(contact, mine)
        for ticket in tickets:
            if ticket in leaving or ticket.id == done.ticket_id:
                record(ticket, EventKind.SEPARATED, user_id=by.id, who=who)
        set_renamed(contact.id)
        set_renamed(other.id)


def called(contact: Contact, identities: Collection[Identity]) -> str:
    """A word for a person, one of whose identities these are: the name, else a handle."""
    handles = (one.name or one.handle for one in identities if one.contact_id == contact.id)
    return contact.name or next((name for name in handles if name), "") or f"#{contact.id}"


# --- Steps of the above ---------------------------------------------------------------------------


@contextmanager
def _committing() -> Iterator[None]:
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


def _hold_identities(condition: ColumnElement[bool]) -> Sequence[Identity]:
    return db.session.scalars(
        select(Identity)
        .where(condition)
        .options(lazyload("*"))
        .order_by(Identity.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def _hold_tickets(condition: ColumnElement[bool]) -> Sequence[Ticket]:
    return db.session.scalars(
        select(Ticket)
        .where(condition)
        .options(lazyload("*"))
        .order_by(Ticket.id)
        .with_for_update(of=Ticket)
        .execution_options(populate_existing=True)
    ).all()


def _standing_from(contact_id: int) -> bool:
    """Is this person counted as another one now?"""
    query = select(IdentityLink.id).where(
        IdentityLink.from_contact_id == contact_id, IdentityLink.undone_at.is_(None)
    )
    return db.session.scalar(query.limit(1)) is not None


def _move(identities: Collection[Identity], tickets: Collection[Ticket], to: Contact) -> None:
    for identity in identities:
        identity.contact = to
    for ticket in tickets:
        ticket.contact = to
    db.session.flush()


def _fill(contact: Contact, source: Contact) -> list[str]:
    """Which fields were empty and are not any more."""
    filled = [name for name in FIELDS if not getattr(contact, name) and getattr(source, name)]
    for name in filled:
        setattr(contact, name, getattr(source, name))
    return filled


def _empty(contact: Contact, source: Contact, filled: Collection[str]) -> None:
    """Take back what was filled in, unless it was corrected since."""
    for name in filled:
        if getattr(contact, name) == getattr(source, name):
            setattr(contact, name, "")


def _going(
    done: IdentityLink, identities: Sequence[Identity], tickets: Sequence[Ticket]
) -> tuple[list[Identity], list[Ticket]]:
    """What the link brought, and what came of that since: tickets that one of the identities
    opened, and identities that were first heard of in one of the tickets."""
    brought = select(LinkedIdentity.identity_id).where(LinkedIdentity.link_id == done.id)
    mine = set(db.session.scalars(brought))
    theirs = select(LinkedTicket.ticket_id).where(LinkedTicket.link_id == done.id)
    moved = set(db.session.scalars(theirs))
    openers, first_heard = _openers(tickets), _first_heard(identities)
    while True:
        leaving = _leaving(tickets, moved, mine, openers)
        more = {one for one, place in first_heard.items() if place in leaving} - mine
        if not more:
            break
        mine |= more
    return (
        [identity for identity in identities if identity.id in mine],
        [ticket for ticket in tickets if ticket.id in leaving],
    )


def _leaving(
    tickets: Sequence[Ticket], moved: set[int], mine: set[int], openers: dict[int, int | None]
) -> set[int]:
    """Also what follows one of those, where the platform tells no identity."""
    leaving: set[int] = set()
    for ticket in tickets:  # in the order of their ids: what is followed comes first
        opener = openers.get(ticket.id)
        follows = opener is None and ticket.previous_id in leaving
        if ticket.id in moved or opener in mine or follows:
            leaving.add(ticket.id)
    return leaving


def _openers(tickets: Sequence[Ticket]) -> dict[int, int | None]:
    """Ticket id -> the identity that wrote its first message."""
    first = (
        select(func.min(Message.id))
        .where(
            Message.ticket_id.in_([ticket.id for ticket in tickets]),
            Message.direction == Direction.IN,
        )
        .group_by(Message.ticket_id)
    )
    rows = select(Message.ticket_id, Message.identity_id).where(Message.id.in_(first))
    return {ticket_id: identity_id for ticket_id, identity_id in db.session.execute(rows)}  # noqa: C416


def _first_heard(identities: Sequence[Identity]) -> dict[int, int]:
    """Identity id -> the ticket of its first message."""
    first = (
        select(func.min(Message.id))
        .where(Message.identity_id.in_([identity.id for identity in identities]))
        .group_by(Message.identity_id)
    )
    rows = select(Message.identity_id, Message.ticket_id).where(Message.id.in_(first))
    return {one: place for one, place in db.session.execute(rows) if one is not None}


def _refuse_together(leaving: set[int]) -> None:
    """What is merged or split belongs to one person: one side cannot go alone."""
    standing = select(Regrouping).where(
        Regrouping.undone_at.is_(None),
        or_(Regrouping.from_ticket_id.in_(leaving), Regrouping.into_ticket_id.in_(leaving)),
    )
    for one in db.session.scalars(standing.order_by(Regrouping.id.desc())):
        if not {one.from_ticket_id, one.into_ticket_id} <= leaving:
            raise TicketsTogether(one.into_ticket.reference)
