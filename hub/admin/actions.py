"""What an administrator does that touches more than one room."""

from datetime import datetime

from sqlalchemy import select, update

from hub.accounts import actions as accounts
from hub.accounts.models import User
from hub.admin import checkups
from hub.admin.findings import Findings
from hub.channels.models import Account
from hub.clock import now
from hub.extensions import db
from hub.inbox.contents import NOT_CLOSED
from hub.intake import deliveries, gaps
from hub.intake.deliveries import Replayed
from hub.queue import ring
from hub.tickets import actions as tickets
from hub.tickets.models import DeliveryStatus, Message, Ticket


def check_account(account: Account) -> Findings:
    """Examine the account now. It ends the caller's transaction: none stays open while a platform
    is asked."""
    return checkups.examine(account.id)


def ask_for_missed(account: Account, since: datetime, until: datetime | None) -> None:
    """Have the platform asked for what it held between two instants (None: up to now)."""
    gaps.note(account.id, since, until=until, reason=gaps.BY_HAND)
    db.session.commit()
    _ring_for_gaps()


def resume(account: Account) -> int:
    """Count the account as mended, send what waited for it and ask for what was missed. Gives how
    many messages leave."""
    if account.broken_at:
        gaps.note(account.id, account.broken_at, reason=gaps.PAUSED)
    account.broken_because = account.broken_detail = ""
    account.broken_at = None
    released = db.session.scalars(
        update(Message)
        .where(Message.account_id == account.id, Message.delivery == DeliveryStatus.WAITING)
        .values(next_at=now())
        .returning(Message.id)
    ).all()
    checkups.hasten(account.id)
    db.session.commit()
    for message_id in released:
        ring("send_message", message_id)
    _ring_for_gaps()
    return len(released)


def _ring_for_gaps() -> None:
    for gap_id in gaps.due():
        ring("fill_gap", gap_id)


def replay(delivery_ids: list[int]) -> Replayed:
    """Have deliveries processed again, now."""
    replayed = deliveries.replay(delivery_ids)
    for delivery_id in delivery_ids:
        ring("process_delivery", delivery_id)
    _ring_for_gaps()
    return replayed


def deactivate(user: User, *, by: User) -> int:
    """Switch a person off and give their open tickets back to their departments, each with its
    line of history. Gives how many tickets that is. Raises LastAdmin."""
    accounts.deactivate(user)
    left = db.session.scalars(
        select(Ticket).where(
            Ticket.assignee_id.is_not(None), Ticket.assignee_id == user.id, NOT_CLOSED
        )
    ).all()
    for ticket in left:
        tickets.assign(ticket, None, by=by)
    return len(left)
