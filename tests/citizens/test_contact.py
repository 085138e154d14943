"""The form: what it files, what it refuses, and what it never loses."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from hub.channels.models import Account
from hub.citizens import wording
from hub.extensions import db
from hub.routing.models import Department
from hub.tickets.models import Direction, Message, Ticket
from tests.builders import at
from tests.channels.web.server import Server
from tests.citizens.people import (
    FILLED,
    form,
    hidden_fields,
    only_ticket,
    page,
    send,
    texts,
)

Council = dict[str, Department]


def receipt() -> Message:
    return db.session.scalars(select(Message).where(Message.automatic)).one()


def count(table: type[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


# --- What is filed ------------------------------------------------------------------------------


def test_a_message_opens_a_private_ticket_with_its_sender(
    client: FlaskClient, council: Council
) -> None:
    send(client, postal_address="3 rue des Halles\r\n72000 Le Mans")
    ticket = only_ticket()
    assert (ticket.channel, ticket.visibility, ticket.state) == ("web", "private", "new")
    assert ticket.contact.name == "Nolwenn Tanguy"
    assert ticket.contact.email == "nolwenn@courriel.example"
    assert ticket.contact.postal_address == "3 rue des Halles\n72000 Le Mans"


def test_the_subject_chosen_decides_the_department(client: FlaskClient, council: Council) -> None:
    send(client, subject="transports")
    ticket = only_ticket()
    assert (ticket.department.slug, ticket.subject) == ("transports", "Trains et cars")


def test_who_does_not_know_the_subject_reaches_the_front_desk(
    client: FlaskClient, council: Council
) -> None:
    send(client, subject="accueil", message="Bonjour, à qui écrire ?\nMerci")
    ticket = only_ticket()
    assert ticket.department.slug == "accueil"
    assert ticket.subject == "Bonjour, à qui écrire ?"


def test_subjects_stand_in_the_councils_order_and_the_unknown_one_last(
    client: FlaskClient, council: Council
) -> None:
    offered = [option.get("value") for option in page(client.get("/contact")).iter("option")]
    assert offered == ["", "transports", "lycees", "accueil"]


def test_there_is_always_a_choice_for_who_does_not_know(
    client: FlaskClient, council: Council
) -> None:
    db.session.get_one(Department, council["accueil"].id).subject = ""
    db.session.commit()
    offered = [option.get("value") for option in page(client.get("/contact")).iter("option")]
    assert offered[-1] == "other"
    send(client, subject="other")
    assert only_ticket().department.slug == "accueil"


def test_two_strangers_who_give_one_address_stay_two_people(
    client: FlaskClient, council: Council
) -> None:
    send(client, name="Nolwenn Tanguy")
    send(client, name="Somebody Else", postal_address="Elsewhere")
    first, second = db.session.scalars(select(Ticket).order_by(Ticket.id))
    assert first.contact_id != second.contact_id
    assert (first.contact.name, first.contact.postal_address) == ("Nolwenn Tanguy", "")


def test_the_form_needs_no_account_made_beforehand(client: FlaskClient, council: Council) -> None:
    send(client)
    send(client, message="Encore une question")
    account = db.session.scalars(select(Account)).one()
    assert (account.channel, account.external_id) == ("web", "contact")
    assert count(Ticket) == 2


def test_a_form_that_was_disconnected_is_connected_again_by_its_next_message(
    client: FlaskClient, council: Council
) -> None:
    send(client)
    account = db.session.scalars(select(Account)).one()
    account.broken_because = "disconnected"
    db.session.commit()
    send(client, text="Encore une question.")
    assert (count(Message), account.broken_because) == (4, "")


def test_letters_no_database_holds_lose_no_message(client: FlaskClient, council: Council) -> None:
    send(client, message="Bonjour\0 à vous")
    assert db.session.scalars(
        select(Message.text).where(Message.direction == Direction.IN)
    ).one() == ("Bonjour à vous")


# --- The confirmation and the receipt -----------------------------------------------------------


def test_the_citizen_sees_the_reference_and_the_private_address(
    client: FlaskClient, council: Council
) -> None:
    sent = send(client)
    assert sent.status_code == 303
    ticket = only_ticket()
    shown = texts(client.get(sent.location))
    assert ticket.reference in shown
    assert f"http://localhost/suivi/{ticket.tracking_token}" in shown
    assert "Transports" in shown


def test_the_receipt_names_the_date_the_reference_and_the_service(
    client: FlaskClient, council: Council
) -> None:
    with time_machine.travel(at("2026-11-10 08:40"), tick=False):
        send(client)
    said = receipt().text
    assert "mardi 10 novembre 2026, 09:40" in said
    assert only_ticket().reference in said
    assert "Transports" in said


def test_the_receipt_is_in_french_for_a_reader_of_english_too(
    client: FlaskClient, council: Council
) -> None:
    with time_machine.travel(at("2026-11-10 08:40"), tick=False):
        client.post("/language", data={"language": "en"})
        sent = send(client)
        assert "Tuesday" in texts(client.get(sent.location))
    assert "novembre" in receipt().text


def test_the_receipt_stops_no_clock(
    client: FlaskClient, council: Council, work: Callable[[], None]
) -> None:
    send(client)
    work()
    assert receipt().delivery == "sent"
    ticket = only_ticket()
    assert ticket.first_reply_at is None
    assert ticket.waiting_since is not None
    assert ticket.state == "new"


def test_the_receipt_is_mailed_with_the_tracking_address(
    client: FlaskClient, council: Council, post_office: Server, work: Callable[[], None]
) -> None:
    sent = send(client)
    work()
    [envelope] = post_office.taken
    email = message_from_bytes(envelope.content, policy=policy.default)
    assert envelope.rcpt_tos == ["nolwenn@courriel.example"]
    assert email["Auto-Submitted"] == "auto-generated"
    ticket = only_ticket()
    assert ticket.reference in email["Subject"]
    assert f"http://localhost/suivi/{ticket.tracking_token}" in email.get_content()
    assert "nolwenn@courriel.example" in texts(client.get(sent.location))


def test_a_receipt_carries_no_word_of_the_citizen(
    client: FlaskClient, council: Council, post_office: Server, work: Callable[[], None]
) -> None:
    """The address may be that of somebody else, to whom nobody may write through us."""
    send(client, message="Achetez ici", name="Achetez ici", subject="accueil")
    work()
    [envelope] = post_office.taken
    email = message_from_bytes(envelope.content, policy=policy.default)
    assert "Achetez" not in email.as_string() + email.get_content()


def test_ticket_address_and_receipt_stand_or_fall_together(
    client: FlaskClient, council: Council, monkeypatch: pytest.MonkeyPatch, app: Flask
) -> None:
    filled = form(client)

    def crash(_ticket: Ticket) -> str:
        raise RuntimeError("the power went out")

    monkeypatch.setattr(wording, "receipt", crash)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    assert client.post("/contact", data=filled).status_code == 500
    assert (count(Ticket), count(Message)) == (0, 0)
    monkeypatch.undo()
    assert client.post("/contact", data=filled).status_code == 303
    assert receipt()


# --- Sent twice ---------------------------------------------------------------------------------


def test_a_reload_files_nothing_more_and_shows_the_same_page(
    client: FlaskClient, council: Council
) -> None:
    filled = form(client)
    first, second = client.post("/contact", data=filled), client.post("/contact", data=filled)
    assert first.location == second.location
    assert count(Message) == 2  # the citizen's, and its receipt


def test_a_double_click_files_once(app: Flask, client: FlaskClient, council: Council) -> None:
    filled = form(client)
    cookie = client.get_cookie("session")
    assert cookie is not None

    def click(_number: int) -> str:
        with app.app_context():
            clicking = app.test_client()
            clicking.set_cookie("session", cookie.value)
            return clicking.post("/contact", data=filled).location

    db.session.rollback()
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(click, range(4)))) == 1
    assert (count(Ticket), count(Message)) == (1, 2)


def test_a_page_gone_back_to_and_changed_files_a_second_message(
    client: FlaskClient, council: Council
) -> None:
    filled = form(client)
    client.post("/contact", data=filled)
    client.post("/contact", data={**filled, "message": "J'oubliais : ligne 214."})
    assert count(Ticket) == 2


@pytest.mark.parametrize("submission", ["", "x", "<script>", "a" * 500])
def test_a_form_that_lost_its_id_is_filed_all_the_same(
    client: FlaskClient, council: Council, submission: str
) -> None:
    assert send(client, submission=submission).status_code == 303


# --- Errors -------------------------------------------------------------------------------------


def test_each_error_stands_in_the_summary_and_beside_its_field(
    client: FlaskClient, council: Council
) -> None:
    refused = send(client, **dict.fromkeys(FILLED, ""))
    assert refused.status_code == 422
    tree = page(refused)
    assert tree.findtext(".//title").startswith("Error:")
    summary = tree.find(".//*[@role='alert']")
    targets = [link.get("href") for link in summary.iter("a")]
    assert targets == ["#subject", "#message", "#name", "#email"]
    fields = {field.get("id"): field for field in tree.iter() if field.get("aria-invalid")}
    assert set(fields) == {"subject", "message", "name", "email"}
    for name, field in fields.items():
        assert f"{name}-error" in field.get("aria-describedby").split()
    assert count(Ticket) == 0


def test_what_was_typed_is_kept(client: FlaskClient, council: Council) -> None:
    typed = {**FILLED, "email": "nolwenn@", "postal_address": "3 rue des Halles"}
    tree = page(send(client, **typed))
    kept = {
        field.get("name"): field.get("value") or (field.text or "").strip()
        for field in [*tree.iter("input"), *tree.iter("textarea")]
    }
    for name in ("name", "email", "message", "postal_address"):
        assert kept[name] == typed[name]
    [chosen] = [o for o in tree.iter("option") if o.get("selected") is not None]
    assert chosen.get("value") == "transports"


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "nolwenn"},
        {"email": "a@b.example\r\nBcc: c@d.example"},
        {"email": "a@b.example, c@d.example"},
        {"email": "é@b.example"},
        {"subject": "no-such-department"},
        {"message": " \r\n\t "},
        {"message": "\0\x07"},
        {"name": "\x1b\x7f"},
        {"message": "x" * 10_001},
        {"name": "x" * 201},
        {"postal_address": "x" * 501},
    ],
)
def test_what_cannot_be_used_is_refused_beside_its_field(
    client: FlaskClient, council: Council, wrong: dict[str, str]
) -> None:
    refused = send(client, **wrong)
    assert refused.status_code == 422
    [name] = wrong
    assert [f.get("id") for f in page(refused).iter() if f.get("aria-invalid")] == [name]
    assert count(Ticket) == 0


def test_a_subject_that_is_no_longer_offered_is_asked_for_again(
    client: FlaskClient, council: Council
) -> None:
    refused = send(client, subject="no-such-department")
    assert texts(refused).count("Choose what your message is about.") == 2


@pytest.mark.parametrize("token", ["", "expired"])
def test_an_expired_form_loses_no_text(client: FlaskClient, council: Council, token: str) -> None:
    refused = send(client, csrf_token=token)
    assert refused.status_code == 422
    assert FILLED["message"] in texts(refused)
    again = {**FILLED, **hidden_fields(refused)}
    assert client.post("/contact", data=again).status_code == 303


def test_too_many_forms_from_one_address_wait(
    client: FlaskClient, council: Council, settings_changed: Callable[..., None]
) -> None:
    settings_changed(form_rate_limit="2 per minute")
    answers = [send(client, message=f"Message {n}").status_code for n in range(3)]
    assert answers == [303, 303, 429]
    assert client.get("/contact").status_code == 200


def test_a_council_without_the_web_channel_has_no_form(
    client: FlaskClient, council: Council, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(app.extensions["hub.channels"], "web")
    assert client.get("/contact").status_code == 404


# --- The pages beside it ------------------------------------------------------------------------


def test_the_first_page_is_the_form(client: FlaskClient) -> None:
    assert client.get("/").location == "/contact"


@pytest.mark.parametrize("path", ["/accessibilite", "/donnees-personnelles"])
def test_what_the_law_wants_said_is_linked_from_every_page(
    client: FlaskClient, council: Council, path: str
) -> None:
    assert client.get(path).status_code == 200
    for other in ("/contact", "/accessibilite", "/donnees-personnelles"):
        assert path in [link.get("href") for link in page(client.get(other)).iter("a")]


def test_fields_tell_browsers_what_they_are_for(client: FlaskClient, council: Council) -> None:
    fields = {f.get("id"): f for f in page(client.get("/contact")).iter() if f.get("name")}
    assert fields["name"].get("autocomplete") == "name"
    assert fields["email"].get("autocomplete") == "email"
    assert fields["email"].get("type") == "email"
    assert fields["postal_address"].get("autocomplete") == "street-address"
