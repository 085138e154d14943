"""Reading tickets."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, contains_eager, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from hub.accounts.models import Role, User
from hub.accounts.readers import Reader
from hub.channels.base import ThreadMessage
from hub.database import BigInt
from hub.extensions import db
from hub.plain_rows import plain_rows
from hub.routing.models import FALLBACK, Department
from hub.tickets import references
from hub.tickets.models import (
    IN_DOUBT,
    NEVER_LEFT,
    Consultation,
    DeliveryStatus,
    Direction,
    Message,
    Tag,
    Ticket,
)
from hub.tickets.people import Identity

#: How many of the last messages a channel needs to tell the ways to answer.
THREAD_FOR_CHANNEL = 50


def by_reference(text: str, *, lock: bool = False) -> Ticket | None:
    """The ticket with this reference, as a person may type it. None when there is none.

    `lock`: keep others from changing it until the transaction ends (PostgreSQL locks the row,
    SQLite the whole database already).
    """
    number = references.number(text)
    if number is None:
        return None
    ticket = db.session.get(
        Ticket, number, with_for_update={"of": Ticket} if lock else None, populate_existing=lock
    )
    same_year = ticket is not None and ticket.reference[:4] == text.strip()[:4]
    return ticket if same_year else None


def listed_for(user: Reader) -> ColumnElement[bool]:
    """A condition on Ticket: what a person's lists hold. Agents work on the tickets of their
    departments and of the fallback one; supervisors and administrators on all."""
    if user.may(Role.SUPERVISOR):
        return Ticket.id.is_not(None)
    fallback = select(Department.id).where(Department.slug == FALLBACK).scalar_subquery()
    return or_(Ticket.department_id.in_(user.department_ids), Ticket.department_id == fallback)


def visible_to(user: Reader) -> ColumnElement[bool]:
    """A condition on Ticket: what a person may read. Beside their lists, that is what they or
    their departments are consulted about. For one ticket, or few: a list goes by `listed_for`."""
    return or_(listed_for(user), Ticket.id.in_(select(Consultation.ticket_id).where(asks(user))))


def consulted(user: User) -> list[int]:
    """The ids of the tickets that a person or their departments are asked about now."""
    return list(db.session.scalars(select(Consultation.ticket_id).where(asks(user)).distinct()))


def asks(user: Reader) -> ColumnElement[bool]:
    """A condition on Consultation: it is open, and asks this person or a department of theirs."""
    return and_(
        Consultation.ended_at.is_(None),
        or_(Consultation.user_id == user.id, Consultation.department_id.in_(user.department_ids)),
    )


def who_asks(ticket: Ticket, user: User) -> list[User]:
    """Those who wait for this person's answer about the ticket, who asked first before others."""
    asking = (
        select(User, func.min(Consultation.id).label("first"))
        .join(Consultation, Consultation.asked_by_id == User.id)
        .where(Consultation.ticket_id == ticket.id, asks(user), User.id != user.id)
        .group_by(User.id)
        .order_by("first")
    )
    return list(db.session.scalars(asking))


def message_by_key(ticket: Ticket, key: str) -> Message | None:
    """The message of this ticket that was written under that idempotency key."""
    return db.session.scalar(_by_key(), {"ticket_id": ticket.id, "key": key})


@cache
def _by_key() -> Select[Message]:
    here = Message.ticket_id == bindparam("ticket_id")
    return select(Message).where(here, Message.idempotency_key == bindparam("key"))


def reply_of(ticket: Ticket, message_id: int) -> Message | None:
    """This message, when it is an answer in the ticket that a person or a tool wrote in the hub."""
    return db.session.scalar(
        select(Message).where(
            Message.id == message_id,
            Message.ticket_id == ticket.id,
            Message.direction == Direction.OUT,
            Message.automatic.is_(False),
            Message.outside.is_(False),
        )
    )


def may_see(user: User, ticket: Ticket) -> bool:
    """The rule of `visible_to` for one ticket at hand; one statement where the ticket is in none
    of the person's departments."""
    if works_on(user, ticket):
        return True
    asked = select(Consultation.id).where(Consultation.ticket_id == ticket.id, asks(user))
    return db.session.scalar(asked.limit(1)) is not None


def works_on(user: User, ticket: Ticket) -> bool:
    """The rule of `listed_for` for one ticket at hand: who may answer and change it. Others who
    see it are consulted, and write notes."""
    return (
        user.may(Role.SUPERVISOR)
        or ticket.department_id in user.department_ids
        or ticket.department.slug == FALLBACK
    )


def oldest_unanswered(ticket: Ticket) -> Message | None:
    """The first message of the citizen that no person answered since; None when all are.

    An answer counts from the moment it is sent. One of ours answers what had arrived before it
    was written; one made outside the hub answers what was posted before it.
    """
    last_own, last_outside = db.session.execute(
        select(
            func.max(Message.id).filter(Message.outside.is_(False)),
            func.max(Message.posted_at).filter(Message.outside.is_(True)),
        ).where(*_is_answer(ticket))
    ).one()
    unanswered = select(Message).where(
        Message.ticket_id == ticket.id,
        Message.direction == Direction.IN,
        Message.deleted_at.is_(None),
    )
    if last_own is not None:
        unanswered = unanswered.where(Message.id > last_own)
    if last_outside is not None:
        unanswered = unanswered.where(Message.posted_at > last_outside)
    return db.session.scalar(unanswered.order_by(Message.posted_at, Message.id).limit(1))


def first_answer_at(ticket: Ticket) -> datetime | None:
    """When the first answer by a person left. What the council had said in the conversation
    before the citizen wrote is none."""
    return db.session.scalar(
        select(func.min(Message.sent_at)).where(
            *_is_answer(ticket), Message.sent_at >= ticket.received_at
        )
    )


def is_undecided() -> ColumnElement[bool]:
    """A condition on Message: nobody can tell whether it was said, and the hub has given up
    looking for it. It names the condition of a partial index: name the account too where the
    hub has many messages."""
    return and_(IN_DOUBT, Message.delivery == DeliveryStatus.UNKNOWN, Message.next_at.is_(None))


def doubted_since() -> ColumnElement[datetime]:
    """Since when nobody knows whether a message was said; since it was written, where the hub has
    no note of that instant."""
    return func.coalesce(Message.doubted_at, Message.posted_at, type_=Message.posted_at.type)


def waits_for_a_person(message: Message) -> bool:
    """The same of one message at hand; also of one that the hub cannot look for, because its
    account is out of order."""
    return message.delivery == DeliveryStatus.UNKNOWN and (
        message.next_at is None or bool(message.account.broken_because)
    )


def thread_for_channel(ticket: Ticket) -> list[ThreadMessage]:
    """The last messages as the channel may see them, oldest first, notes and automatic messages
    left out. One statement."""
    said = db.session.scalars(_said(), {"ticket_id": ticket.id}).all()
    return [_thread_message(message, message.identity) for message in reversed(said)]


def at_hand_for_channel(thread: Sequence[Message], *, limit: int) -> list[ThreadMessage] | None:
    """The same of the end of a thread, as `messages` read it with this limit; None when that holds
    too few for a channel, and others come before it."""
    said = [one for one in thread if one.direction != Direction.NOTE and not one.automatic]
    if len(thread) == limit and len(said) < THREAD_FOR_CHANNEL:
        return None
    return [_thread_message(one, one.identity) for one in said[-THREAD_FOR_CHANNEL:]]


@cache
def _said() -> Select[Message]:
    return (
        select(Message)
        .outerjoin(Message.identity)
        .options(contains_eager(Message.identity))
        .where(
            Message.ticket_id == bindparam("ticket_id"),
            Message.direction != Direction.NOTE,
            Message.automatic.is_(False),
        )
        .order_by(Message.posted_at.desc(), Message.id.desc())
        .limit(THREAD_FOR_CHANNEL)
    )


def threads_for_channel(ticket_ids: Sequence[int]) -> dict[int, list[ThreadMessage]]:
    """The same of many tickets, by their ids. One statement."""
    place = func.row_number().over(
        partition_by=Message.ticket_id,
        order_by=(Message.posted_at.desc(), Message.id.desc()),
    )
    said = (
        select(Message.id, place.label("place"))
        .where(
            Message.ticket_id.in_(ticket_ids),
            Message.direction != Direction.NOTE,
            Message.automatic.is_(False),
        )
        .subquery()
    )
    rows = db.session.scalars(
        select(Message)
        .join(said, said.c.id == Message.id)
        .outerjoin(Message.identity)
        .options(contains_eager(Message.identity))
        .where(said.c.place <= THREAD_FOR_CHANNEL)
        .order_by(Message.posted_at, Message.id)
    )
    threads: dict[int, list[ThreadMessage]] = {number: [] for number in ticket_ids}
    for message in rows:
        threads[message.ticket_id].append(_thread_message(message, message.identity))
    return threads


def messages(ticket: Ticket, *, before: int | None = None, limit: int = 100) -> list[Message]:
    """A page of the thread, oldest first: the last `limit` messages, or the last before the
    message with the id `before`. A fixed number of statements."""
    query = _thread()
    if before is not None:
        last = db.session.get_one(Message, before)
        query = query.where(
            or_(
                Message.posted_at < last.posted_at,
                and_(Message.posted_at == last.posted_at, Message.id < last.id),
            )
        )
    rows = db.session.scalars(query, {"ticket_id": ticket.id, "limit": limit}).all()
    _load(Message.revisions, rows, [m.id for m in rows if m.revision])
    _load(Message.parts, rows, [m.id for m in rows if m.direction == Direction.OUT])
    return list(reversed(rows))


def tags(ticket: Ticket) -> Sequence[str]:
    """The words that agents put on the ticket, by name. One statement."""
    return plain_rows(_tags(), {"ticket_id": ticket.id}).scalars().all()


@cache
def _tags() -> Select[str]:
    here = Tag.ticket_id == bindparam("ticket_id")
    return select(Tag.name).where(here).order_by(Tag.name)


def _load(
    relation: InstrumentedAttribute[Any], messages: Sequence[Message], ids: Sequence[int]
) -> None:
    """What only some messages have, for those with these ids. One statement; none without ids."""
    found: dict[int, list[Any]] = {number: [] for number in ids}
    if ids:
        rows = db.session.scalars(_of_messages(relation.property.mapper.class_), {"ids": ids})
        for row in rows:
            found[row.message_id].append(row)
    for message in messages:
        set_committed_value(message, relation.key, found.get(message.id, []))


@cache
def _of_messages(kind: Any) -> Select[Any]:
    ids = bindparam("ids", type_=BigInt, expanding=True)
    return select(kind).where(kind.message_id.in_(ids)).order_by(kind.number)


@cache
def _thread() -> Select[Message]:
    return (
        select(Message)
        .where(Message.ticket_id == bindparam("ticket_id"))
        .options(
            selectinload(Message.attachments),
            joinedload(Message.identity),
            joinedload(Message.user).lazyload(User.memberships),
        )
        .order_by(Message.posted_at.desc(), Message.id.desc())
        .limit(bindparam("limit", type_=Integer))
    )


def _is_answer(ticket: Ticket) -> tuple[ColumnElement[bool], ...]:
    return (
        Message.ticket_id == ticket.id,
        Message.direction == Direction.OUT,
        Message.automatic.is_(False),
        Message.delivery == DeliveryStatus.SENT,
    )


def _thread_message(message: Message, identity: Identity | None) -> ThreadMessage:
    return ThreadMessage(
        direction="in" if message.direction == Direction.IN else "out",
        visibility="public" if message.visibility == "public" else "private",
        external_id=message.external_id,
        conversation=message.conversation,
        posted_at=message.posted_at,
        author_id=identity.external_id if identity else None,
        author_handle=identity.handle if identity else "",
        reply_to=message.reply_to,
        details=message.details,
        target=message.target,
        delivered=message.delivery not in NEVER_LEFT or message.external_id is not None,
    )
