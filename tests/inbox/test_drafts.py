"""What is being written is kept on the server, on every device, and never lost."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from hub import files
from hub.accounts.models import User
from hub.clock import now
from hub.extensions import db
from hub.inbox.drafts import actions
from hub.inbox.drafts.models import SavedDraft
from hub.tickets.models import Ticket
from tests.builders import create_department, create_ticket, create_user
from tests.inbox.test_writing import typed

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def ticket(agent: User) -> Ticket:
    return create_ticket(create_department("transports"))


@pytest.fixture
def client(agent: User, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(agent)
    return browser


def save(
    client: FlaskClient, ticket: Ticket, text: str, *, kind: str = "reply", **values: Any
) -> Any:
    """As an open page does; the page is one of its own where it does not say which."""
    name = "note" if kind == "note" else "text"
    data = {name: text, "way": "private:messenger", "revision": "0", "turn": "1", **values}
    address = f"/tickets/{ticket.reference}/drafts/{kind}"
    response = client.post(address, data=data, headers=FRAGMENT)
    assert response.status_code == 200
    return response.json


def drafts() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(SavedDraft.text).order_by(SavedDraft.id)))


def shown(client: FlaskClient, ticket: Ticket, name: str = "text") -> str:
    return typed(client.get(f"/tickets/{ticket.reference}").text, name)


def test_what_was_typed_is_there_on_another_device(
    agent: User, client: FlaskClient, ticket: Ticket, signed_in: Any
) -> None:
    save(client, ticket, "Bonjour, le car")
    save(client, ticket, "À voir avec Paul", kind="note")
    other = signed_in(agent)
    assert shown(other, ticket) == "Bonjour, le car"
    assert shown(other, ticket, "note") == "À voir avec Paul"
    assert "Draft saved at" in other.get(f"/tickets/{ticket.reference}").text


def test_a_draft_is_its_authors_alone(client: FlaskClient, ticket: Ticket, signed_in: Any) -> None:
    save(client, ticket, "Bonjour, le car")
    colleague = create_user(departments=[create_department("transports")])
    assert shown(signed_in(colleague), ticket) == ""


def test_a_later_save_of_the_same_page_replaces_the_earlier_one(
    client: FlaskClient, ticket: Ticket
) -> None:
    save(client, ticket, "Bonjur", submission="one")
    save(client, ticket, "Bonjour", submission="one", turn="2")
    assert drafts() == ["Bonjour"]


def test_a_save_that_comes_late_means_nothing(client: FlaskClient, ticket: Ticket) -> None:
    save(client, ticket, "Bonjour", submission="one", turn="2")
    save(client, ticket, "Bonjur", submission="one", turn="1")
    assert drafts() == ["Bonjour"]


def test_another_device_that_knows_the_draft_goes_on_with_it(
    client: FlaskClient, ticket: Ticket
) -> None:
    revision = save(client, ticket, "Bonjour", submission="one")["revision"]
    save(client, ticket, "Bonsoir", submission="two", revision=str(revision))
    assert drafts() == ["Bonsoir"]


def test_two_devices_at_once_lose_nothing_and_are_told(client: FlaskClient, ticket: Ticket) -> None:
    save(client, ticket, "Le car passe demain.", submission="one")
    answer = save(client, ticket, "Le train est supprimé.", submission="two")
    assert answer["text"] == "Le car passe demain.\n\nLe train est supprimé."
    assert "both texts are here" in answer["said"]
    assert drafts() == [answer["text"]]


def test_emptying_removes_it(client: FlaskClient, ticket: Ticket) -> None:
    revision = save(client, ticket, "Bonjour", submission="one")["revision"]
    save(client, ticket, " ", submission="one", turn="2", revision=str(revision))
    assert drafts() == []


def test_sending_removes_it_and_a_save_on_its_way_brings_it_not_back(
    client: FlaskClient, ticket: Ticket
) -> None:
    save(client, ticket, "Bonjour, le car", submission="one")
    save(client, ticket, "Une note", kind="note", submission="one")
    data = {"way": "private:messenger", "text": "Bonjour, le car passe."}
    client.post(f"/tickets/{ticket.reference}/replies", data=data)
    save(client, ticket, "Bonjour, le car", submission="one", turn="2")
    assert drafts() == ["Une note"]


def test_a_refused_answer_keeps_its_draft_and_the_note_beside_it(
    client: FlaskClient, ticket: Ticket
) -> None:
    save(client, ticket, "x" * 2001)
    save(client, ticket, "Une note", kind="note")
    data = {"way": "private:messenger", "text": "y" * 2001}
    page = client.post(f"/tickets/{ticket.reference}/replies", data=data)
    assert page.status_code == 422
    assert (typed(page.text), typed(page.text, "note")) == ("y" * 2001, "Une note")
    assert len(drafts()) == 2


def test_the_list_marks_it_and_has_a_view_of_its_own(
    client: FlaskClient, ticket: Ticket, agent: User
) -> None:
    create_ticket(create_department("transports"))
    assert "My drafts" not in client.get("/inbox?view=all").text
    save(client, ticket, "Bonjour")
    page = client.get("/inbox?view=all").text
    assert page.count("<span>Draft</span>") == 1
    assert "My drafts" in page
    own = client.get("/inbox?view=drafts").text
    assert own.count('id="ticket-') == 1
    assert f'id="ticket-{ticket.reference}"' in own


def test_without_scripts_a_button_keeps_it(client: FlaskClient, ticket: Ticket) -> None:
    address = f"/tickets/{ticket.reference}/drafts/reply"
    assert client.post(address, data={"text": "Bonjour"}).status_code == 303
    assert shown(client, ticket) == "Bonjour"


def test_a_month_later_it_is_gone(client: FlaskClient, ticket: Ticket) -> None:
    other = create_ticket(create_department("transports"))
    with time_machine.travel(now() - timedelta(days=31)):
        old = create_user()
        db.session.add(SavedDraft(ticket_id=ticket.id, user_id=old.id, kind="reply", text="Vieux"))
        db.session.commit()
    save(client, other, "Neuf")
    assert actions.forget_old() == 1
    assert drafts() == ["Neuf"]


def test_files_of_a_draft_are_held_as_long_as_it_lives(
    ticket: Ticket, tmp_path: Path, agent: User
) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes(b"kept")
    lost = tmp_path / "lost"
    lost.write_bytes(b"lost")
    with kept.open("rb") as one, lost.open("rb") as two:
        key, _size = files.hold(one)
        gone, _size = files.hold(two)
    file = {"key": key, "name": "a.pdf", "media_type": "application/pdf", "size": 4, "alt_text": ""}
    db.session.add(SavedDraft(ticket_id=ticket.id, user_id=agent.id, kind="reply", files=[file]))
    db.session.commit()
    with time_machine.travel(now() + timedelta(days=3), tick=False):
        fresh = tmp_path / "fresh"
        fresh.write_bytes(b"fresh")
        with fresh.open("rb") as stream:
            files.hold(stream)
    assert files.held(key).exists()
    assert not files.held(gone).exists()


def test_another_departments_ticket_takes_no_draft(client: FlaskClient) -> None:
    hidden = create_ticket(create_department("lycees"))
    address = f"/tickets/{hidden.reference}/drafts/reply"
    assert client.post(address, data={"text": "x"}, headers=FRAGMENT).status_code == 404
    assert drafts() == []
