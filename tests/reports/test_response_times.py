"""The figures themselves, on plain values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.reports.response_times import TicketTimes, percentile, row, rows
from tests.builders import at

RECEIVED = at("2026-11-10 08:00")


def ticket(**values) -> TicketTimes:
    return TicketTimes(
        **{
            "department": "transports",
            "channel": "facebook",
            "received_at": RECEIVED,
            **values,
        }
    )


def answered(minutes: int, **values) -> TicketTimes:
    return ticket(
        first_reply_at=at(f"2026-11-10 {8 + minutes // 60:02}:{minutes % 60:02}"), **values
    )


@pytest.mark.parametrize(
    ("values", "median", "p90"),
    [
        ([], None, None),
        ([7], 7, 7),
        ([1, 2], 1, 2),
        ([1, 2, 3], 2, 3),
        ([15, 20, 35, 40, 50], 35, 50),
        (list(range(1, 11)), 5, 9),
        (list(range(1, 12)), 6, 10),
        (list(range(1, 101)), 50, 90),
    ],
)
def test_a_percentile_is_the_value_at_the_nearest_rank(values, median, p90):
    assert percentile(values, 50) == median
    assert percentile(values, 90) == p90


@given(st.lists(st.integers(0, 10**6), min_size=1).map(sorted), st.integers(1, 100))
def test_a_percentile_is_the_least_value_that_covers_its_share(values, percent):
    """The definition in words: at least p in 100 are no greater, and no smaller value does."""
    found = percentile(values, percent)
    covered = sum(1 for value in values if value <= found)
    below = sum(1 for value in values if value < found)
    assert found in values
    assert 100 * covered >= percent * len(values)
    assert 100 * below < percent * len(values)


def test_each_ticket_is_counted_once():
    tickets = [
        answered(10),
        answered(30, closed_at=at("2026-11-10 12:00")),
        ticket(waiting_since=RECEIVED),
        ticket(waiting_since=at("2026-11-09 08:00")),
        ticket(closed_at=at("2026-11-10 09:00")),
        ticket(),  # the citizen took the message back
    ]
    found = row("transports", "Transports", tickets)
    assert (found.received, found.answered, found.waiting, found.closed_without_answer) == (
        6, 2, 2, 1,
    )  # fmt: skip
    assert (found.median_seconds, found.p90_seconds) == (600, 1800)
    assert found.oldest_waiting_since == at("2026-11-09 08:00")


def test_who_waits_for_a_second_answer_is_not_waiting_for_a_first():
    found = row("", "", [answered(10, waiting_since=at("2026-11-10 09:00"))])
    assert (found.answered, found.waiting, found.oldest_waiting_since) == (1, 0, None)


def test_an_answer_before_the_question_took_no_time():
    """The platform's clock and ours differ."""
    found = row("", "", [ticket(first_reply_at=at("2026-11-10 07:59"))])
    assert found.median_seconds == 0


def test_few_answers_are_marked_and_none_are_not():
    assert not row("", "", [ticket()]).is_thin
    assert row("", "", [answered(1)] * 9).is_thin
    assert not row("", "", [answered(1)] * 10).is_thin


def test_rows_come_in_the_order_of_the_names_and_strangers_last():
    tickets = [ticket(department=slug) for slug in ("z", "b", "a", "x", "b")]
    found = rows(tickets, lambda t: t.department, {"b": "Beta", "empty": "Empty", "a": "Alpha"})
    assert [(r.key, r.name, r.received) for r in found] == [
        ("b", "Beta", 2),
        ("a", "Alpha", 1),
        ("x", "x", 1),
        ("z", "z", 1),
    ]
