"""Canned replies: found, filled, inserted, written."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from hub.accounts.models import Role, User
from hub.extensions import db
from hub.inbox.canned import filling
from hub.inbox.canned.filling import Values
from hub.inbox.canned.models import CannedReply
from hub.tickets.models import Ticket
from tests.builders import create_department, create_ticket, create_user
from tests.inbox.test_writing import typed


@pytest.fixture
def ticket(agent: User) -> Ticket:
    return create_ticket(create_department("transports"))


@pytest.fixture
def client(agent: User, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(agent)
    return browser


def canned(shortcut: str, body: str = "Bonjour.", **values: Any) -> CannedReply:
    reply = CannedReply(title=shortcut.capitalize(), shortcut=shortcut, body=body, **values)
    db.session.add(reply)
    db.session.commit()
    return reply


def test_what_is_known_is_filled_in_and_what_is_not_leaves_no_trace() -> None:
    body = "Bonjour {prénom} {NOM},\n\nRéférence {reference}.\nVotre page : {lien}\nCordialement"
    known = Values(first_name="Nolwenn", surname="Tanguy", reference="2026-1", link="https://x")
    assert filling.fill(body, known).startswith(
        "Bonjour Nolwenn Tanguy,\n\nRéférence 2026-1.\nVotre"
    )
    assert filling.fill(body, Values(reference="2026-1")) == (
        "Bonjour,\n\nRéférence 2026-1.\nCordialement"
    )
    assert filling.unknown("{prenom} {age}") == ["{age}"]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Nolwenn Tanguy", ("Nolwenn", "Tanguy")),
        ("TANGUY Nolwenn", ("Nolwenn", "Tanguy")),
        ("Maëlle 🌊", ("Maëlle", "")),
        ("@bus214", ("", "")),
    ],
)
def test_names_are_read_as_platforms_show_them(name: str, parts: tuple[str, str]) -> None:
    assert filling.names_of(name) == parts


def test_agents_are_offered_those_of_the_tickets_department_and_of_all(
    client: FlaskClient, ticket: Ticket
) -> None:
    canned("retard", "Bonjour {prénom}, {référence}", department_id=ticket.department_id)
    canned("tous")
    canned("autre", department_id=create_department("lycees").id)
    canned("vieux", active=False)
    address = f"/tickets/{ticket.reference}/canned-replies"
    found = client.get(address, headers={"HX-Request": "true"}).json["replies"]
    assert [reply["shortcut"] for reply in found] == ["retard", "tous"]
    assert ticket.reference in found[0]["text"]


def test_without_scripts_a_page_inserts_one_below_what_is_written(
    client: FlaskClient, ticket: Ticket
) -> None:
    reply = canned("retard", "Le car est en RETARD", plain_body="Retard.")
    canned("tous")
    address = f"/tickets/{ticket.reference}"
    page = client.get(f"{address}/canned-replies?q=rétard").text
    assert f"canned={reply.id}" in page
    assert page.count("<h2>") == 1
    client.post(f"{address}/drafts/reply", data={"text": "Bonjour,"})
    assert typed(client.get(f"{address}?canned={reply.id}").text).endswith("Le car est en RETARD")
    plain = typed(client.get(f"{address}?canned={reply.id}&plain=yes").text)
    assert plain == "Bonjour,\n\nRetard."


def test_supervisors_write_those_of_their_departments_alone(signed_in: Any) -> None:
    mine, other = create_department("transports"), create_department("lycees")
    client = signed_in(create_user(role=Role.SUPERVISOR, departments=[mine]))
    data = {"title": "Retard", "shortcut": "/Retard", "body": "Bonjour {prénom}", "language": "fr",
            "position": "1"}  # fmt: skip
    new = "/settings/canned-replies/new"
    assert client.post(new, data={**data, "department_id": ""}).status_code == 422
    assert client.post(new, data={**data, "department_id": other.id}).status_code == 422
    assert client.post(new, data={**data, "department_id": mine.id}).status_code == 302
    assert client.post(new, data={**data, "department_id": mine.id}).status_code == 422
    stored = db.session.scalars(select(CannedReply)).one()
    assert (stored.shortcut, stored.department_id) == ("retard", mine.id)
    theirs = canned("autre", department_id=other.id)
    assert client.get(f"/settings/canned-replies/{theirs.id}").status_code == 404
    assert client.post(f"/settings/canned-replies/{theirs.id}/switch").status_code == 404


def test_an_unknown_variable_is_told_when_it_is_saved_and_the_preview_saves_nothing(
    signed_in: Any,
) -> None:
    client = signed_in(create_user(role=Role.ADMIN))
    data = {"title": "x", "shortcut": "x", "body": "{âge}", "language": "fr", "position": "1",
            "department_id": ""}  # fmt: skip
    page = client.post("/settings/canned-replies/new", data=data)
    assert page.status_code == 422
    assert "Nothing fills {âge}" in page.text
    shown = client.post(
        "/settings/canned-replies/new", data={**data, "body": "Bonjour {prénom},", "preview": "yes"}
    ).text
    assert "Bonjour Nolwenn," in shown
    assert db.session.query(CannedReply).count() == 0


def test_agents_do_not_write_them(client: FlaskClient) -> None:
    assert client.get("/settings/canned-replies").status_code == 403


def test_one_is_switched_off_and_on_and_changed(signed_in: Any) -> None:
    client = signed_in(create_user(role=Role.ADMIN))
    reply = canned("retard")
    client.post(f"/settings/canned-replies/{reply.id}/switch", data={"active": "no"})
    data = {"title": "Autre", "shortcut": "retard", "body": "Bonsoir", "language": "fr",
            "position": "1", "department_id": ""}  # fmt: skip
    client.post(f"/settings/canned-replies/{reply.id}", data=data)
    db.session.expire_all()
    assert (reply.active, reply.title, reply.body) == (False, "Autre", "Bonsoir")
    assert "Switch on" in client.get("/settings/canned-replies").text
