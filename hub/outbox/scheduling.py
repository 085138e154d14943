"""Answers that leave later. What was written for one moment may be wrong in another: where the
citizen writes again meanwhile, or a colleague answers, such an answer is held back and goes to its
author again, who decides."""

from datetime import datetime, timedelta
from functools import cache
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import aliased

from hub.accounts.models import User
from hub.clock import now
from hub.extensions import db
from hub.outbox.cancelling import LeftAlready
from hub.outbox.refusals import WrongTime
from hub.plain_rows import plain_ids
from hub.queue import ring
from hub.tickets.actions import lock, settle_clocks
from hub.tickets.history import record
from hub.tickets.models import (
    NEVER_LEFT,
    ON_THEIR_WAY,
    DeliveryStatus,
    Direction,
    EventKind,
    Message,
)

#: Nobody knows longer ahead what will be true.
FURTHEST: Final = timedelta(days=62)
#: How long before its way closes an answer must be due.
MARGIN: Final = timedelta(minutes=5)
#: What an answer that was held back is marked with until its author has it again.
OVERTAKEN: Final = "overtaken"


def check(leaves_at: datetime, closes_at: datetime | None) -> None:
    """May an answer be put off to that instant, on a way that closes then? Raises WrongTime."""
    if leaves_at <= now():
        raise WrongTime("past")
    if leaves_at > now() + FURTHEST:
        raise WrongTime("far")
    if closes_at is not None and leaves_at > closes_at - MARGIN:
        raise WrongTime("closed", closes_at)


def put_off(message: Message, leaves_at: datetime, *, closes: bool) -> None:
    """Let a new answer leave at that instant, in the caller's transaction. Raises WrongTime."""
    check(leaves_at, message.send_until)
    message.delivery = DeliveryStatus.SCHEDULED
    message.next_at = message.scheduled_at = leaves_at
    message.closes_ticket = closes


def send_now(message: Message, *, by: User) -> None:
    """Let it leave at once, whatever was written meanwhile: a person has looked. Raises
    LeftAlready where it is not put off any more."""
    db.session.refresh(message, with_for_update={"of": Message})
    if message.delivery != DeliveryStatus.SCHEDULED:
        db.session.rollback()
        raise LeftAlready
    message.delivery, message.next_at = DeliveryStatus.PENDING, now()
    message.scheduled_at = None
    record(lock(message.ticket_id), EventKind.REPLIED, user_id=by.id, message_id=message.id,
           visibility=message.visibility)  # fmt: skip
    db.session.commit()
    ring("send_message", message.id)


def overtaken() -> list[int]:
    """Ids of the answers that are put off and must not leave any more, at most 200."""
    return plain_ids(_overtaken())


@cache
def _overtaken() -> Select[int]:
    query = select(Message.id).where(
        ON_THEIR_WAY, Message.delivery == DeliveryStatus.SCHEDULED, _has_newer()
    )
    return query.order_by(Message.id).limit(200)


def is_overtaken(message: Message) -> bool:
    """Has somebody written since this answer was put off? Of one that has been tried already the
    answer is no: some of it may be on the platform."""
    if message.scheduled_at is None or message.attempts:
        return False
    mine = select(Message.id).where(Message.id == message.id, _has_newer())
    return db.session.scalar(mine) is not None


def hold_back(message: Message) -> None:
    """Take it back for its author, in the caller's transaction."""
    message.delivery, message.next_at = DeliveryStatus.CANCELLED, None
    message.lease_until = message.idempotency_key = None
    message.error_code = OVERTAKEN
    ticket = lock(message.ticket_id)
    record(ticket, EventKind.CANCELLED, message_id=message.id, overtaken=True)
    settle_clocks(ticket)


def hold_back_overtaken(message_id: int) -> None:
    """The same for a message that no worker has taken, in one commit."""
    found = db.session.scalar(
        select(Message)
        .where(Message.id == message_id, Message.delivery == DeliveryStatus.SCHEDULED)
        .with_for_update(of=Message)
    )
    if found is None or not is_overtaken(found):
        db.session.rollback()
        return
    hold_back(found)
    db.session.commit()
    tell_author(message_id)


def tell_author(message_id: int) -> None:
    """Have an answer that was held back given to its author again (inbox/drafts). The room above
    this one does it: the doorbell alone knows its name here."""
    ring("return_to_author", message_id)


def _has_newer() -> ColumnElement[bool]:
    """Something of the citizen, or an answer of somebody else, came after the message."""
    newer = aliased(Message)
    by_a_colleague = and_(
        newer.direction == Direction.OUT,
        newer.automatic.is_(False),
        newer.user_id.is_distinct_from(Message.user_id),
        newer.delivery.not_in(NEVER_LEFT),
    )
    return exists().where(
        newer.ticket_id == Message.ticket_id,
        newer.id > Message.id,
        or_(newer.direction == Direction.IN, by_a_colleague),
    )
