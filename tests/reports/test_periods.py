"""Which days a report is about."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from hub.reports.periods import Period, UnusablePeriod, chosen
from tests.builders import at

PARIS = ZoneInfo("Europe/Paris")
TODAY = date(2026, 11, 10)


def choose(first: str = "", last: str = "") -> Period:
    days = [date.fromisoformat(text) if text else None for text in (first, last)]
    return chosen(*days, today=TODAY, zone=PARIS)


@pytest.mark.parametrize(
    ("first", "last", "start", "end"),
    [
        ("2026-11-10", "2026-11-10", "2026-11-09 23:00", "2026-11-10 23:00"),
        ("2026-07-14", "2026-07-14", "2026-07-13 22:00", "2026-07-14 22:00"),
        ("2026-10-25", "2026-10-25", "2026-10-24 22:00", "2026-10-25 23:00"),  # 25 hours
        ("2026-03-29", "2026-03-29", "2026-03-28 23:00", "2026-03-29 22:00"),  # 23 hours
    ],
)
def test_a_day_runs_from_midnight_to_midnight_where_the_council_is(first, last, start, end):
    period = choose(first, last)
    assert (period.start, period.end) == (at(start), at(end))


def test_without_days_it_is_the_last_thirty():
    period = choose()
    assert (period.first, period.last, period.days) == (date(2026, 10, 12), TODAY, 30)


def test_a_last_day_alone_makes_thirty_days():
    assert choose(last="2026-06-30").first == date(2026, 6, 1)


def test_a_first_day_alone_goes_on_until_today():
    assert choose("2026-11-01").last == TODAY
    assert choose("2026-12-24").days == 1  # it has not come yet: nothing to show, no error


def test_a_year_and_a_day_is_the_longest():
    assert choose("2025-11-10", "2026-11-10").days == 366
    with pytest.raises(UnusablePeriod) as error:
        choose("2025-11-09", "2026-11-10")
    assert error.value.field == "from"


def test_a_last_day_before_the_first_is_refused():
    with pytest.raises(UnusablePeriod) as error:
        choose("2026-11-02", "2026-11-01")
    assert error.value.field == "to"


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("0001-01-01", "2026-11-01", "from"),
        ("9999-12-31", "", "from"),
        ("2026-11-01", "9999-12-31", "to"),
        ("", "0001-01-01", "to"),
        ("1999-12-31", "9999-12-31", "from"),
    ],
)
def test_days_no_calendar_of_ours_reaches_are_refused(first, last, field):
    with pytest.raises(UnusablePeriod) as error:
        choose(first, last)
    assert error.value.field == field


@pytest.mark.parametrize("last", ["2000-01-01", "2099-12-31"])
def test_the_ends_of_the_calendar_have_a_midnight(last):
    assert choose(last=last).end > choose(last=last).start


@pytest.fixture(autouse=True)
def words(app):
    """The sentences of refusals are translated, which needs an application."""
