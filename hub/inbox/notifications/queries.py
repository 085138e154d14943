"""What one person is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload, lazyload

from hub.accounts import readers
from hub.accounts.models import User
from hub.accounts.readers import AnyReader, Reader
from hub.extensions import db
from hub.inbox.notifications.models import Notification
from hub.plain_rows import plain_rows
from hub.tickets import queries as tickets
from hub.tickets.models import Event

ROWS = 50
#: A count beyond this is shown as "99+".
MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class Told:
    """One notification. `is_visible`: may the person still see its ticket?"""

    notification: Notification
    is_visible: bool


@dataclass(frozen=True, slots=True)
class Page:
    """The newest first; `before`: where the next page begins, None when this is the last."""

    rows: Sequence[Told]
    before: int | None


def unread(user: User) -> int:
    """How many are unread, up to MOST_COUNTED. One statement on the unread ones alone."""
    return plain_rows(number_unread(readers.like(user)), readers.told(user)).scalar_one()


@cache
def number_unread(reader: AnyReader) -> Select[int]:
    """The same as a statement, for those that count anyway."""
    some = select(Notification.id).where(*_unread(reader)).limit(MOST_COUNTED)
    return select(func.count()).select_from(some.subquery())


def is_unread_of(user: Reader, ticket_id: ColumnElement[int]) -> ColumnElement[bool]:
    """A condition for a page that asks the database anyway: is this person to be told something of
    the ticket?"""
    unread = select(Notification.id).where(*_unread(user), Notification.ticket_id == ticket_id)
    return unread.exists()


def page(user: User, *, before: int | None = None) -> Page:
    """One statement."""
    query = _shown(user).where(Notification.user_id == user.id)
    if before is not None:
        query = query.where(Notification.id < before)
    found = db.session.execute(query.order_by(Notification.id.desc()).limit(ROWS + 1)).all()
    rows = [Told(notification, is_visible) for notification, is_visible in found]
    return Page(rows[:ROWS], rows[ROWS - 1].notification.id if len(rows) > ROWS else None)


def to_say(user: User, digest_id: int, most: int) -> list[Notification]:
    """What an e-mail tells: what the person has not read meanwhile and may still see, the oldest
    first."""
    found = db.session.execute(
        _shown(user)
        .where(Notification.digest_id == digest_id, Notification.read_at.is_(None))
        .order_by(Notification.id)
        .limit(most)
    )
    return [notification for notification, is_visible in found if is_visible]


def _shown(user: User) -> Select[Notification, bool]:
    """With what their sentences need."""
    return (
        select(Notification, tickets.visible_to(user).label("is_visible"))
        .join(Notification.ticket)
        .options(
            joinedload(Notification.ticket),
            joinedload(Notification.event)
            .joinedload(Event.user)
            .options(lazyload(User.memberships)),
        )
    )


def _unread(user: Reader) -> tuple[ColumnElement[bool], ...]:
    return Notification.user_id == user.id, Notification.read_at.is_(None)
