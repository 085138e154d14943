"""How colleagues stand to a ticket."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, exists, select
from sqlalchemy.orm import aliased

from hub.accounts import readers
from hub.accounts.models import User
from hub.accounts.readers import AnyReader
from hub.database import BigInt
from hub.extensions import db
from hub.inbox.colleagues.names import Name
from hub.inbox.notifications import queries as notifications
from hub.plain_rows import plain_rows
from hub.routing.models import FALLBACK, Department
from hub.tickets import queries as tickets
from hub.tickets.models import Consultation, Event, EventKind, Follower, State, Ticket

#: More open questions than this on one ticket are shown in part.
MOST = 20
#: What is done with a ticket that was transferred: while the last of these is the transfer, nobody
#: has taken it yet.
IN_HAND = (EventKind.TRANSFERRED, EventKind.TAKEN, EventKind.ASSIGNED)


@dataclass(frozen=True, slots=True)
class Question:
    """One that is open. `is_mine`: it waits for the reader's answer; `may_end`: they may end it."""

    id: int
    text: str
    asked: str
    by: str
    at: datetime
    is_mine: bool
    may_end: bool


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Why another department gave the ticket away, to be read until somebody takes it."""

    department: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person's page says of colleagues. `is_unread`: they were told something of the ticket
    that they have not read."""

    follows: bool = False
    is_unread: bool = False
    questions: list[Question] = field(default_factory=list)
    handed_over: HandedOver | None = None


def standing(user: User, ticket: Ticket) -> Standing:
    """One statement."""
    query = _standing(readers.like(user))
    found = plain_rows(query, {"ticket_id": ticket.id, **readers.told(user)}).all()
    works_on = tickets.works_on(user, ticket)
    first = found[0]
    return Standing(
        follows=first.follows,
        is_unread=first.is_unread,
        questions=[_question(row, user, works_on=works_on) for row in found if row.id is not None],
        handed_over=_handed_over(first) if works_on else None,
    )


def strangers(ticket: Ticket, names: Collection[Name]) -> list[Name]:
    """Those who do not see the ticket. One statement, none where there are no names."""
    if not names or ticket.department.slug == FALLBACK:
        return []
    asked = select(Consultation.user_id, Consultation.department_id).where(
        Consultation.ticket_id == ticket.id, Consultation.ended_at.is_(None)
    )
    rows = db.session.execute(asked).all()
    people, departments = {row.user_id for row in rows}, {row.department_id for row in rows}
    return [name for name in names if not _sees(name.who, ticket, people, departments)]


def _sees(
    who: User | Department, ticket: Ticket, people: set[int | None], departments: set[int | None]
) -> bool:
    if isinstance(who, Department):
        return who.id == ticket.department_id or who.id in departments
    is_asked = who.id in people or not departments.isdisjoint(who.department_ids)
    return is_asked or tickets.works_on(who, ticket)


@cache
def _standing(reader: AnyReader) -> Select[*tuple[Any, ...]]:
    """A row for each open question, and one where there is none."""
    ticket_id = bindparam("ticket_id", type_=BigInt)
    asked, asker, transferrer = aliased(User), aliased(User), aliased(User)
    follows = exists().where(Follower.ticket_id == Ticket.id, Follower.user_id == reader.id)
    in_hand = (
        select(Event.id)
        .where(Event.ticket_id == ticket_id, Event.kind.in_(IN_HAND))
        .order_by(Event.id.desc())
        .limit(1)
    )
    is_open = and_(Consultation.ticket_id == Ticket.id, Consultation.ended_at.is_(None))
    return (
        select(
            Consultation.id,
            Consultation.question,
            Consultation.asked_at,
            Consultation.asked_by_id,
            Consultation.user_id,
            Consultation.department_id,
            asked.name.label("colleague"),
            Department.name.label("department"),
            asker.name.label("asker"),
            follows.label("follows"),
            notifications.is_unread_of(reader, ticket_id).label("is_unread"),
            Event.at.label("handed_at"),
            Event.data.label("handed_over"),
            transferrer.name.label("handed_by"),
        )
        .select_from(Ticket)
        .outerjoin(Consultation, is_open)
        .outerjoin(asked, asked.id == Consultation.user_id)
        .outerjoin(Department, Department.id == Consultation.department_id)
        .outerjoin(asker, asker.id == Consultation.asked_by_id)
        .outerjoin(
            Event,
            and_(Event.id == in_hand.scalar_subquery(), Event.kind == EventKind.TRANSFERRED)
            & (Ticket.state != State.CLOSED),
        )
        .outerjoin(transferrer, transferrer.id == Event.user_id)
        .where(Ticket.id == ticket_id)
        .order_by(Consultation.id)
        .limit(MOST)
    )


def _question(row: Row[*tuple[Any, ...]], user: User, *, works_on: bool) -> Question:
    is_asked = row.user_id == user.id or row.department_id in user.department_ids
    return Question(
        id=row.id,
        text=row.question,
        asked=row.colleague or row.department,
        by=row.asker,
        at=row.asked_at,
        is_mine=is_asked and row.asked_by_id != user.id,
        may_end=is_asked or works_on,
    )


def _handed_over(row: Row[*tuple[Any, ...]]) -> HandedOver | None:
    if row.handed_at is None:
        return None
    said = row.handed_over
    return HandedOver(said["old"], said["reason"], row.handed_by or "", row.handed_at)
