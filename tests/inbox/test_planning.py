"""The side panel's planning: priority and putting aside."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient

from hub.accounts.models import User
from hub.clock import now
from hub.extensions import db
from hub.tickets import actions, planning
from hub.tickets.models import Ticket
from tests.builders import at, create_department, create_ticket

TUESDAY = at("2026-11-24 08:10")  # 9:10 in Paris


@pytest.fixture
def ticket(agent: User) -> Ticket:
    return create_ticket(create_department("transports"))


@pytest.fixture
def client(agent: User, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(agent)
    return browser


def do(client: FlaskClient, ticket: Ticket, action: str, **data: str) -> Any:
    return client.post(f"/tickets/{ticket.reference}/{action}", data=data)


def now_is(ticket: Ticket) -> Ticket:
    db.session.rollback()
    return db.session.get_one(Ticket, ticket.id, populate_existing=True)


def test_a_priority_is_one_click(client: FlaskClient, ticket: Ticket) -> None:
    response = do(client, ticket, "priority", priority="urgent")
    assert response.location == f"/tickets/{ticket.reference}"
    assert now_is(ticket).priority == "urgent"
    page = client.get(response.location).text
    assert 'name="priority" value="urgent" aria-pressed="true"' in page
    assert 'name="priority" value="normal" aria-pressed="false"' in page


def test_a_priority_that_is_none_changes_nothing(client: FlaskClient, ticket: Ticket) -> None:
    assert do(client, ticket, "priority", priority="whatever").status_code == 400
    assert now_is(ticket).priority == "normal"


@time_machine.travel(TUESDAY, tick=False)
@pytest.mark.parametrize(
    ("data", "until"),
    [
        ({"until": "afternoon"}, "2026-11-24 13:00"),
        ({"until": "next_day"}, "2026-11-25 07:30"),
        ({"until": "monday"}, "2026-11-30 07:30"),
        ({"until": "week"}, "2026-12-01 07:30"),
        ({"until": "at", "at": "2026-12-03T16:45"}, "2026-12-03 15:45"),
    ],
)
def test_putting_aside_counts_on_the_council_s_clock(
    data: dict[str, str], until: str, agent: User, ticket: Ticket, signed_in: Any
) -> None:
    do(signed_in(agent), ticket, "snooze", **data)
    assert now_is(ticket).snoozed_until == at(until)


@time_machine.travel(at("2026-11-24 15:00"), tick=False)
@pytest.mark.parametrize(
    "data",
    [
        {},
        {"until": "afternoon"},  # of a page that was opened in the morning
        {"until": "at", "at": ""},
        {"until": "at", "at": "soon"},
        {"until": "at", "at": "2026-11-24T15:00"},
        {"until": "at", "at": "2029-01-01T09:00"},
        {"until": "at", "at": "0001-01-01T00:00"},
    ],
)
def test_what_is_no_time_to_come_puts_nothing_aside(
    data: dict[str, str], agent: User, ticket: Ticket, signed_in: Any
) -> None:
    client = signed_in(agent)
    response = do(client, ticket, "snooze", **data)
    assert "notice-warning" in client.get(response.location).text
    assert now_is(ticket).snoozed_until is None


def test_a_ticket_put_aside_says_so_and_is_brought_back_by_hand(
    client: FlaskClient, ticket: Ticket
) -> None:
    planning.snooze(ticket, now() + timedelta(days=2), by=None)
    assert "Put aside until" in client.get(f"/tickets/{ticket.reference}").text
    do(client, ticket, "wake")
    assert now_is(ticket).snoozed_until is None


def test_a_closed_ticket_is_reopened_before_it_is_put_aside(
    client: FlaskClient, ticket: Ticket
) -> None:
    actions.close(ticket, by=None)
    page = client.get(do(client, ticket, "snooze", until="next_day").location).text
    assert "reopen it first" in page
    assert 'id="snooze"' not in page


@pytest.mark.parametrize("action", ["priority", "snooze", "wake"])
def test_tickets_of_other_departments_are_out_of_reach(
    action: str, client: FlaskClient, agent: User
) -> None:
    other = create_ticket(create_department("lycees"))
    assert do(client, other, action, priority="low", until="next_day").status_code == 404
    found = now_is(other)
    assert (found.priority, found.snoozed_until) == ("normal", None)


def test_closing_without_an_answer_says_that_none_was_needed(
    client: FlaskClient, ticket: Ticket
) -> None:
    assert 'id="close-unanswered"' in client.get(f"/tickets/{ticket.reference}").text
    do(client, ticket, "close", why="no_answer")
    page = client.get(f"/tickets/{ticket.reference}").text
    assert "Closed: no answer was needed" in page
    assert 'id="close-unanswered"' not in page
