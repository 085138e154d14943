"""The days a report is about, as people of the council count them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

MOST_DAYS = 366
USUAL_DAYS = 30


class UnusablePeriod(Exception):
    """There is no report for these two days. `field` ("from" or "to") is the one to change,
    `reason` the sentence beside it, in the reader's language."""

    def __init__(self, field: Literal["from", "to"], reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days, the first and the last included, from midnight to midnight in `zone`."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        """The first instant (UTC) of the period."""
        return _midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The first instant (UTC) after the period."""
        return _midnight(self.last + timedelta(days=1), self.zone)


def chosen(first: date | None, last: date | None, *, today: date, zone: ZoneInfo) -> Period:
    """The period somebody asked for. A day that is left out: `last` is today, `first` makes it
    30 days. Raises UnusablePeriod for days that are out of order, too far apart, or outside of
    the years 2000 to 2099."""
    _check_year("from", first)
    _check_year("to", last)
    last = last or max(today, first or today)
    first = first or last - timedelta(days=USUAL_DAYS - 1)
    if first > last:
        raise UnusablePeriod("to", _("Enter a last day that is not before the first day."))
    period = Period(first, last, zone)
    if period.days > MOST_DAYS:
        raise UnusablePeriod("from", _("Choose at most %(days)d days at a time.", days=MOST_DAYS))
    return period


def _check_year(field: Literal["from", "to"], day: date | None) -> None:
    if day is not None and not 2000 <= day.year <= 2099:
        raise UnusablePeriod(field, _("Enter a date between 2000 and 2099."))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """When this day begins in the zone. Where the clock skips midnight, the first instant after."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
