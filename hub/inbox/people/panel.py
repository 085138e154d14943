"""Who wrote a ticket, as its side panel shows it, as far as a reader may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, or_, select
from sqlalchemy.orm import joinedload

from hub.accounts import readers
from hub.accounts.models import User
from hub.accounts.readers import AnyReader
from hub.channels.models import Account
from hub.clock import UtcDateTime, now
from hub.database import BigInt
from hub.extensions import db
from hub.inbox.people import identities
from hub.inbox.people.identities import Known
from hub.inbox.people.queries import hidden_of
from hub.people import codes
from hub.people.models import IdentityCode
from hub.plain_rows import plain_rows
from hub.regrouping.models import Regrouping, TicketLink
from hub.tickets.models import Message, Ticket
from hub.tickets.people import Contact, Identity

MOST_IDENTITIES = 20
#: The ticket and its person, as the kept statement is told of them.
THIS, PERSON = bindparam("ticket_id", type_=BigInt), bindparam("contact_id", type_=BigInt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What is known of a ticket's person at one glance. `hidden`: how many of their tickets the
    reader may not see."""

    identities: Sequence[Known]
    handle: str
    hidden: int
    code_id: int | None
    has_relations: bool


def person(ticket: Ticket, user: User) -> Person:
    """Who wrote this ticket. One statement."""
    values = {
        "ticket_id": ticket.id,
        "contact_id": ticket.contact_id,
        "now": now(),
        **readers.told(user),
    }
    found = plain_rows(_person(readers.like(user)), values).all()
    first = found[0]
    named = [row for row in found if row.identity_id is not None]
    handles = {row.identity_id: row.handle for row in named}
    return Person(
        identities=identities.known(named),
        handle=handles.get(first.last_identity_id, ""),
        hidden=first.hidden,
        code_id=first.code_id,
        has_relations=first.has_relations,
    )


def code(number: int) -> IdentityCode:
    """A code that is awaited, with who it was sent to."""
    return db.session.get_one(
        IdentityCode, number, options=[joinedload(IdentityCode.identity, Identity.contact)]
    )


@cache
def _person(reader: AnyReader) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Identity.id.label("identity_id"),
            *identities.columns(),
            hidden_of(PERSON, reader).label("hidden"),
            _awaited_code().label("code_id"),
            _has_relations().label("has_relations"),
            _last_identity().label("last_identity_id"),
        )
        .select_from(Contact)
        .outerjoin(Identity, Identity.contact_id == Contact.id)
        .outerjoin(Account, Account.id == Identity.account_id)
        .where(Contact.id == PERSON)
        .order_by(Identity.id)
        .limit(MOST_IDENTITIES)
    )


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
