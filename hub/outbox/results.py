"""What came of a call, written into the rows. Everything here is in the caller's transaction."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from hub.channels import accounts
from hub.channels.base import AccountBroken, ChannelError, OutcomeUnknown, RetryLater, Sent
from hub.clock import now
from hub.extensions import db
from hub.outbox import spending
from hub.outbox.jobs import Job
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
    Part,
    State,
)

MOST_ATTEMPTS = 12
BACK_OFF_SECONDS = (5, 15, 60, 300, 900, 1800, 3600)


def record_sent(job: Job, sent: Sent) -> bool:
    """Note that it is on the platform. True when a next part is to be said."""
    message = _locked(job)
    _finish_attempt(job, "sent")
    if sent.conversation:
        _follow(message, sent.conversation)
    if job.part is not None:
        return _record_part(message, job.part, sent.external_id)
    if message.external_id != sent.external_id:
        _free(message, sent.external_id)
        message.external_id = sent.external_id
    if message.delivery != DeliveryStatus.SENT:  # the echo may have been faster
        set_sent(message, external_id=sent.external_id, at=now())
    return False


def record_error(job: Job, error: ChannelError) -> None:
    """Note why it is not, or perhaps not, on the platform, and what happens next."""
    message = _locked(job)
    attempt = _finish_attempt(job, error.code, error.detail)
    if not isinstance(error, OutcomeUnknown) and attempt.cost is not None:
        spending.give_back(message.account_id, attempt.cost, attempt.started_at)
    if message.delivery not in {DeliveryStatus.SENDING, DeliveryStatus.UNKNOWN}:
        return  # settled by its echo meanwhile
    match error:
        case RetryLater(for_all=True):
            _wait_together(message, error)
        case RetryLater() if message.attempts < MOST_ATTEMPTS:
            wait(message, error.code, error.at or now() + _back_off(message.attempts))
        case AccountBroken() if message.account.connected_at > attempt.started_at:
            wait(message, error.code, now())  # it was connected again during the call
        case AccountBroken():
            pause_account(message, error)
        case OutcomeUnknown():
            _settle(message, DeliveryStatus.UNKNOWN, error)
        case _:
            set_failed(message, error)


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
        _settle(message, DeliveryStatus.UNKNOWN, OutcomeUnknown("worker-died"))
    db.session.commit()


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
    """It will not be said: what it answered is unanswered again. A ticket that was closed on it
    opens again, because nobody looks for a refusal among the closed ones."""
    ticket = lock(message.ticket_id)
    _settle(message, DeliveryStatus.FAILED, error)
    if ticket.state == State.CLOSED and not message.automatic:
        set_reopened(ticket)
        record(ticket, EventKind.REOPENED)
    settle_clocks(ticket)
    if ticket.state == State.WAITING and ticket.waiting_since:
        ticket.state = State.OPEN


def _record_part(message: Message, number: int, external_id: str) -> bool:
    part = db.session.get_one(Part, (message.id, number), populate_existing=True)
    if part.external_id is None:
        _free(message, external_id)
        part.external_id, part.sent_at = external_id, now()
    if number == 1:
        message.external_id = part.external_id
    db.session.refresh(message, ["parts"])
    if message.delivery == DeliveryStatus.SENT:  # the echo of the last part was faster
        return False
    if message.next_part is None:
        set_sent(message, external_id=message.parts[0].external_id, at=now())
        return False
    message.delivery, message.next_at = DeliveryStatus.PENDING, now()
    message.lease_until, message.attempts = None, 0
    message.error_code = message.error_detail = ""
    return True


def _free(message: Message, external_id: str) -> None:
    """The echo of this message came first and was taken for another one's: for an answer given
    outside, when the platform changed the text, or for one of ours with the same text."""
    account_id = message.account_id
    part = db.session.scalar(
        select(Part).where(Part.account_id == account_id, Part.external_id == external_id)
    )
    if part is not None:
        part.external_id = part.sent_at = None
    holder = Message.external_id == external_id
    if part is not None:
        holder = Message.id == part.message_id
    taken = db.session.scalar(
        select(Message)
        .where(Message.account_id == account_id, Message.id != message.id, holder)
        .with_for_update()
    )
    if taken is not None:
        _give_up(taken, message)
    db.session.flush()


def _give_up(taken: Message, message: Message) -> None:
    if taken.outside:
        db.session.execute(
            update(Event).where(Event.message_id == taken.id).values(message_id=message.id)
        )
        db.session.delete(taken)
        return
    taken.external_id = taken.sent_at = None
    _settle(taken, DeliveryStatus.UNKNOWN, OutcomeUnknown("echo-of-another"))
    settle_clocks(lock(taken.ticket_id))


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


def _wait_together(message: Message, error: RetryLater) -> None:
    """The platform takes no more of these for a while: none of them is tried before, and being
    told so counts as no attempt."""
    until = error.at or now() + _back_off(message.attempts)
    message.attempts -= 1
    wait(message, error.code, until)
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
