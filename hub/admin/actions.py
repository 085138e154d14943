"""What an administrator does that touches more than one room."""

from sqlalchemy import select, update

from hub.accounts import actions as accounts
from hub.accounts.models import User
from hub.channels import checks
from hub.channels.base import Health
from hub.channels.models import Account
from hub.clock import now
from hub.extensions import db
from hub.intake import deliveries
from hub.queue import ring
from hub.tickets import actions as tickets
from hub.tickets.models import DeliveryStatus, Message, State, Ticket


def check_account(account: Account) -> Health:
    """Ask the platform how the account is. It ends the caller's transaction first: none stays
    open while a platform is asked."""
    db.session.expunge(account)
    db.session.rollback()
    return checks.check(account)


def resume(account: Account) -> int:
    """Count the account as mended and send what waited for it. Gives how many messages that is."""
    account.broken_because = account.broken_detail = ""
    account.broken_at = None
    released = db.session.scalars(
        update(Message)
        .where(Message.account_id == account.id, Message.delivery == DeliveryStatus.WAITING)
        .values(next_at=now())
        .returning(Message.id)
    ).all()
    db.session.commit()
    for message_id in released:
        ring("send_message", message_id)
    return len(released)


def replay(delivery_ids: list[int]) -> int:
    """Have deliveries processed again, now. Gives how many there were."""
    count = deliveries.replay(delivery_ids)
    for delivery_id in delivery_ids:
        ring("process_delivery", delivery_id)
    return count


def deactivate(user: User, *, by: User) -> int:
    """Switch a person off and give their open tickets back to their departments, each with its
    line of history. Gives how many tickets that is. Raises LastAdmin."""
    accounts.deactivate(user)
    left = db.session.scalars(
        select(Ticket).where(Ticket.assignee_id == user.id, Ticket.state != State.CLOSED)
    ).all()
    for ticket in left:
        tickets.assign(ticket, None, by=by)
    return len(left)
