"""Looking on the platforms for messages of unknown fate, so that none is said twice.

A read time-out, a fault of the platform or a dead worker leaves open whether a message was said.
Its echo may come by itself; else the platform is asked what the account has said there, and what
it shows is filed as any echo is. A message that is not there twice, two minutes apart, is said
once more; what stays unclear is for a person (outbox/decisions.py).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import structlog
from sqlalchemy import ColumnElement, Select, and_, or_, select, update
from sqlalchemy.orm import joinedload, selectinload

from hub.channels import accounts, registry
from hub.channels.base import (
    AccountAccess,
    AccountBroken,
    Channel,
    ChannelError,
    OutboundMessage,
    Refused,
    RetryLater,
)
from hub.channels.models import Account
from hub.clock import now, present
from hub.extensions import db
from hub.intake import deliveries
from hub.plain_rows import plain_ids
from hub.queue import ring
from hub.tickets import outgoing
from hub.tickets.actions import set_said_again, set_unsettled
from hub.tickets.history import record_of
from hub.tickets.models import IN_DOUBT, DeliveryStatus, EventKind, Message

log = structlog.get_logger()

#: A look whose worker died is begun again after this.
LEASE = timedelta(minutes=5)
#: How often a message is looked for before it counts as not there, and how long after each other.
LOOKS = 2
BETWEEN_LOOKS = timedelta(minutes=2)
#: How much a platform's clock may be behind ours.
CLOCK_SKEW = timedelta(minutes=5)
#: Where the platform cannot be asked, the wait grows from the first to the second.
SHORTEST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=30)
#: After this long without an answer of the platform a person is asked.
PATIENCE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Job:
    """All a look needs, read before the transaction ends. `lease_until` marks it as ours."""

    message_id: int
    account_id: int
    channel: Channel
    access: AccountAccess
    wanted: OutboundMessage
    since: datetime
    begun_at: datetime
    lease_until: datetime


def due() -> list[int]:
    """Ids of the messages to look for now, at most 200."""
    return plain_ids(_due())


@cache
def _due() -> Select[int]:
    query = select(Message.id).where(_is_due()).order_by(Message.next_at, Message.id)
    return query.limit(200)


def look_for(message_id: int) -> None:
    """Ask the platform for one message, unless it is settled or another worker asks, and note
    what comes of it."""
    job = _claim(message_id)
    if job is None:
        return
    try:
        _file_what_was_said(job)
    except AccountBroken as error:
        accounts.pause_by_id(job.account_id, error, asked_at=job.begun_at)
        _let_go(job)
    except Refused as error:
        _give_up(job, error)
    except ChannelError as error:
        _try_later(job, error)
    except Exception as error:
        db.session.rollback()
        log.exception("look broke", message=message_id)
        _try_later(job, RetryLater("unexpected", f"{type(error).__name__}: {error}"))
    else:
        _note_absence(job)


@cache
def _is_due() -> ColumnElement[bool]:
    well = select(Account.id).where(
        Account.broken_because == "", Account.channel.in_(registry.slugs_on())
    )
    return and_(
        IN_DOUBT,
        Message.delivery == DeliveryStatus.UNKNOWN,
        Message.account_id.in_(well),
        Message.next_at <= present(),
        or_(Message.lease_until.is_(None), Message.lease_until < present()),
    )


def _claim(message_id: int) -> Job | None:
    begun_at = now()
    claimed = db.session.scalar(
        update(Message)
        .where(Message.id == message_id, _is_due())
        .values(lease_until=begun_at + LEASE)
        .returning(Message.id)
    )
    job = _job(message_id, begun_at) if claimed is not None else None
    db.session.commit()
    return job


def _job(message_id: int, begun_at: datetime) -> Job | None:
    """None, and the account is paused, where its credentials cannot be read."""
    message = db.session.get_one(
        Message,
        message_id,
        options=[joinedload(Message.account), selectinload(Message.parts)],
        populate_existing=True,
    )
    account = message.account
    access = accounts.access_or_pause(account)
    if access is None:
        message.lease_until = None
        return None
    return Job(
        message_id=message_id,
        account_id=account.id,
        channel=registry.channel(account.channel),
        access=access,
        wanted=outgoing.words(message),
        since=_said_after(message) - CLOCK_SKEW,
        begun_at=begun_at,
        lease_until=begun_at + LEASE,
    )


def _file_what_was_said(job: Job) -> None:
    """Raises RetryLater where something could not be filed: it may be the very message."""
    problem = None
    for value in job.channel.said_since(job.access, job.wanted, job.since):
        problem = deliveries.place(job.channel.slug, value) or problem
    if problem:
        raise RetryLater("not-placed", problem)


def _said_after(message: Message) -> datetime:
    """An instant before which it was surely not said: when it was written, or when the part
    before it was out."""
    earlier = message.parts[: message.next_part.number - 1] if message.next_part else []
    return max([message.posted_at, *(part.sent_at for part in earlier if part.sent_at)])


# --- What came of it: each is one transaction, on a message that is still ours -------------------


def _ours(job: Job) -> Message | None:
    """The message, locked; None once something else has settled it, as what was found does."""
    message = db.session.get_one(
        Message, job.message_id, with_for_update={"of": Message}, populate_existing=True
    )
    still = message.delivery == DeliveryStatus.UNKNOWN and message.lease_until == job.lease_until
    return message if still else None


def _note_absence(job: Job) -> None:
    """What was asked for is filed: if the message was there, it is no longer ours."""
    goes_on = False
    if message := _ours(job):
        record_of(message, EventKind.LOOKED)
        message.looks += 1
        message.lease_until = None
        if message.looks < LOOKS:
            message.next_at = now() + BETWEEN_LOOKS
        elif message.resent:
            set_unsettled(message, why="not-found")
        elif _was_answered_otherwise(message, job.since):
            set_unsettled(message, why="answered-otherwise")
        else:
            set_said_again(message)
            goes_on = True
    db.session.commit()
    if goes_on:
        ring("send_message", job.message_id)


def _was_answered_otherwise(message: Message, since: datetime) -> bool:
    """Does an answer stand there that the hub does not know for its own? It may be this one, in
    other words than those that were sent."""
    otherwise = select(Message.id).where(
        Message.ticket_id == message.ticket_id,
        Message.outside.is_(True),
        Message.visibility == message.visibility,
        Message.posted_at >= since,
    )
    return db.session.scalar(otherwise.limit(1)) is not None


def _give_up(job: Job, error: ChannelError) -> None:
    if message := _ours(job):
        set_unsettled(message, why=error.code, detail=error.detail)
    db.session.commit()


def _try_later(job: Job, error: ChannelError) -> None:
    """What the platform did not answer counts as no look. It is asked again later and later."""
    if message := _ours(job):
        since = max(message.doubted_at or job.begun_at, message.account.connected_at)
        wait = min(max(now() - since, SHORTEST_WAIT), LONGEST_WAIT)
        again_at: datetime = getattr(error, "at", None) or now() + wait
        if again_at > since + PATIENCE:
            set_unsettled(message, why=error.code, detail=error.detail)
        else:
            message.next_at, message.lease_until = again_at, None
    db.session.commit()


def _let_go(job: Job) -> None:
    """It is due again as soon as the account is mended."""
    if message := _ours(job):
        message.lease_until = None
    db.session.commit()
