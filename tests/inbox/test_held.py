"""An answer that is held comes back with what its writer had not seen."""

import re
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from hub.accounts.models import Role, User
from hub.extensions import db
from hub.tickets import actions
from hub.tickets.models import Event, EventKind, State, Ticket
from tests.alongside import at_once
from tests.builders import create_department, create_ticket, create_user
from tests.inbox.test_writing import answer, typed
from tests.outbox.test_holding import answers, citizen_writes, seen


@pytest.fixture
def ticket(agent: User) -> Ticket:
    return create_ticket(create_department("transports"))


@pytest.fixture
def mehdi(ticket: Ticket) -> User:
    return create_user(name="Mehdi Benali", departments=[ticket.department])


@pytest.fixture
def client(agent: User, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(agent)
    return browser


def field(page: str, name: str) -> str:
    """What a hidden field holds."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def opened(client: FlaskClient, ticket: Ticket) -> str:
    return client.get(f"/tickets/{ticket.reference}").get_data(as_text=True)


def test_a_page_knows_what_its_reader_was_shown(client: FlaskClient, ticket: Ticket) -> None:
    citizen_writes(ticket)
    assert field(opened(client, ticket), "shown") == str(seen(ticket))


def test_a_held_answer_comes_back_with_its_text_and_what_came_in(
    client: FlaskClient, ticket: Ticket
) -> None:
    before = field(opened(client, ticket), "shown")
    citizen_writes(ticket, "C'est <b>réglé</b>.")
    response = answer(client, ticket, "Je regarde.", shown=before)
    page = response.get_data(as_text=True)
    assert response.status_code == 409
    assert typed(page) == "Je regarde."
    assert '<blockquote dir="auto">C&#39;est &lt;b&gt;réglé&lt;/b&gt;.</blockquote>' in page
    assert answers(ticket) == []


def test_it_is_sent_all_the_same_once_its_writer_has_seen(
    client: FlaskClient, ticket: Ticket
) -> None:
    before = field(opened(client, ticket), "shown")
    citizen_writes(ticket)
    page = answer(client, ticket, "Oui.", shown=before).get_data(as_text=True)
    again = {"shown": field(page, "shown"), "submission": field(page, "submission")}
    for _click in range(2):
        assert answer(client, ticket, "Oui.", **again).status_code == 303
    assert [message.text for message in answers(ticket)] == ["Oui."]


def test_what_comes_in_while_one_looks_at_that_holds_it_again(
    client: FlaskClient, ticket: Ticket
) -> None:
    before = field(opened(client, ticket), "shown")
    citizen_writes(ticket, "Un.")
    page = answer(client, ticket, shown=before).get_data(as_text=True)
    citizen_writes(ticket, "Deux.")
    page = answer(client, ticket, shown=field(page, "shown")).get_data(as_text=True)
    assert re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", page) == ["Deux."]


def test_an_answer_that_was_to_close_the_ticket_still_does(
    client: FlaskClient, ticket: Ticket
) -> None:
    before = field(opened(client, ticket), "shown")
    citizen_writes(ticket)
    page = answer(client, ticket, shown=before, then="close").get_data(as_text=True)
    assert "Send it all the same and close" in page
    db.session.refresh(ticket)
    assert ticket.state != State.CLOSED


def test_another_refusal_does_not_count_as_having_seen(client: FlaskClient, ticket: Ticket) -> None:
    before = field(opened(client, ticket), "shown")
    citizen_writes(ticket)
    refused = answer(client, ticket, "", shown=before)
    assert refused.status_code == 422
    assert field(refused.get_data(as_text=True), "shown") == before


@pytest.mark.parametrize("value", ["", "abc", "-1"])
def test_a_page_that_says_nothing_of_what_it_showed_is_believed(
    value: str, client: FlaskClient, ticket: Ticket
) -> None:
    citizen_writes(ticket)
    assert answer(client, ticket, shown=value).status_code == 303


# --- Two people, in the same second ------------------------------------------------------------


def test_of_two_who_take_in_the_same_instant_one_wins_and_the_other_is_told_who(
    app: Flask, ticket: Ticket, agent: User, mehdi: User, signed_in: Any
) -> None:
    clients = {user.name: signed_in(user) for user in (agent, mehdi)}
    path = f"/tickets/{ticket.reference}"
    at_once(app, *(partial(client.post, f"{path}/take") for client in clients.values()))
    db.session.refresh(ticket)
    assert ticket.assignee is not None
    winner, number = ticket.assignee.name, ticket.id
    (loser,) = clients.keys() - {winner}
    page = clients[loser].get(path).get_data(as_text=True)
    assert f"{winner} took this ticket first." in page
    taken = select(Event).where(Event.ticket_id == number, Event.kind == EventKind.TAKEN)
    assert len(db.session.scalars(taken).all()) == 1


def test_of_two_who_answer_in_the_same_instant_the_second_is_held(
    app: Flask, ticket: Ticket, agent: User, mehdi: User, signed_in: Any
) -> None:
    clients, since = [signed_in(agent), signed_in(mehdi)], str(seen(ticket))
    path = f"/tickets/{ticket.reference}/replies"
    data = {"way": "private:messenger", "text": "Bonjour.", "shown": since}
    responses = at_once(app, *(partial(client.post, path, data=data) for client in clients))
    assert sorted(response.status_code for response in responses) == [303, 409]
    assert len(answers(ticket)) == 1


def test_whoever_took_the_ticket_meanwhile_keeps_it(
    ticket: Ticket, mehdi: User, signed_in: Any
) -> None:
    chief = create_user(name="Nathalie Perrin", role=Role.SUPERVISOR)
    client = signed_in(chief)
    actions.take(ticket, mehdi)
    data = {"to": str(chief.id), "holder": ""}
    client.post(f"/tickets/{ticket.reference}/assign", data=data)
    db.session.refresh(ticket)
    assert ticket.assignee_id == mehdi.id
    assert "Mehdi Benali took this ticket first." in opened(client, ticket)


def test_a_supervisor_who_sees_the_holder_gives_the_ticket_to_another(
    ticket: Ticket, mehdi: User, signed_in: Any
) -> None:
    chief = create_user(name="Nathalie Perrin", role=Role.SUPERVISOR)
    client = signed_in(chief)
    actions.take(ticket, mehdi)
    data = {"to": str(chief.id), "holder": field(opened(client, ticket), "holder")}
    client.post(f"/tickets/{ticket.reference}/assign", data=data)
    db.session.refresh(ticket)
    assert ticket.assignee_id == chief.id
