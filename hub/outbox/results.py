"""What came of a call, written into the rows. Everything here is in the caller's transaction."""

from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Select, func, select, update

from hub.channels import accounts
from hub.channels.base import (
    AccountBroken,
    ChannelError,
    OutcomeUnknown,
    Refused,
    RetryLater,
    Sent,
    WindowClosed,
)
from hub.clock import back_off, now, present
from hub.extensions import db
from hub.outbox import spending
from hub.outbox.jobs import Job
from hub.outbox.models import Attempt
from hub.tickets.actions import (
    lock,
    set_followed,
    set_going_on,
    set_part_sent,
    set_reopened,
    set_sent,
    settle_clocks,
)
from hub.tickets.history import record, record_of
from hub.tickets.models import (
    ON_THEIR_WAY,
    DeliveryStatus,
    Event,
    EventKind,
    Message,
    Part,
    State,
)
from hub.tickets.planning import set_awake

#: How long the hub goes on trying where the platform sets no end.
PATIENCE = timedelta(days=3)
#: How long before the end the last try is made.
LAST_TRY = timedelta(minutes=1)
#: Code of WindowClosed, for which a channel may have a sentence of its own.
WINDOW_CLOSED = "window_closed"
BACK_OFF_SECONDS = (5, 15, 60, 300, 900, 1800, 3600)
#: How long an echo is waited for before a message of unknown fate is looked for.
ECHO_TIME = timedelta(seconds=45)


def record_sent(job: Job, sent: Sent) -> bool:
    """Note that it is on the platform. True when a next part is to be said."""
    message = _locked(job)
    _finish_attempt(job, "sent")
    if sent.conversation:
        set_followed(message, sent.conversation)
    if part := _part(message, job):
        return _record_part(message, part, job, sent.external_id)
    if message.external_id != sent.external_id:
        _free(message, sent.external_id)
        message.external_id = sent.external_id
    if message.delivery != DeliveryStatus.SENT:  # the echo may have been faster
        set_sent(message, external_id=sent.external_id, at=now())
    return False


def record_error(job: Job, error: ChannelError) -> bool:
    """Note why it is not, or perhaps not, on the platform, and what happens next. True when a
    next part is to be said: the echo has shown meanwhile that this one is there."""
    message = _locked(job)
    attempt = _finish_attempt(job, error.code, error.detail)
    part = _part(message, job)
    if part is not None and part.is_there:
        return _goes_on(message, part, job)
    if message.delivery == DeliveryStatus.SENT:
        return False  # its echo has settled it
    if _is_last(job):
        _decide(message, attempt, error, job.outbound.tried_at or attempt.started_at)
    if not isinstance(error, OutcomeUnknown) and attempt.cost is not None:
        spending.give_back(message.account_id, attempt.cost, attempt.started_at)
    return False


def _decide(message: Message, attempt: Attempt, error: ChannelError, since: datetime) -> None:
    """`since`: when what this call was to say was tried first."""
    match error:
        case RetryLater(for_all=True):
            _wait_together(message, error)
        case RetryLater():
            _try_again(message, error, since)
        case AccountBroken() if message.account.connected_at > attempt.started_at:
            wait(message, error.code, now())  # it was connected again during the call
        case AccountBroken():
            pause_account(message, error)
        case OutcomeUnknown():
            _doubt(message, error)
        case _:
            set_failed(message, error)


def give_up_on_dead_workers() -> None:
    """Messages whose worker died in the call: their fate is unknown until somebody looks, unless
    the echo has shown meanwhile that the part that was being said is there."""
    for message in db.session.scalars(_stuck()).all():
        if _was_heard(message):
            set_going_on(message)
        else:
            _doubt(message, OutcomeUnknown("worker-died"))
    db.session.commit()


@cache
def _stuck() -> Select[Message]:
    is_sending = Message.delivery == DeliveryStatus.SENDING
    query = select(Message).where(ON_THEIR_WAY, is_sending, Message.lease_until < present())
    return query.with_for_update(skip_locked=True).limit(200)


def wait(message: Message, code: str, until: datetime) -> None:
    """Keep it for a later try."""
    message.delivery = DeliveryStatus.WAITING
    message.error_code = code
    message.next_at = until
    message.lease_until = None


def wait_for_money(message: Message, until: datetime) -> None:
    """The ceiling of the month is reached: keep it until somebody raises it, or the month ends."""
    is_news = message.error_code != "ceiling"
    wait(message, "ceiling", until)
    if is_news:
        _tell(message, DeliveryStatus.WAITING)


def pause_account(message: Message, error: ChannelError) -> None:
    """Nothing leaves for this account until somebody has repaired it; this message waits too."""
    accounts.pause(message.account, error)
    message.error_detail = error.detail
    wait(message, error.code, now())
    _tell(message, DeliveryStatus.WAITING)


def set_failed(message: Message, error: ChannelError) -> None:
    """It will not be said: what it answered is unanswered again."""
    lock(message.ticket_id)
    _settle(message, DeliveryStatus.FAILED, error)
    set_unanswered(message)


def set_window_closed(message: Message, detail: str = "") -> None:
    """The time in which the platform takes it is over. `detail`: why it had not left by then."""
    set_failed(message, WindowClosed(WINDOW_CLOSED, detail))


def set_unanswered(message: Message) -> None:
    """Let the ticket of a message that will not be said wait for an answer again. One that was
    closed on it opens again, because nobody looks for a refusal among the closed ones."""
    ticket = lock(message.ticket_id)
    if ticket.state == State.CLOSED and not message.automatic:
        set_reopened(ticket)
        record(ticket, EventKind.REOPENED)
    set_awake(ticket)
    settle_clocks(ticket)
    if ticket.state == State.WAITING and ticket.waiting_since:
        ticket.state = State.OPEN


def _record_part(message: Message, part: Part, job: Job, external_id: str) -> bool:
    if part.external_id != external_id:
        _free(message, external_id)
        set_part_sent(message, part, external_id=external_id, at=now())
    return _goes_on(message, part, job)


def _goes_on(message: Message, part: Part, job: Job) -> bool:
    """Let the next part leave once this one is there. False when there is none, when another
    call says it already, or when an earlier part is of unknown fate."""
    following = message.next_part
    if following is None or following.number < part.number or not _is_last(job):
        return False
    set_going_on(message)
    return True


def _is_last(job: Job) -> bool:
    """Has nobody called for this message since? The lease of a slow call passes."""
    last = select(func.max(Attempt.id)).where(Attempt.message_id == job.message_id)
    return db.session.scalar(last) == job.attempt_id


def _was_heard(message: Message) -> bool:
    """Has the echo of what the last call was to say come in? Of a whole message it has not: the
    message would be sent."""
    last = select(Attempt.part).where(Attempt.message_id == message.id).order_by(Attempt.id.desc())
    number = db.session.scalar(last.limit(1))
    return number is not None and message.parts[number - 1].external_id is not None


def _free(message: Message, external_id: str) -> None:
    """The echo of this message came first and was taken for another one's: for an answer given
    outside, when the platform changed the text, or for one of ours with the same text."""
    taken = _holder(message, external_id)
    if taken is None:
        return
    for part in taken.parts:
        if part.external_id == external_id:
            part.external_id = part.sent_at = None
    if taken.outside:
        db.session.execute(
            update(Event).where(Event.message_id == taken.id).values(message_id=message.id)
        )
        db.session.delete(taken)
    else:
        taken.external_id = taken.parts[0].external_id if taken.parts else None
        taken.sent_at = None
        _doubt(taken, OutcomeUnknown("echo-of-another"))
    settle_clocks(lock(taken.ticket_id))


def _holder(message: Message, external_id: str) -> Message | None:
    """Another message that has this id, or a part of which has it. It stays locked."""
    whole = select(Message.id).where(
        Message.account_id == message.account_id, Message.external_id == external_id
    )
    part = select(Part.message_id).where(
        Part.account_id == message.account_id, Part.external_id == external_id
    )
    found = db.session.scalar(whole) or db.session.scalar(part)
    if found is None or found == message.id:
        return None
    return db.session.get(Message, found, with_for_update={"of": Message}, populate_existing=True)


def _try_again(message: Message, error: RetryLater, since: datetime) -> None:
    """Until the platform's window closes; where it has none, for as long as the hub is patient.
    Time in which the account was out of order does not count."""
    end = message.send_until or max(since, message.account.connected_at) + PATIENCE
    next_at = _next_try(error, message.attempts, end)
    if next_at is not None:
        wait(message, error.code, next_at)
    elif message.send_until:
        set_window_closed(message, str(error))
    else:
        set_failed(message, Refused("tried-in-vain", str(error)))


def _next_try(error: RetryLater, attempts: int, end: datetime) -> datetime | None:
    """At the platform's own instant, unless that is past, else after the hub's back-off, which
    leaves time for a last try. None when that would be too late."""
    if error.at is not None and error.at > now():
        return error.at if error.at < end else None
    next_at = min(now() + _back_off(attempts), end - LAST_TRY)
    return next_at if next_at > now() else None


def _wait_together(message: Message, error: RetryLater) -> None:
    """The platform takes no more of these for a while: none of them is tried before, and being
    told so counts as no attempt. Those whose window closes meanwhile fail when it does."""
    until = error.at or now() + _back_off(message.attempts)
    message.attempts -= 1
    db.session.execute(
        update(Message)
        .where(
            ON_THEIR_WAY,
            Message.account_id == message.account_id,
            Message.way == message.way,
            Message.delivery.in_([DeliveryStatus.PENDING, DeliveryStatus.WAITING]),
            Message.next_at < until,
        )
        .values(delivery=DeliveryStatus.WAITING, error_code=error.code, next_at=until)
        .execution_options(synchronize_session=False)
    )
    if message.send_until and message.send_until <= until:
        set_window_closed(message, str(error))
    else:
        wait(message, error.code, until)


def _doubt(message: Message, error: ChannelError) -> None:
    """It may be on the platform: it is looked for (hub/intake/unknowns.py), and not said again
    before."""
    _settle(message, DeliveryStatus.UNKNOWN, error)
    message.doubted_at, message.looks = now(), 0
    message.next_at = now() + ECHO_TIME


def _settle(message: Message, status: DeliveryStatus, error: ChannelError) -> None:
    message.delivery = status
    message.error_code, message.error_detail = error.code, error.detail
    message.next_at = message.lease_until = None
    _tell(message, status)


def _tell(message: Message, status: DeliveryStatus) -> None:
    record_of(
        message,
        EventKind.DELIVERY,
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
    return timedelta(seconds=back_off(BACK_OFF_SECONDS, attempts))


def _part(message: Message, job: Job) -> Part | None:
    """The part that this call says; None when it says the whole message."""
    return message.parts[job.part - 1] if job.part else None


def _locked(job: Job) -> Message:
    return db.session.get_one(
        Message, job.message_id, with_for_update={"of": Message}, populate_existing=True
    )
