"""How much waits, fails or is broken, read from the rows when somebody asks."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, TextClause, func, select, text
from sqlalchemy.orm import InstrumentedAttribute

from hub.admin import vitals
from hub.channels.accounts import DISCONNECTED
from hub.channels.models import Account, Checkup
from hub.clock import now
from hub.extensions import db
from hub.intake.models import Delivery, DeliveryState, Gap, KeptItem
from hub.tickets.models import (
    IN_DOUBT,
    NOT_SENT,
    ON_THEIR_WAY,
    Attachment,
    DeliveryStatus,
    Message,
    Ticket,
)
from hub.tickets.queries import doubted_since

OUTBOUND = [status for status in DeliveryStatus if status != DeliveryStatus.SENT]


def deliveries() -> dict[str, int]:
    """State -> how many deliveries are in it, for the states that ask for work."""
    return {
        state: _count(Delivery.state == state)
        for state in (DeliveryState.WAITING, DeliveryState.FAILED)
    }


def kept_items() -> int:
    """Items that were kept aside."""
    return db.session.scalar(select(func.count()).select_from(KeptItem)) or 0


def outbound() -> dict[str, int]:
    """State -> how many messages to citizens are in it; those that were sent are not counted."""
    counted = select(Message.delivery, func.count()).where(NOT_SENT).group_by(Message.delivery)
    found = dict(db.session.execute(counted).all())
    return {str(status): found.get(status, 0) for status in OUTBOUND}


def oldest_due_seconds() -> dict[str, float]:
    """Kind of work -> for how long the oldest of it has been due; 0 when none is."""
    return {
        "delivery": _due_for(Delivery.next_at, [text("state = 'waiting'")]),
        "message": _due_for(Message.next_at, [ON_THEIR_WAY]),
        "file": _due_for(Attachment.next_at, [text("state = 'pending'")]),
    }


def tickets_waiting() -> int:
    """Tickets with a message that nobody answered yet."""
    return _count(Ticket.waiting_since.is_not(None))


def accounts_broken() -> int:
    """Accounts that send nothing until somebody mends them."""
    return _count(Account.broken_because != "")


def accounts_sick() -> dict[tuple[str, str], bool]:
    """(channel, the platform's id) of each account -> have supervisors been told that it is sick,
    or is it paused?"""
    query = (
        select(Account.channel, Account.external_id, Account.broken_because, Checkup.told_at)
        .outerjoin(Checkup, Checkup.account_id == Account.id)
        .where(Account.broken_because != DISCONNECTED)
    )
    return {
        (channel, key): bool(broken_because or told_at)
        for channel, key, broken_because, told_at in db.session.execute(query)
    }


def gaps_open() -> int:
    """Times that platforms are still to be asked about."""
    return _count(Gap.next_at.is_not(None))


def oldest_unknown_seconds() -> float:
    """For how long the oldest answer of unknown fate has been so; 0 when there is none."""
    oldest = db.session.scalar(
        select(func.min(doubted_since())).where(
            IN_DOUBT, Message.delivery == DeliveryStatus.UNKNOWN
        )
    )
    return max(0.0, (now() - oldest).total_seconds()) if oldest else 0.0


def last_event_seconds() -> dict[tuple[str, str], float]:
    """(channel, the platform's id) of each account -> how long ago a citizen last wrote to it;
    those nobody ever wrote to are left out."""
    return {
        (channel, key): max(0.0, (now() - last_at).total_seconds())
        for channel, key, last_at in vitals.last_heard()
        if last_at
    }


def _count(condition: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).where(condition)) or 0


def _due_for(
    column: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    conditions: Iterable[TextClause],
) -> float:
    oldest = db.session.scalar(select(func.min(column)).where(*conditions))
    return max(0.0, (now() - oldest).total_seconds()) if oldest else 0.0
