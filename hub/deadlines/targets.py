"""By when a citizen should have an answer: the council's promise, the same on every channel.

The promise is counted in opening time. It is no legal time limit: those run in calendar days,
whatever the opening hours.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from flask import current_app

from hub.deadlines import business_time
from hub.deadlines.business_time import OpeningHours


class Priority(StrEnum):
    """How soon a ticket should be answered. It moves the deadline, and the deadline alone decides
    the order of the lists."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


#: Which part of the promise is granted.
SHARES = {
    Priority.URGENT: 0.25,
    Priority.HIGH: 0.5,
    Priority.NORMAL: 1.0,
    Priority.LOW: 4.0,
}
#: A deadline is near in the last part of the promise.
NEAR = 0.25


def due_at(since: datetime, priority: str) -> datetime:
    """By when a message that was written at `since` should be answered."""
    return business_time.add(since, _promise() * SHARES[Priority(priority)], hours())


def near(at: datetime) -> datetime:
    """Up to which instant a deadline counts as near, at the instant `at`."""
    return business_time.add(at, _promise() * NEAR, hours())


def hours() -> OpeningHours:
    """The council's opening hours."""
    settings = current_app.config["HUB"]
    opens, closes = settings.opening_hours
    return OpeningHours(opens, closes, settings.timezone)


def _promise() -> timedelta:
    return timedelta(hours=current_app.config["HUB"].response_hours)
