"""The choices for putting something aside, around week-ends and holidays."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.deadlines.business_time import OpeningHours, is_working_day
from hub.deadlines.later import Later, choices, is_tomorrow

PARIS = ZoneInfo("Europe/Paris")
HOURS = OpeningHours(time(8, 30), time(17, 30), PARIS)


def paris(*when: int) -> datetime:
    return datetime(*when, tzinfo=PARIS)  # type: ignore[misc,arg-type]


def test_a_tuesday_morning_has_all_of_them():
    assert choices(paris(2026, 11, 24, 9, 10), HOURS) == {
        Later.AFTERNOON: paris(2026, 11, 24, 14, 0),
        Later.NEXT_DAY: paris(2026, 11, 25, 8, 30),
        Later.MONDAY: paris(2026, 11, 30, 8, 30),
        Later.WEEK: paris(2026, 12, 1, 8, 30),
    }


@pytest.mark.parametrize(
    ("at", "offered"),
    [
        (paris(2026, 11, 24, 14, 0), {Later.NEXT_DAY, Later.MONDAY, Later.WEEK}),  # it has begun
        (paris(2026, 11, 27, 9, 0), {Later.AFTERNOON, Later.NEXT_DAY, Later.WEEK}),  # a Friday
        (paris(2026, 11, 28, 9, 0), {Later.NEXT_DAY, Later.WEEK}),  # a Saturday
        (paris(2026, 11, 23, 9, 0), {Later.AFTERNOON, Later.NEXT_DAY, Later.MONDAY}),  # a Monday
    ],
)
def test_an_instant_is_offered_once(at, offered):
    assert set(choices(at, HOURS)) == offered


def test_easter_monday_is_no_monday_to_come_back_on():
    found = choices(paris(2027, 3, 24, 9, 0), HOURS)  # the Wednesday before
    assert found[Later.MONDAY] == paris(2027, 3, 30, 8, 30)


def test_the_next_working_day_need_not_be_tomorrow():
    friday, thursday = paris(2026, 11, 27, 9, 0), paris(2026, 11, 26, 23, 30)
    assert not is_tomorrow(choices(friday, HOURS)[Later.NEXT_DAY], friday, HOURS)
    assert is_tomorrow(choices(thursday, HOURS)[Later.NEXT_DAY], thursday, HOURS)


@given(st.datetimes(datetime(2025, 1, 1), datetime(2035, 1, 1), timezones=st.just(PARIS)))
def test_every_choice_is_still_to_come_and_on_a_working_day(at):
    found = choices(at, HOURS)
    assert Later.NEXT_DAY in found
    for instant in found.values():
        assert instant > at
        assert is_working_day(instant.astimezone(PARIS).date())


def test_where_the_council_closes_at_noon_there_is_no_afternoon():
    mornings = OpeningHours(time(8, 30), time(12, 0), PARIS)
    assert Later.AFTERNOON not in choices(paris(2026, 11, 24, 9, 0), mornings)
