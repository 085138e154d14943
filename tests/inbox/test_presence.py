"""Who else is at a ticket, in the head of its page."""

from typing import Any

import pytest

from hub.accounts.models import User
from hub.live import actions
from hub.tickets.models import Ticket
from tests.builders import create_department, create_ticket, create_user


@pytest.fixture
def ticket(agent: User) -> Ticket:
    return create_ticket(create_department("transports"))


@pytest.fixture
def mehdi(ticket: Ticket) -> User:
    return create_user(name="Mehdi Benali", departments=[ticket.department])


@pytest.mark.parametrize(
    ("writing", "said"),
    [(False, "Mehdi Benali is looking"), (True, "Mehdi Benali is writing…")],
)
@pytest.mark.parametrize("part", ["", "/presence"])
def test_a_page_and_its_line_say_what_a_colleague_does(
    part: str, writing: bool, said: str, ticket: Ticket, agent: User, mehdi: User, signed_in: Any
) -> None:
    client = signed_in(agent)
    elsewhere = create_ticket(create_department("transports"))
    noise = create_user(name="Chloé Petit", departments=[ticket.department])
    actions.note_presence(noise, elsewhere.reference, "page0002")
    actions.note_presence(mehdi, ticket.reference, "page0001", writing=writing)
    page = client.get(f"/tickets/{ticket.reference}{part}").get_data(as_text=True)
    assert said in page
    assert "Chloé Petit is" not in page


def test_nobody_is_told_that_they_are_there_themselves(
    ticket: Ticket, agent: User, signed_in: Any
) -> None:
    actions.note_presence(agent, ticket.reference, "page0001")
    line = signed_in(agent).get(f"/tickets/{ticket.reference}/presence").get_data(as_text=True)
    assert 'data-people=""' in line


def test_the_line_of_a_ticket_out_of_sight_is_not_given(agent: User, signed_in: Any) -> None:
    theirs = create_ticket(create_department("lycees"))
    assert signed_in(agent).get(f"/tickets/{theirs.reference}/presence").status_code == 404
