"""Reading what one was told. What was read goes into no e-mail any more."""

from sqlalchemy import ColumnElement, update

from hub.accounts.models import User
from hub.clock import now
from hub.extensions import db
from hub.inbox.notifications.models import Notification
from hub.tickets.models import Ticket


def read(user: User, notification_id: int) -> None:
    """One of them. That of somebody else, or one that was read, is no matter."""
    _read(user, Notification.id == notification_id)


def read_of(user: User, ticket: Ticket) -> None:
    """All that this ticket has brought."""
    _read(user, Notification.ticket_id == ticket.id)


def read_all(user: User, *, up_to: int) -> None:
    """All up to this one: what came later has not been on the page."""
    _read(user, Notification.id <= up_to)


def _read(user: User, which: ColumnElement[bool]) -> None:
    db.session.execute(
        update(Notification)
        .where(Notification.user_id == user.id, Notification.read_at.is_(None), which)
        .values(read_at=now(), mail_at=None)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
