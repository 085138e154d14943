"""Answering and noting: what is stored, sent once, or given back with the reason."""

import html as markup
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from hub.accounts.models import User
from hub.channels.base import Refused
from hub.channels.facebook.channel import Facebook
from hub.clock import now
from hub.extensions import db
from hub.outbox import actions as outbox
from hub.tickets.models import Direction, Message, State, Ticket
from tests.builders import comment, create_department, create_ticket


@pytest.fixture
def ticket(agent: User) -> Ticket:
    return create_ticket(create_department("transports"))


@pytest.fixture
def client(agent: User, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(agent)
    return browser


def answer(client: FlaskClient, ticket: Ticket, text: str = "Bonjour.", **values: str) -> Any:
    data = {"way": "private:messenger", "text": text, **values}
    return client.post(f"/tickets/{ticket.reference}/replies", data=data)


def stored(ticket: Ticket, direction: Direction) -> list[Message]:
    """In the order in which they were written."""
    db.session.rollback()
    return list(
        db.session.scalars(
            select(Message)
            .where(Message.ticket_id == ticket.id, Message.direction == str(direction))
            .order_by(Message.id)
        )
    )


def typed(html: str, name: str = "text") -> str:
    """What stands in the composer of the page."""
    found = re.search(rf'<textarea[^>]*id="composer-{name}"[^>]*>(.*?)</textarea>', html, re.DOTALL)
    assert found is not None
    return markup.unescape(found[1])


def test_an_answer_is_stored_to_be_sent_and_the_page_comes_back_to_it(
    agent: User, client: FlaskClient, ticket: Ticket
) -> None:
    response = answer(client, ticket, "Le car passera demain.")
    (message,) = stored(ticket, Direction.OUT)
    assert response.status_code == 303
    assert response.location == f"/tickets/{ticket.reference}#message-{message.id}"
    assert (message.text, message.user_id) == ("Le car passera demain.", agent.id)
    assert (message.way, message.visibility, message.delivery) == (
        "messenger",
        "private",
        "pending",
    )


def test_the_same_submission_twice_sends_once(client: FlaskClient, ticket: Ticket) -> None:
    for _click in range(2):
        assert answer(client, ticket, submission="one-and-the-same").status_code == 303
    assert len(stored(ticket, Direction.OUT)) == 1


def test_another_text_under_the_same_submission_is_another_answer(
    client: FlaskClient, ticket: Ticket
) -> None:
    """Browsers put the hidden fields of a page back when one returns to it."""
    answer(client, ticket, "Le car passera demain.", submission="one-and-the-same")
    answer(client, ticket, "Le car passera jeudi.", submission="one-and-the-same")
    said = [message.text for message in stored(ticket, Direction.OUT)]
    assert said == ["Le car passera demain.", "Le car passera jeudi."]


def test_each_page_has_a_submission_of_its_own(client: FlaskClient, ticket: Ticket) -> None:
    pages = [client.get(f"/tickets/{ticket.reference}").text for _visit in range(2)]
    first, second = (re.findall(r'name="submission" value="([^"]+)"', page) for page in pages)
    assert first != second


def test_send_and_close_does_both(client: FlaskClient, ticket: Ticket) -> None:
    answer(client, ticket, then="close")
    assert len(stored(ticket, Direction.OUT)) == 1
    assert db.session.get_one(Ticket, ticket.id).state == State.CLOSED


def test_a_ticket_closed_on_an_answer_that_is_refused_opens_again(
    client: FlaskClient, ticket: Ticket, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: Any, _access: Any, _message: Any) -> None:
        raise Refused("gone")

    monkeypatch.setattr(Facebook, "send", refuse)
    answer(client, ticket, then="close")
    work()
    db.session.rollback()
    reopened = db.session.get_one(Ticket, ticket.id)
    assert reopened.state == State.OPEN
    assert reopened.waiting_since is not None


@pytest.mark.parametrize(
    "data",
    [
        {"text": "  \r\n "},
        {"text": "x" * 2001},
        {"way": ""},
        {"way": "public:comment"},
        {"way": "private:pigeon"},
        {"way": "\x00"},
    ],
)
def test_a_refused_answer_comes_back_with_its_text_and_the_reason_beside_it(
    data: dict[str, str], client: FlaskClient, ticket: Ticket
) -> None:
    response = answer(client, ticket, **data)
    assert response.status_code == 422
    assert stored(ticket, Direction.OUT) == []
    text = data.get("text", "Bonjour.")
    assert typed(response.text).replace("\r\n", "\n").strip() == text.replace("\r\n", "\n").strip()
    assert 'aria-invalid="true"' in response.text
    assert 'id="composer-text-error"' in response.text
    assert re.search(r'aria-describedby="[^"]*composer-text-error', response.text)


@pytest.mark.parametrize("trouble", ["channel", "credentials"])
def test_an_answer_that_the_channel_cannot_take_at_all_is_given_back(
    trouble: str, client: FlaskClient, ticket: Ticket
) -> None:
    if trouble == "channel":
        ticket.channel = "telegram"
    else:
        ticket.account.sealed_credentials = "sealed with another key"
    db.session.commit()
    response = answer(client, ticket, "Le car passera demain.")
    assert response.status_code == 422
    assert typed(response.text) == "Le car passera demain."
    assert 'id="composer-text-error"' in response.text
    assert stored(ticket, Direction.OUT) == []


def test_a_closed_window_says_in_words_why_nothing_was_sent(client: FlaskClient) -> None:
    late = create_ticket(
        create_department("transports"), message={"posted_at": now() - timedelta(days=9)}
    )
    response = answer(client, late)
    assert response.status_code == 422
    reason = outbox.ways(late)[0].reason
    assert reason
    error = re.search(r'id="composer-text-error">(.*?)</div>', response.text, re.DOTALL)
    assert error is not None
    assert "<p></p>" not in error[1]


def test_a_public_comment_may_be_answered_in_public_or_in_private(client: FlaskClient) -> None:
    public = create_ticket(create_department("transports"))
    for message in stored(public, Direction.IN):
        said = comment()
        message.visibility, message.conversation = "public", said.conversation
        message.external_id = said.external_id
    db.session.commit()
    answer(client, public, way="public:comment")
    answer(client, public, way="private:private_reply")
    assert {(m.visibility, m.way) for m in stored(public, Direction.OUT)} == {
        ("public", "comment"),
        ("private", "private_reply"),
    }


def test_a_nul_character_is_left_out(client: FlaskClient, ticket: Ticket) -> None:
    answer(client, ticket, "Bon\x00jour")
    assert stored(ticket, Direction.OUT)[0].text == "Bonjour"


def test_a_note_is_stored_for_colleagues_and_never_sent(
    agent: User, client: FlaskClient, ticket: Ticket
) -> None:
    response = client.post(f"/tickets/{ticket.reference}/notes", data={"note": " À rappeler.\r\n"})
    (note,) = stored(ticket, Direction.NOTE)
    assert response.location == f"/tickets/{ticket.reference}#message-{note.id}"
    assert (note.text, note.user_id, note.delivery) == ("À rappeler.", agent.id, None)


def test_a_note_sent_twice_is_kept_once(client: FlaskClient, ticket: Ticket) -> None:
    for _click in range(2):
        data = {"note": "À rappeler.", "submission": "one-and-the-same"}
        assert client.post(f"/tickets/{ticket.reference}/notes", data=data).status_code == 303
    assert len(stored(ticket, Direction.NOTE)) == 1


def test_an_empty_note_is_given_back_where_notes_are_written(
    client: FlaskClient, ticket: Ticket
) -> None:
    response = client.post(f"/tickets/{ticket.reference}/notes", data={"note": " "})
    assert response.status_code == 422
    assert 'id="composer-note-error"' in response.text
    assert re.search(r'<div data-written="reply" hidden>', response.text)


def test_without_the_forms_token_nothing_is_sent(
    app: Any, agent: User, client: FlaskClient, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    assert answer(client, ticket).status_code == 400
    assert stored(ticket, Direction.OUT) == []
