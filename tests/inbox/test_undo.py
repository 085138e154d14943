"""Taking an answer back on the page: while it waits to leave, and what then stands there."""

import html as markup
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from hub.accounts.models import User
from hub.channels.base import RetryLater
from hub.channels.facebook.channel import Facebook
from hub.clock import now
from hub.extensions import db
from hub.outbox import actions as outbox
from hub.tickets.models import DeliveryStatus, Message, State, Ticket
from tests.builders import create_department, create_ticket, create_user
from tests.chirp import Chirp, create_chirp_ticket
from tests.inbox.test_reply_files import bring, carried, names, png, post
from tests.inbox.test_writing import answer, typed


@pytest.fixture(autouse=True)
def clock(settings_changed: Any) -> Iterator[Any]:
    settings_changed(undo_seconds=10)
    with time_machine.travel(now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def ticket(agent: User) -> Ticket:
    return create_ticket(create_department("transports"))


@pytest.fixture
def client(agent: User, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(agent)
    return browser


def only_answer() -> Message:
    db.session.rollback()
    return db.session.scalars(select(Message).where(Message.direction == "out")).one()


def page(client: FlaskClient, ticket: Ticket, query: str = "") -> str:
    return markup.unescape(client.get(f"/tickets/{ticket.reference}{query}").text)


def undo(client: FlaskClient, ticket: Ticket, message: Message) -> Any:
    return client.post(f"/tickets/{ticket.reference}/replies/{message.id}/cancel")


def test_an_answer_waits_for_ten_seconds_and_says_so(client: FlaskClient, ticket: Ticket) -> None:
    answer(client, ticket)
    message = only_answer()
    assert message.next_at == now() + timedelta(seconds=10)
    shown = page(client, ticket)
    assert "Leaves in 10 s" in shown
    assert f'id="cancel-{message.id}"' in shown


def test_what_was_taken_back_stands_in_the_composer_with_its_way(
    client: FlaskClient, ticket: Ticket, agent: User
) -> None:
    answer(client, ticket, "Le car passera demain.", then="close")
    message = only_answer()
    response = undo(client, ticket, message)
    assert response.status_code == 303
    assert response.location == f"/tickets/{ticket.reference}?restore={message.id}#composer"
    shown = page(client, ticket, f"?restore={message.id}")
    assert typed(shown) == "Le car passera demain."
    assert re.search(r'value="private:messenger"[^>]* checked', shown)
    assert "sign-delivery-cancelled" in shown
    assert "message-cancelled" in shown
    assert f"by {agent.name}" in shown
    assert f'id="cancel-{message.id}"' not in shown
    assert only_answer().delivery == DeliveryStatus.CANCELLED
    assert db.session.get_one(Ticket, ticket.id).state == State.OPEN


def test_files_come_back_with_what_they_show(chirp: Chirp, client: FlaskClient) -> None:
    ticket = create_chirp_ticket()
    held = bring(client, ticket, png())
    post(client, ticket, "replies", file=carried(held), alt=["La gare."])
    message = only_answer()
    undo(client, ticket, message)
    shown = page(client, ticket, f"?restore={message.id}")
    assert names(shown) == ["photo 1.png"]
    assert ">La gare.</textarea>" in shown


def test_an_answer_that_has_left_is_told_and_stays(client: FlaskClient, ticket: Ticket) -> None:
    answer(client, ticket)
    message = only_answer()
    message.delivery = DeliveryStatus.SENDING
    db.session.commit()
    response = undo(client, ticket, message)
    assert response.location == f"/tickets/{ticket.reference}#message-{message.id}"
    shown = page(client, ticket)
    assert "The answer has left already." in shown
    assert f'id="cancel-{message.id}"' not in shown


def test_what_waits_can_be_cancelled_by_whoever_may_answer(
    client: FlaskClient,
    ticket: Ticket,
    signed_in: Any,
    work: Any,
    clock: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def busy(*_arguments: object) -> None:
        raise RetryLater("rate_limited", at=now() + timedelta(hours=1))

    monkeypatch.setattr(Facebook, "send", busy)
    answer(client, ticket)
    clock.shift(timedelta(seconds=10))
    work()
    assert "Cancel sending" in page(client, ticket)
    colleague = create_user(name="Bruno", departments=[create_department("transports")])
    undo(signed_in(colleague), ticket, only_answer())
    assert "by Bruno" in page(client, ticket)
    stranger = create_user(departments=[create_department("lycees")])
    assert undo(signed_in(stranger), ticket, only_answer()).status_code == 404


def test_only_answers_of_this_ticket_can_be_cancelled(client: FlaskClient, ticket: Ticket) -> None:
    other = create_ticket(create_department("transports"))
    elsewhere = outbox.reply(other, "Bonjour.", visibility="private", by=None)
    question = db.session.scalars(select(Message).where(Message.ticket_id == ticket.id)).one()
    for message in (elsewhere, question):
        assert undo(client, ticket, message).status_code == 404
    path = f"/tickets/{ticket.reference}/replies/{2**80}/cancel"
    assert client.post(path).status_code == 404


def test_a_colleagues_key_does_not_take_back_my_answer(
    client: FlaskClient, ticket: Ticket, supervisor: User, signed_in: Any
) -> None:
    """Escape takes back what carries data-undo."""
    answer(client, ticket)
    by_key = re.compile(r"<button[^>]* data-undo[ >]")
    assert by_key.search(page(client, ticket))
    theirs = page(signed_in(supervisor), ticket)
    assert "<span>Undo</span>" in theirs
    assert not by_key.search(theirs)


def test_without_the_forms_token_nothing_is_cancelled(
    app: Any, client: FlaskClient, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(client, ticket)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    assert undo(client, ticket, only_answer()).status_code == 400
    assert only_answer().delivery == DeliveryStatus.PENDING


def test_what_was_taken_back_can_be_sent_again_from_the_same_page(
    client: FlaskClient, ticket: Ticket
) -> None:
    answer(client, ticket, submission="one-and-the-same")
    undo(client, ticket, only_answer())
    answer(client, ticket, submission="one-and-the-same")
    found = select(Message.delivery).where(Message.direction == "out").order_by(Message.id)
    db.session.rollback()
    assert db.session.scalars(found).all() == ["cancelled", "pending"]
