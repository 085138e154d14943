"""Asking a colleague or another department about a ticket that stays where it is."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from hub.accounts.models import User
from hub.clock import now
from hub.extensions import db
from hub.tickets.models import Consultation, Event, Message, Ticket
from tests.builders import create_department, create_ticket, create_user

#: What those who are asked about a ticket may send to it.
MAY_SEND = {"inbox.note"}
WHY_NOT = "its department answers the citizen"


@pytest.fixture
def ticket(agent: User) -> Ticket:
    return create_ticket(create_department("transports"))


@pytest.fixture
def asked(ticket: Ticket) -> User:
    """Somebody of another department, who sees the ticket only while they are asked."""
    return create_user(name="Louise Lycées", departments=[create_department("lycees")])


def ask(ticket: Ticket, by: User, **who: Any) -> Consultation:
    found = Consultation(ticket_id=ticket.id, question="Is it yours?", asked_by_id=by.id, **who)
    db.session.add(found)
    db.session.commit()
    return found


@pytest.fixture
def consultation(ticket: Ticket, agent: User, asked: User) -> Consultation:
    return ask(ticket, agent, user_id=asked.id)


@pytest.fixture
def client(asked: User, consultation: Consultation, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(asked)
    return browser


# --- What they see and may do ---------------------------------------------------------------------


def test_those_who_are_asked_read_the_ticket_and_are_told_what_they_may_do(
    client: FlaskClient, ticket: Ticket
) -> None:
    page = client.get(f"/tickets/{ticket.reference}")
    assert page.status_code == 200
    assert WHY_NOT in page.text
    assert "Add the note" in page.text
    for label in ("Send and close", "Transfer to another department", 'id="take"', 'id="close"'):
        assert label not in page.text
    assert 'id="add-tag"' not in page.text


def test_those_who_work_on_it_read_nothing_of_the_kind(
    consultation: Consultation, ticket: Ticket, agent: User, signed_in: Any
) -> None:
    page = signed_in(agent).get(f"/tickets/{ticket.reference}").text
    assert WHY_NOT not in page
    assert "Transfer to another department" in page


def test_those_who_are_asked_write_notes(client: FlaskClient, ticket: Ticket) -> None:
    answer = client.post(f"/tickets/{ticket.reference}/notes", data={"note": "It is ours."})
    assert answer.status_code == 303
    assert "It is ours." in client.get(f"/tickets/{ticket.reference}").text


def test_nothing_else_that_changes_a_ticket_is_open_to_them(
    app: Flask, client: FlaskClient, ticket: Ticket
) -> None:
    def count() -> int:
        db.session.rollback()
        return db.session.scalar(select(func.count(Event.id)).where(Event.ticket_id == ticket.id))

    before = count()
    message_id = db.session.scalar(select(Message.id).where(Message.ticket_id == ticket.id))
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if "reference" in rule.arguments
        and "POST" in rule.methods
        and not rule.rule.startswith("/api/")
        and rule.endpoint not in MAY_SEND
    ]
    assert len(rules) > 10
    for rule in rules:
        values = dict.fromkeys(rule.arguments, message_id) | {"reference": ticket.reference}
        answer = client.post(rule.build(values)[1], data={"text": "Yes", "name": "x", "to": ""})
        assert answer.status_code == 403, rule
        assert WHY_NOT in answer.text, rule
    assert count() == before


def test_strangers_are_told_that_there_is_no_such_ticket(
    ticket: Ticket, consultation: Consultation, signed_in: Any
) -> None:
    other = create_user(departments=[create_department("culture-sport")])
    assert signed_in(other).get(f"/tickets/{ticket.reference}").status_code == 404


def test_sight_ends_with_the_consultation(
    client: FlaskClient, ticket: Ticket, consultation: Consultation
) -> None:
    consultation.ended_at = now()
    db.session.commit()
    assert client.get(f"/tickets/{ticket.reference}").status_code == 404
    note = client.post(f"/tickets/{ticket.reference}/notes", data={"note": "Too late."})
    assert note.status_code == 404
