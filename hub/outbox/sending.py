"""Sending what is stored, and recording what came of it.

The row is the truth: it is claimed with a lease and committed before the platform is called, and
no transaction is open during the call. A worker that dies in the call leaves a row that nobody
may resend blindly: once its lease has passed, its fate is `unknown`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from flask import current_app
from flask_babel import force_locale
from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import joinedload

from hub.accounts.languages import DEFAULT
from hub.channels import registry
from hub.channels.base import (
    AccountAccess,
    AccountBroken,
    ChannelError,
    OutboundMessage,
    OutcomeUnknown,
    RetryLater,
    Sent,
)
from hub.channels.credentials import CredentialsUnreadable
from hub.channels.models import Account
from hub.clock import now
from hub.extensions import db
from hub.outbox.models import Attempt
from hub.tickets.actions import lock, set_reopened, set_sent, settle_clocks
from hub.tickets.history import record
from hub.tickets.models import (
    ON_THEIR_WAY,
    Conversation,
    DeliveryStatus,
    Event,
    EventKind,
    Message,
    State,
)

log = structlog.get_logger()

LEASE = timedelta(seconds=120)
MOST_ATTEMPTS = 12
BACK_OFF_SECONDS = (5, 15, 60, 300, 900, 1800, 3600)
#: How long a message waits before it is looked at again while its channel is switched off.
CHANNEL_OFF_WAIT = timedelta(minutes=5)
#: How often the result of a call is written before the row is left to look unknown.
WRITES = 4


@dataclass(frozen=True, slots=True)
class Job:
    """All a call needs, read before the transaction ends."""

    message_id: int
    attempt_id: int
    channel: str
    access: AccountAccess
    outbound: OutboundMessage


def send(message_id: int) -> None:
    """Send one message, unless another worker has it or it is settled."""
    job = _claim(message_id)
    if job is None:
        return
    try:
        with force_locale(DEFAULT):  # official replies are in French (CRPA L111-1)
            sent = registry.channel(job.channel).send(job.access, job.outbound)
    except ChannelError as error:
        _write(partial(_record_error, job, error))
    except Exception as error:
        log.exception("send broke", message=message_id)
        broke = OutcomeUnknown("unexpected", f"{type(error).__name__}: {error}")
        _write(partial(_record_error, job, broke))
    else:
        _write(partial(_record_sent, job, sent))


def due() -> list[int]:
    """Ids of the messages to send now, oldest first, at most 200."""
    return list(
        db.session.scalars(select(Message.id).where(_is_due()).order_by(Message.next_at).limit(200))
    )


def give_up_on_dead_workers() -> None:
    """Messages whose worker died in the call: their fate is unknown until somebody looks."""
    stuck = db.session.scalars(
        select(Message)
        .where(
            ON_THEIR_WAY,
            Message.delivery == DeliveryStatus.SENDING,
            Message.lease_until < now(),
        )
        .with_for_update(skip_locked=True)
        .limit(200)
    ).all()
    for message in stuck:
        _set_unknown(message, OutcomeUnknown("worker-died"))
    db.session.commit()


def _is_due() -> ColumnElement[bool]:
    """What waits for a broken account is due from the moment the account is mended."""
    well = select(Account.id).where(Account.broken_because == "")
    return and_(
        ON_THEIR_WAY,
        or_(
            Message.delivery == DeliveryStatus.PENDING,
            and_(Message.delivery == DeliveryStatus.WAITING, Message.account_id.in_(well)),
        ),
        Message.next_at <= now(),
    )


def _claim(message_id: int) -> Job | None:
    claimed = db.session.scalar(
        update(Message)
        .where(Message.id == message_id, _is_due())
        .values(delivery=DeliveryStatus.SENDING, lease_until=now() + LEASE)
        .returning(Message.id)
    )
    if claimed is None:
        db.session.rollback()
        return None
    message = _loaded(message_id)
    access = _access(message)
    job = _begin_attempt(message, access) if access else None
    db.session.commit()
    return job


def _access(message: Message) -> AccountAccess | None:
    """What the call needs of the account; None, and the message waits, when it cannot be used."""
    account = message.account
    if account.broken_because:
        _wait(message, account.broken_because, now())
    elif account.channel not in registry.all_channels():
        _wait(message, "channel-off", now() + CHANNEL_OFF_WAIT)
    else:
        try:
            return account.access(current_app.config["HUB"].secret_key)
        except CredentialsUnreadable:
            _pause_account(message, AccountBroken("credentials-unreadable"))
    return None


def _begin_attempt(message: Message, access: AccountAccess) -> Job:
    attempt = Attempt(message_id=message.id)
    message.attempts += 1
    db.session.add(attempt)
    db.session.flush()
    return Job(message.id, attempt.id, message.account.channel, access, _outbound(message))


def _outbound(message: Message) -> OutboundMessage:
    ticket, author = message.ticket, message.user
    token = ticket.tracking_token
    settings = current_app.config["HUB"]
    return OutboundMessage(
        marker=message.marker or "",
        visibility="public" if message.visibility == "public" else "private",
        text=message.text,
        target=message.target,
        context={
            "reference": ticket.reference,
            "subject": ticket.subject,
            "tracking_url": f"{settings.base_url}/suivi/{token}" if token else "",
            "author_name": author.name if author else "",
            "author_title": author.title if author else "",
            "organisation": settings.organisation_name,
            "automatic": "yes" if message.automatic else "",
        },
    )


def _write(record_result: Callable[[], None]) -> None:
    """Write what came of a call, in one transaction. Losing a race, or a deadlock, must not lose
    the result: nobody could tell later whether the message left."""
    for attempt in range(1, WRITES + 1):
        try:
            record_result()
            db.session.commit()
        except (IntegrityError, OperationalError):
            db.session.rollback()
            if attempt == WRITES:
                raise
        else:
            return


def _record_sent(job: Job, sent: Sent) -> None:
    message = _locked(job)
    _finish_attempt(job, "sent")
    if message.external_id != sent.external_id:
        _free(message, sent.external_id)
        message.external_id = sent.external_id
    if sent.conversation:
        _follow(message, sent.conversation)
    if message.delivery != DeliveryStatus.SENT:  # the echo may have been faster
        set_sent(message, external_id=sent.external_id, at=now())


def _free(message: Message, external_id: str) -> None:
    """The echo of this message came first and was taken for another one's: for an answer given
    outside, when the platform changed the text, or for one of ours with the same text."""
    taken = db.session.scalar(
        select(Message)
        .where(Message.account_id == message.account_id, Message.external_id == external_id)
        .with_for_update()
    )
    if taken is None:
        return
    if taken.outside:
        db.session.execute(
            update(Event).where(Event.message_id == taken.id).values(message_id=message.id)
        )
        db.session.delete(taken)
    else:
        taken.external_id = taken.sent_at = None
        _set_unknown(taken, OutcomeUnknown("echo-of-another"))
        settle_clocks(lock(taken.ticket_id))
    db.session.flush()


def _follow(message: Message, key: str) -> None:
    """The citizen's answer will come in under this key: it belongs to the same ticket, unless an
    open ticket already holds that conversation."""
    known = db.session.scalar(
        select(Conversation)
        .where(Conversation.account_id == message.account_id, Conversation.key == key)
        .options(joinedload(Conversation.ticket))
        .with_for_update(of=Conversation)
    )
    if known is None:
        db.session.add(
            Conversation(account_id=message.account_id, key=key, ticket_id=message.ticket_id)
        )
    elif known.ticket.state == State.CLOSED:
        known.ticket_id = message.ticket_id


def _record_error(job: Job, error: ChannelError) -> None:
    message = _locked(job)
    attempt = _finish_attempt(job, error.code, error.detail)
    if message.delivery not in {DeliveryStatus.SENDING, DeliveryStatus.UNKNOWN}:
        return  # settled by its echo meanwhile
    match error:
        case RetryLater() if message.attempts < MOST_ATTEMPTS:
            _wait(message, error.code, error.at or now() + _back_off(message.attempts))
        case AccountBroken() if message.account.connected_at > attempt.started_at:
            _wait(message, error.code, now())  # it was connected again during the call
        case AccountBroken():
            _pause_account(message, error)
        case OutcomeUnknown():
            _set_unknown(message, error)
        case _:
            _set_failed(message, error)


def _wait(message: Message, code: str, until: datetime) -> None:
    message.delivery = DeliveryStatus.WAITING
    message.error_code = code
    message.next_at = until
    message.lease_until = None


def _pause_account(message: Message, error: ChannelError) -> None:
    account = message.account
    account.broken_because, account.broken_detail = error.code, error.detail
    account.broken_at = now()
    message.error_detail = error.detail
    _wait(message, error.code, now())
    _tell(message, DeliveryStatus.WAITING)


def _set_unknown(message: Message, error: ChannelError) -> None:
    _settle(message, DeliveryStatus.UNKNOWN, error)


def _set_failed(message: Message, error: ChannelError) -> None:
    """What it answered is unanswered again. A ticket that was closed on it opens again: nobody
    looks for a refusal among the closed ones."""
    ticket = lock(message.ticket_id)
    _settle(message, DeliveryStatus.FAILED, error)
    if ticket.state == State.CLOSED and not message.automatic:
        set_reopened(ticket)
        record(ticket, EventKind.REOPENED)
    settle_clocks(ticket)
    if ticket.state == State.WAITING and ticket.waiting_since:
        ticket.state = State.OPEN


def _settle(message: Message, status: DeliveryStatus, error: ChannelError) -> None:
    message.delivery = status
    message.error_code, message.error_detail = error.code, error.detail
    message.next_at = message.lease_until = None
    _tell(message, status)


def _tell(message: Message, status: DeliveryStatus) -> None:
    record(
        message.ticket,
        EventKind.DELIVERY,
        message_id=message.id,
        status=str(status),
        code=message.error_code,
        detail=message.error_detail,
    )


def _finish_attempt(job: Job, outcome: str, detail: str = "") -> Attempt:
    attempt = db.session.get_one(Attempt, job.attempt_id)
    attempt.finished_at = now()
    attempt.outcome, attempt.detail = outcome, detail
    return attempt


def _back_off(attempts: int) -> timedelta:
    return timedelta(seconds=BACK_OFF_SECONDS[min(attempts, len(BACK_OFF_SECONDS)) - 1])


def _locked(job: Job) -> Message:
    return db.session.get_one(
        Message, job.message_id, with_for_update={"of": Message}, populate_existing=True
    )


def _loaded(message_id: int) -> Message:
    return db.session.scalars(
        select(Message)
        .where(Message.id == message_id)
        .options(joinedload(Message.account), joinedload(Message.ticket), joinedload(Message.user))
        .execution_options(populate_existing=True)
    ).one()
