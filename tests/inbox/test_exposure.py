"""Personal data in public: pointed out, masked, asked about, hidden; and who signs."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from hub.accounts.models import Role, User
from hub.channels.base import Refused, RetryLater
from hub.channels.facebook.channel import Facebook
from hub.extensions import db
from hub.outbox import signing
from hub.outbox.hiding.models import Hiding
from hub.queue import perform
from hub.tickets.history import sentence
from hub.tickets.models import Event, EventKind, Message, Ticket
from tests.builders import comment, create_department, create_ticket, create_user
from tests.inbox.test_writing import stored, typed

NUMBER = "06 12 34 56 42"


@pytest.fixture
def ticket(agent: User) -> Ticket:
    department = create_department("transports")
    said = {"text": f"Appelez-moi au {NUMBER}."}
    return create_ticket(department, message=_public(said))


def _public(values: dict[str, str]) -> dict[str, Any]:
    message = comment(**values)
    return {
        "external_id": message.external_id,
        "visibility": "public",
        "conversation": message.conversation,
        "text": message.text,
        "author": message.author,
    }


@pytest.fixture
def client(agent: User, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(agent)
    return browser


def answer(client: FlaskClient, ticket: Ticket, text: str, **values: str) -> Any:
    data = {"way": "public:comment", "text": text, **values}
    return client.post(f"/tickets/{ticket.reference}/replies", data=data)


def test_a_public_answer_with_personal_data_is_asked_about(
    client: FlaskClient, ticket: Ticket
) -> None:
    response = answer(client, ticket, f"Vous êtes au {NUMBER} ?")
    assert response.status_code == 422
    assert stored(ticket, "out") == []  # type: ignore[arg-type]
    assert "06 •• •• •• 42" in response.text
    confirmed = re.search(r'name="confirmed" value="([^"]+)"', response.text)
    assert confirmed is not None
    other = answer(client, ticket, "Au 06 98 76 54 32 ?", confirmed=confirmed[1])
    assert other.status_code == 422
    assert answer(client, ticket, f"Vous êtes au {NUMBER} ?", confirmed=confirmed[1]).location
    event = db.session.scalars(select(Event).where(Event.kind == EventKind.REPLIED)).one()
    assert "telephone number" in sentence(event)


def test_a_private_answer_may_hold_it(client: FlaskClient, ticket: Ticket) -> None:
    data = {"way": "private:private_reply", "text": f"Vous êtes au {NUMBER} ?"}
    assert client.post(f"/tickets/{ticket.reference}/replies", data=data).status_code == 303


def test_the_preview_points_it_out_and_without_scripts_masks_it(
    client: FlaskClient, ticket: Ticket
) -> None:
    data = {"way": "public:comment", "text": f"Au {NUMBER} ?"}
    address = f"/tickets/{ticket.reference}/preview"
    shown = client.post(address, data=data, headers={"HX-Request": "true"}).text
    mark = re.search(r'name="mask" value="(\w+)"', shown)
    assert mark is not None
    page = client.post(address, data={**data, "mask": mark[1]}).text
    assert typed(page) == "Au 06 •• •• •• 42 ?"


def test_our_own_address_is_no_secret(client: FlaskClient, ticket: Ticket, agent: User) -> None:
    assert answer(client, ticket, "Écrivez à contact@region.example.").status_code == 303


# --- Hiding -----------------------------------------------------------------------------------


def hide(client: FlaskClient, ticket: Ticket, **values: str) -> Message:
    message = db.session.scalars(select(Message).where(Message.ticket_id == ticket.id)).one()
    data = {"hidden": "yes", "reason": "Numéro de téléphone", **values}
    client.post(f"/tickets/{ticket.reference}/messages/{message.id}/hiding", data=data)
    db.session.rollback()
    return db.session.get_one(Message, message.id)


def test_a_citizens_message_says_that_everybody_reads_its_number(
    client: FlaskClient, ticket: Ticket
) -> None:
    page = client.get(f"/tickets/{ticket.reference}").text
    assert "Everybody can read personal data here:" in page
    assert "Go on in private" in page
    private = client.get(f"/tickets/{ticket.reference}?write=private").text
    assert "let us go on here" in typed(private)
    assert re.search(r'value="private:private_reply"[^>]* checked', private)


def test_hiding_asks_the_platform_and_keeps_who_and_why(
    client: FlaskClient, ticket: Ticket, agent: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, bool]] = []

    def note(_self: Any, _access: Any, external_id: str, *, hidden: bool = True) -> None:
        asked.append((external_id, hidden))

    monkeypatch.setattr(Facebook, "hide", note)
    message = hide(client, ticket)
    wish = db.session.scalars(select(Hiding)).one()
    perform("hide_message", wish.id)
    db.session.expire_all()
    assert asked == [(message.external_id, True)]
    assert message.hidden_at is not None
    kinds = [(event.kind, event.user_id) for event in db.session.scalars(select(Event))]
    assert ("hide_asked", agent.id) in kinds
    assert ("hidden", agent.id) in kinds
    assert "Numéro de téléphone" in client.get(f"/tickets/{ticket.reference}").text


def test_it_wants_a_reason(client: FlaskClient, ticket: Ticket) -> None:
    hide(client, ticket, reason=" ")
    assert db.session.query(Hiding).count() == 0


def test_what_is_unclear_is_asked_again_and_a_refusal_is_told(
    client: FlaskClient, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Exception] = [RetryLater("unreachable"), Refused("refused", "no right")]

    def refuse(_self: Any, *_arguments: Any, **_values: Any) -> None:
        raise answers.pop(0)

    monkeypatch.setattr(Facebook, "hide", refuse)
    message = hide(client, ticket)
    wish = db.session.scalars(select(Hiding)).one()
    perform("hide_message", wish.id)
    db.session.expire_all()
    assert (wish.state, wish.next_at is not None) == ("asked", True)
    perform("hide_message", wish.id)  # not due yet
    assert len(answers) == 1
    wish.next_at = wish.asked_at
    db.session.commit()
    perform("hide_message", wish.id)
    db.session.expire_all()
    assert (wish.state, message.hidden_at) == ("failed", None)
    assert "no right" in client.get(f"/tickets/{ticket.reference}").text


# --- Signatures -------------------------------------------------------------------------------


def test_an_answer_is_signed_and_the_signature_counts(client: FlaskClient, ticket: Ticket) -> None:
    answer(client, ticket, "Bonjour.")
    (message,) = stored(ticket, "out")  # type: ignore[arg-type]
    assert (message.text, message.signature) == ("Bonjour.", "Agathe Agent, Transports")
    assert message.whole_text == "Bonjour.\n\nAgathe Agent, Transports"


def test_it_may_be_left_out_once_the_person_is_known(client: FlaskClient, ticket: Ticket) -> None:
    for _time in range(2):
        answer(client, ticket, "Bonjour.", unsigned="yes", submission=str(_time))
    first, second = stored(ticket, "out")  # type: ignore[arg-type]
    assert (bool(first.signature), second.signature) == (True, "")


def test_a_name_that_is_kept_back_is_told_nowhere(ticket: Ticket) -> None:
    agent = create_user(name="Camille Secret", title="Médiatrice", anonymous=True)
    assert signing.signature(agent, ticket) == f"Agent No. {agent.id}, Transports"


def test_an_administrator_keeps_a_name_back(signed_in: Any, agent: User) -> None:
    admin = create_user(role=Role.ADMIN)
    data = {"name": agent.name, "email": agent.email, "role": "agent", "anonymous": "y"}
    signed_in(admin).post(f"/settings/people/{agent.id}", data=data)
    db.session.expire_all()
    assert db.session.get_one(User, agent.id).anonymous
