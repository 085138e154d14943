"""Opening time, with holidays and changes of the clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.deadlines.business_time import OpeningHours, add, between, is_working_day
from hub.deadlines.holidays import easter_sunday, holidays

PARIS = ZoneInfo("Europe/Paris")
HOURS = OpeningHours(time(8, 30), time(17, 30), PARIS)


def paris(*when: int) -> datetime:
    return datetime(*when, tzinfo=PARIS)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    "day", [date(2026, 4, 5), date(2027, 3, 28), date(2028, 4, 16), date(2038, 4, 25)]
)
def test_easter_falls_where_the_church_has_it(day):
    assert easter_sunday(day.year) == day


def test_a_year_has_eleven_holidays():
    assert len(holidays(2026)) == 11
    assert date(2026, 5, 14) in holidays(2026)  # Ascension
    assert not is_working_day(date(2026, 5, 25))  # Whit Monday
    assert is_working_day(date(2026, 12, 28))


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (paris(2026, 11, 23, 9, 0), 4, paris(2026, 11, 23, 13, 0)),
        (paris(2026, 11, 23, 15, 30), 4, paris(2026, 11, 24, 10, 30)),
        (paris(2026, 11, 20, 17, 0), 1, paris(2026, 11, 23, 9, 0)),  # over a week-end
        (paris(2026, 11, 22, 3, 0), 2, paris(2026, 11, 23, 10, 30)),  # written on a Sunday
        (paris(2026, 12, 24, 17, 0), 1, paris(2026, 12, 28, 9, 0)),  # over Christmas
        (paris(2026, 3, 27, 17, 0), 1, paris(2026, 3, 30, 9, 0)),  # the clock goes forward
    ],
)
def test_only_opening_time_counts(start, hours, end):
    assert add(start, timedelta(hours=hours), HOURS) == end
    assert between(start, end, HOURS) == timedelta(hours=hours)


INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@given(INSTANTS, st.integers(1, 60 * 200))
def test_what_is_added_lies_between(start, minutes):
    length = timedelta(minutes=minutes)
    assert between(start, add(start, length, HOURS), HOURS) == length


@given(INSTANTS, st.timedeltas(timedelta(), timedelta(days=9)))
def test_who_has_waited_longer_is_due_first(start, later):
    length = timedelta(hours=4)
    assert add(start, length, HOURS) <= add(start + later, length, HOURS)
