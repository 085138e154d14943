"""Taking back an answer that has not left."""

from hub.accounts.models import User
from hub.clock import now
from hub.extensions import db
from hub.tickets.actions import lock, set_reopened, settle_clocks
from hub.tickets.history import record
from hub.tickets.models import DeliveryStatus, EventKind, Message, State, Ticket

#: States in which no worker has the message in hand.
KEPT = (DeliveryStatus.PENDING, DeliveryStatus.WAITING, DeliveryStatus.SCHEDULED)


class LeftAlready(Exception):
    """It is on the platform, or may be, or is being said in this instant, or the citizen could
    read it: nothing was changed."""


def cancel(message: Message, *, by: User | None) -> None:
    """Let an answer never be said, in one commit: what it answered is unanswered again, and a
    ticket that was closed on it is open again. `by` None: an outside tool did it. What was
    cancelled before stays so. Raises LeftAlready."""
    try:
        # A worker claims the row by a conditional update, so it comes before this or finds nothing.
        db.session.refresh(message, with_for_update={"of": Message})
        if may_be_cancelled(message):
            _stop(message)
            _settle_ticket(message, by.id if by else None)
        elif message.delivery != DeliveryStatus.CANCELLED:
            raise LeftAlready
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


def may_be_cancelled(message: Message) -> bool:
    """Has it surely not left? On a ticket with a tracking page the citizen reads an answer there
    from the moment it is due, whatever becomes of its copy by e-mail."""
    if message.delivery not in KEPT or message.external_id or message.doubted_at:
        return False
    return message.ticket.tracking_token is None or is_held(message) or is_scheduled(message)


def is_scheduled(message: Message) -> bool:
    """Is it to leave later, because its author wants it so?"""
    return message.delivery == DeliveryStatus.SCHEDULED


def is_held(message: Message) -> bool:
    """Is it kept back for a while, so that its author can think again?"""
    is_new = message.delivery == DeliveryStatus.PENDING
    return is_new and message.next_at is not None and message.next_at > now()


def _stop(message: Message) -> None:
    message.delivery, message.next_at = DeliveryStatus.CANCELLED, None
    message.error_code = message.error_detail = ""
    if message.user_id is not None:
        # The page it was sent from, which one may go back to, sends it anew under the same key.
        message.idempotency_key = None


def _settle_ticket(message: Message, user_id: int | None) -> None:
    ticket = lock(message.ticket_id)
    record(ticket, EventKind.CANCELLED, user_id=user_id, message_id=message.id)
    if _was_closed_on(ticket, message):
        set_reopened(ticket)
        record(ticket, EventKind.REOPENED, user_id=user_id)
    settle_clocks(ticket)
    if ticket.state == State.WAITING and ticket.waiting_since:
        ticket.state = State.OPEN


def _was_closed_on(ticket: Ticket, message: Message) -> bool:
    """Was it closed since the answer was written?"""
    return ticket.closed_at is not None and ticket.closed_at >= message.posted_at
