"""A message without a proof is filed; one that also looks like spam is filed elsewhere."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from hub.citizens.models import UsedProof
from hub.citizens.suspicion import reasons
from hub.extensions import db
from hub.routing.models import Department
from hub.tickets.history import sentence
from hub.tickets.models import Event, EventKind, Message, Ticket
from tests.builders import at
from tests.channels.web.server import Server
from tests.citizens.people import challenge, only_ticket, send, solved, texts

Council = dict[str, Department]
SPAM = "Win! https://a.example https://b.example https://c.example"


def proof(client: FlaskClient) -> str:
    return solved(challenge(client.get("/contact")))


def last_ticket() -> Ticket:
    return db.session.scalars(select(Ticket).order_by(Ticket.id.desc())).first()


# --- Suspicion ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "filled",
    [
        {"trap": "https://shop.example"},
        {"text": SPAM},
        {"text": "[url=shop]buy[/url]"},
        {"text": "<a href=shop>buy</a>"},
        {"name": "www.shop.example"},
    ],
)
def test_what_robots_do_is_suspect(filled: dict[str, str]) -> None:
    assert reasons(**{"text": "Bonjour", "name": "Nolwenn", "trap": "", **filled})


@pytest.mark.parametrize(
    "text",
    ["Bonjour", "Voir https://region.example/aide et www.ter.example", "5 < 6 et a > b", "HTTP"],
)
def test_what_people_do_is_not(text: str) -> None:
    assert reasons(text=text, name="Jean-Wwwilliam", trap=" ") == []


# --- Without a proof ----------------------------------------------------------------------------


def test_an_ordinary_message_without_a_proof_goes_where_it_belongs(
    client: FlaskClient, council: Council
) -> None:
    send(client, proof="")
    assert only_ticket().department.slug == "transports"


def test_what_looks_like_spam_is_filed_with_those_who_look_at_spam(
    client: FlaskClient, council: Council
) -> None:
    sent = send(client, message=SPAM, homepage="https://shop.example")
    assert sent.status_code == 303
    ticket = only_ticket()
    assert ticket.department.slug == "moderation"
    said = db.session.scalars(select(Message.text).where(Message.direction == "in")).one()
    assert said == SPAM


def test_the_history_says_why_and_where_it_would_have_gone(
    client: FlaskClient, council: Council
) -> None:
    send(client, message=SPAM)
    moved = db.session.scalars(select(Event).where(Event.kind == EventKind.TRANSFERRED)).one()
    assert sentence(moved) == (
        "Transferred from Transports to Moderation: looks like spam: 3 links"
    )
    assert only_ticket().routed_because == "looks like spam: 3 links"


def test_its_sender_is_told_nothing_else_than_others(client: FlaskClient, council: Council) -> None:
    shown = texts(client.get(send(client, message=SPAM).location))
    assert "Moderation" not in shown
    assert only_ticket().reference in shown


def test_no_receipt_is_mailed_to_an_address_a_robot_gave(
    client: FlaskClient, council: Council, post_office: Server, work: Callable[[], None]
) -> None:
    send(client, message=SPAM)
    work()
    assert post_office.taken == []
    send(client, message="Bonjour")
    work()
    assert len(post_office.taken) == 1


def test_without_a_department_for_it_the_ticket_stays_and_says_why(
    client: FlaskClient, council: Council
) -> None:
    db.session.get_one(Department, council["moderation"].id).active = False
    db.session.commit()
    send(client, message=SPAM)
    ticket = only_ticket()
    assert ticket.department.slug == "transports"
    assert "looks like spam" in ticket.routed_because


# --- With a proof -------------------------------------------------------------------------------


def test_a_proof_speaks_for_a_message_with_many_links(
    client: FlaskClient, council: Council
) -> None:
    send(client, message=SPAM, proof=proof(client))
    assert only_ticket().department.slug == "transports"


def test_a_proof_counts_once(client: FlaskClient, council: Council) -> None:
    once = proof(client)
    send(client, message=SPAM, proof=once)
    send(client, message=SPAM + " again", proof=once)
    assert last_ticket().department.slug == "moderation"


def test_a_proof_of_yesterday_counts_no_more(client: FlaskClient, council: Council) -> None:
    opened = at("2026-11-10 08:40")
    with time_machine.travel(opened, tick=False):
        old = proof(client)
    with time_machine.travel(opened + timedelta(hours=25), tick=False):
        send(client, message=SPAM, proof=old)
    assert only_ticket().department.slug == "moderation"


def test_a_proof_of_another_hub_does_not_count(
    client: FlaskClient, council: Council, settings_changed: Callable[..., None]
) -> None:
    elsewhere = proof(client)
    settings_changed(secret_key="another secret")
    send(client, message=SPAM, proof=elsewhere)
    assert only_ticket().department.slug == "moderation"


def forged(solution: str) -> list[str]:
    payload = json.loads(b64decode(solution))
    easier = {**payload, "challenge": {**payload["challenge"], "parameters": {}}}
    wrong = {**payload, "solution": {"counter": 0, "derivedKey": "00"}}
    later = json.loads(json.dumps(payload))
    later["challenge"]["parameters"]["expiresAt"] += 3600
    made_up = ["", "x", "é", "e30=", "bnVsbA==", "A" * 5000]
    return made_up + [b64encode(json.dumps(p).encode()).decode() for p in (easier, wrong, later)]


def test_no_forged_proof_counts_and_none_breaks_the_form(
    client: FlaskClient, council: Council
) -> None:
    for number, fake in enumerate(forged(proof(client))):
        assert send(client, message=f"{SPAM} {number}", proof=fake).status_code == 303
        assert last_ticket().department.slug == "moderation"


def test_expired_proofs_are_forgotten(client: FlaskClient, council: Council, app: Flask) -> None:
    opened = at("2026-11-10 08:40")
    for days in (0, 2):
        with time_machine.travel(opened + timedelta(days=days), tick=False):
            send(client, message=f"Bonjour {days}", proof=proof(client))
    assert db.session.scalar(select(func.count()).select_from(UsedProof)) == 1


def test_a_form_with_errors_brings_a_new_task(client: FlaskClient, council: Council) -> None:
    refused = send(client, email="", proof=proof(client))
    fresh = solved(challenge(refused))
    send(client, message=SPAM, proof=fresh)
    assert only_ticket().department.slug == "transports"
