"""Time as it passes while the council is open. Pure functions: instants come in with a zone and go
out in UTC; days and opening hours are those of the council's own zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from hub.deadlines.holidays import holidays

SATURDAY = 5
#: No target is so long that it is not reached within so many days.
MOST_DAYS = 3660


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """From when to when the council answers on working days (Monday to Friday, no holiday)."""

    opens: time
    closes: time
    zone: tzinfo


def is_working_day(day: date) -> bool:
    """Monday to Friday and no public holiday ("jour ouvré")."""
    return day.weekday() < SATURDAY and day not in holidays(day.year)


def add(start: datetime, length: timedelta, hours: OpeningHours) -> datetime:
    """The instant at which so much opening time has passed since `start`. What starts while the
    council is closed begins to count when it opens. Raises OverflowError beyond MOST_DAYS."""
    left = length
    for opens, closes in _spans(start, hours):
        begin = max(opens, start)
        if begin + left <= closes:
            return begin + left
        left -= closes - begin
    raise OverflowError("a target is too far away")


def between(start: datetime, end: datetime, hours: OpeningHours) -> timedelta:
    """How much opening time lies between two instants; none where `end` is not later."""
    passed = timedelta()
    for opens, closes in _spans(start, hours):
        if opens >= end:
            break
        passed += min(closes, end) - max(opens, start)
    return passed


def _spans(start: datetime, hours: OpeningHours) -> Iterator[tuple[datetime, datetime]]:
    """The openings that end after `start`, in UTC: a day of a change of the clock is shorter or
    longer there as it is on the wall."""
    first = start.astimezone(hours.zone).date()
    for number in range(MOST_DAYS):
        day = first + timedelta(days=number)
        if not is_working_day(day):
            continue
        opens = datetime.combine(day, hours.opens, hours.zone).astimezone(UTC)
        closes = datetime.combine(day, hours.closes, hours.zone).astimezone(UTC)
        if closes > start:
            yield opens, closes
