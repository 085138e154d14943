"""When what is put aside comes back: the choices that a person is offered. Pure functions of an
instant and the council's opening hours."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from hub.deadlines.business_time import OpeningHours, is_working_day

MIDDAY = time(14)
DAY = timedelta(days=1)


class Later(StrEnum):
    """The choices, in their order. `next_day`: the next working day, tomorrow or not."""

    AFTERNOON = "afternoon"
    NEXT_DAY = "next_day"
    MONDAY = "monday"
    WEEK = "week"


def choices(at: datetime, hours: OpeningHours) -> dict[Later, datetime]:
    """Until when something can be put aside at the instant `at`. All but the afternoon's is an
    opening of the council: what falls on a closed day comes back on the first working day after
    it. Of two names for one instant the first stands."""
    found: dict[Later, datetime] = {}
    for name, instant in _all(at, hours):
        if instant not in found.values():
            found[name] = instant
    return found


def is_tomorrow(instant: datetime, at: datetime, hours: OpeningHours) -> bool:
    """Is it on the day after the one of `at`, in the council's zone?"""
    return instant.astimezone(hours.zone).date() == _today(at, hours) + DAY


def _all(at: datetime, hours: OpeningHours) -> Iterator[tuple[Later, datetime]]:
    today = _today(at, hours)
    afternoon = datetime.combine(today, MIDDAY, hours.zone).astimezone(UTC)
    is_within = hours.opens < MIDDAY < hours.closes
    if is_working_day(today) and is_within and afternoon > at:
        yield Later.AFTERNOON, afternoon
    yield Later.NEXT_DAY, _opening(today + DAY, hours)
    yield Later.MONDAY, _opening(today + DAY * (7 - today.weekday()), hours)
    yield Later.WEEK, _opening(today + DAY * 7, hours)


def _opening(day: date, hours: OpeningHours) -> datetime:
    """Of that day, or of the first working day after it."""
    while not is_working_day(day):
        day += DAY
    return datetime.combine(day, hours.opens, hours.zone).astimezone(UTC)


def _today(at: datetime, hours: OpeningHours) -> date:
    return at.astimezone(hours.zone).date()
