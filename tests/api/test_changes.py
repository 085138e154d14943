"""Answering and changing tickets through the API."""

import pytest

from hub.channels.models import Account
from hub.extensions import db
from hub.tickets import actions
from hub.tickets.models import DeliveryStatus, Message, State
from tests.builders import comment, create_department, create_ticket, create_user
from tests.statements import counted


def path(ticket, action: str) -> str:
    return f"/tickets/{ticket.reference}/{action}"


def reply(text: str = "Bonjour.", visibility: str = "private") -> dict[str, str]:
    return {"text": text, "visibility": visibility}


def messages(ticket) -> list[Message]:
    db.session.expire_all()
    return db.session.query(Message).filter_by(ticket_id=ticket.id).order_by(Message.id).all()


# --- Replies ------------------------------------------------------------------------------------


def test_a_reply_is_stored_and_waits_to_be_sent(tool):
    ticket = create_ticket()

    answer = tool.post(path(ticket, "replies"), reply("Bonjour,\r\nà demain.  "))

    assert answer.status_code == 202
    assert answer.json["delivery"] == "pending"
    assert answer.json["direction"] == "out"
    assert answer.json["text"] == "Bonjour,\nà demain."
    assert answer.json["external_id"] is None
    assert messages(ticket)[-1].id == answer.json["id"]


def test_what_no_database_can_keep_is_dropped_from_a_text(tool):
    ticket = create_ticket()
    answer = tool.post(path(ticket, "replies"), reply("nul\0 inside"))
    assert answer.json["text"] == "nul inside"


def test_signs_that_platforms_refuse_are_dropped_from_a_reply(tool):
    ticket = create_ticket()
    answer = tool.post(path(ticket, "replies"), reply("\ufeffBonjour\uffff."))
    assert (answer.status_code, answer.json["text"]) == (202, "Bonjour.")


def test_a_reply_of_such_signs_alone_is_refused(tool):
    ticket = create_ticket()
    answer = tool.post(path(ticket, "replies"), reply("\ufffe \uffff"))
    assert (answer.status_code, len(messages(ticket))) == (422, 1)


def test_the_same_key_gives_the_first_answer_and_sends_nothing(tool):
    ticket = create_ticket()
    first = tool.post(path(ticket, "replies"), reply(), Idempotency_Key="k1")
    again = tool.post(path(ticket, "replies"), reply(), Idempotency_Key="k1")
    assert again.status_code == 202
    assert again.json == first.json
    assert len(messages(ticket)) == 2


@pytest.mark.parametrize("other", [reply("Autre."), reply(visibility="public")])
def test_the_same_key_with_another_reply_is_refused(tool, other):
    ticket = create_ticket(message=vars_of_a_comment())
    tool.post(path(ticket, "replies"), reply(), Idempotency_Key="k1")
    answer = tool.post(path(ticket, "replies"), other, Idempotency_Key="k1")
    assert answer.status_code == 409
    assert answer.json["kind"] == "idempotency-key-reused"
    assert len(messages(ticket)) == 2


def vars_of_a_comment() -> dict:
    """A ticket that can be answered publicly and privately."""
    message = comment()
    return {name: getattr(message, name) for name in ("external_id", "conversation", "visibility")}


def test_the_same_key_on_another_ticket_is_another_reply(tool):
    one, other = create_ticket(), create_ticket()
    first = tool.post(path(one, "replies"), reply(), Idempotency_Key="k1")
    second = tool.post(path(other, "replies"), reply(), Idempotency_Key="k1")
    assert first.json["id"] != second.json["id"]


def test_without_a_key_two_replies_are_two_replies(tool):
    ticket = create_ticket()
    tool.post(path(ticket, "replies"), reply())
    tool.post(path(ticket, "replies"), reply())
    assert len(messages(ticket)) == 3


@pytest.mark.parametrize("key", ["", "é", "k" * 256, "a b"])
def test_a_key_that_cannot_be_kept_is_refused(tool, key):
    ticket = create_ticket()
    answer = tool.post(path(ticket, "replies"), reply(), Idempotency_Key=key)
    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.json["errors"]
    assert len(messages(ticket)) == 1


def test_a_reply_is_taken_back_until_it_has_left(tool):
    ticket = create_ticket()
    first, second = (tool.post(path(ticket, "replies"), reply()).json["id"] for _n in range(2))
    for _time in range(2):
        answer = tool.post(path(ticket, f"replies/{first}/cancel"))
        assert (answer.status_code, answer.json["delivery"]) == (200, "cancelled")
    message = messages(ticket)[-1]
    message.delivery, message.external_id = DeliveryStatus.SENT, "m_1"
    db.session.commit()
    answer = tool.post(path(ticket, f"replies/{second}/cancel"))
    assert (answer.status_code, answer.json["kind"]) == (409, "left-already")
    question, elsewhere = messages(ticket)[0].id, path(create_ticket(), f"replies/{first}/cancel")
    for address in (path(ticket, f"replies/{question}/cancel"), elsewhere):
        assert tool.post(address).status_code == 404
    for wrong in ("x", "0", "9" * 19):
        assert tool.post(path(ticket, f"replies/{wrong}/cancel")).status_code == 404


def test_a_way_the_platform_does_not_have_is_told_with_the_field(tool):
    ticket = create_ticket()  # a private conversation
    answer = tool.post(path(ticket, "replies"), reply(visibility="public"))
    assert answer.status_code == 409
    assert answer.json["kind"] == "no-such-way"
    assert "visibility" in answer.json["errors"]
    assert len(messages(ticket)) == 1


def test_a_text_longer_than_the_platform_takes_is_told_with_the_field(tool):
    ticket = create_ticket()
    answer = tool.post(path(ticket, "replies"), reply("x" * 15_000))
    assert answer.status_code == 409
    assert answer.json["kind"] == "too-long"
    assert "15000" in answer.json["errors"]["text"][0]
    assert len(messages(ticket)) == 1


def test_an_account_that_cannot_be_read_keeps_nothing(tool):
    ticket = create_ticket()
    db.session.get(Account, ticket.account_id).sealed_credentials = "not a seal"
    db.session.commit()
    answer = tool.post(path(ticket, "replies"), reply())
    assert answer.status_code == 409
    assert answer.json["kind"] == "channel-unusable"
    assert len(messages(ticket)) == 1


def test_a_channel_that_is_switched_off_keeps_nothing(tool):
    ticket = create_ticket(channel="minitel")
    answer = tool.post(path(ticket, "replies"), reply())
    assert answer.json["kind"] == "channel-unusable"
    assert len(messages(ticket)) == 1


# --- Bodies that are wrong ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": "x"}, "visibility"),
        (reply(" \n "), "text"),
        (reply("\0 \0"), "text"),
        (reply("half a pair \ud800"), "text"),
        (reply("x" * 20_001), "text"),
        (reply(visibility="secret"), "visibility"),
        ({**reply(), "tekst": "x"}, "tekst"),
        ({"text": 7, "visibility": "private"}, "text"),
        ({"text": None, "visibility": "private"}, "text"),
        ([], "_schema"),
        ("text", "_schema"),
    ],
)
def test_each_error_names_its_field(tool, body, field):
    ticket = create_ticket()
    answer = tool.post(path(ticket, "replies"), body)
    assert answer.status_code == 422
    assert field in answer.json["errors"]
    assert len(messages(ticket)) == 1


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff", b"[" * 100_000, b'{"text": ' + b"9" * 5000 + b"}", b""],
    ids=["unfinished", "not utf-8", "deep", "a huge number", "nothing"],
)
def test_what_is_not_json_is_refused(tool, body):
    ticket = create_ticket()
    answer = tool.client.post(
        f"/api/v1{path(ticket, 'notes')}",
        data=body,
        headers=tool.headers,
        content_type="application/json",
    )
    assert answer.status_code == 400 if body else 422
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_that_does_not_say_it_is_json_is_refused(tool, media_type):
    ticket = create_ticket()
    answer = tool.client.post(
        f"/api/v1{path(ticket, 'notes')}",
        data='{"text": "x"}',
        headers=tool.headers,
        content_type=media_type,
    )
    assert answer.status_code == 415
    assert answer.mimetype == "application/problem+json"


def test_a_body_that_is_too_large_is_refused(tool):
    ticket = create_ticket()
    answer = tool.post(path(ticket, "notes"), {"text": "x" * 300_000})
    assert answer.status_code == 413
    assert len(messages(ticket)) == 1


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("replies", reply()),
        ("notes", {"text": "x"}),
        ("transfer", {"department": "accueil", "reason": "x"}),
        ("assign", {"user": None}),
        ("close", None),
        ("reopen", None),
    ],
)
def test_nothing_is_done_to_a_ticket_that_is_not_there(tool, action, body):
    assert tool.post(f"/tickets/2026-999999-K/{action}", body).status_code == 404


# --- Other changes ------------------------------------------------------------------------------


def test_a_note_is_internal(tool):
    ticket = create_ticket()
    answer = tool.post(path(ticket, "notes"), {"text": "A téléphoné."})
    assert answer.status_code == 201
    assert answer.json["direction"] == "note"
    assert answer.json["delivery"] is None
    assert messages(ticket)[-1].text == "A téléphoné."


def test_a_transfer_moves_the_ticket_and_keeps_the_reason(tool):
    ticket = create_ticket()
    create_department("lycees")
    body = {"department": "lycees", "reason": "Question d'internat"}

    answer = tool.post(path(ticket, "transfer"), body)

    assert answer.status_code == 200
    assert answer.json["department"] == "lycees"
    history = tool.get(f"/tickets/{ticket.reference}").json["history"]
    assert "Question d'internat" in history[-1]["text"]


def test_a_transfer_goes_to_another_department_that_exists(tool):
    ticket = create_ticket()
    create_department("closed", active=False)
    for slug in ("nowhere", "closed", "accueil"):
        body = {"department": slug, "reason": "x"}
        answer = tool.post(path(ticket, "transfer"), body)
        assert answer.status_code == 409, slug
    assert tool.get(f"/tickets/{ticket.reference}").json["department"] == "accueil"


def test_a_ticket_is_given_to_a_person_and_taken_back(tool):
    ticket = create_ticket()
    create_user(email="camille@region.example", name="Camille")

    given = tool.post(path(ticket, "assign"), {"user": "Camille@region.example"})
    assert given.json["assignee"] == {"name": "Camille", "email": "camille@region.example"}
    assert given.json["state"] == "open"
    for nobody in (None, ""):
        assert tool.post(path(ticket, "assign"), {"user": nobody}).json["assignee"] is None


def test_a_ticket_is_given_to_nobody_who_could_not_open_it(tool):
    ticket = create_ticket(create_department("lycees"))
    create_user(email="elsewhere@region.example", departments=[create_department("transports")])
    create_user(email="gone@region.example", active=False)
    for email in ("elsewhere@region.example", "gone@region.example", "nobody@region.example"):
        answer = tool.post(path(ticket, "assign"), {"user": email})
        assert answer.status_code == 409, email
        assert "user" in answer.json["errors"]


def test_a_ticket_is_closed_once_and_reopened_once(tool):
    ticket = create_ticket()
    closed = tool.post(path(ticket, "close"))
    assert closed.json["state"] == State.CLOSED
    assert closed.json["closed_at"] is not None
    assert tool.post(path(ticket, "close")).json["kind"] == "not-allowed-now"
    reopened = tool.post(path(ticket, "reopen"))
    assert reopened.json["state"] == State.OPEN
    assert reopened.json["closed_at"] is None
    assert tool.post(path(ticket, "reopen")).status_code == 409


def test_the_history_names_no_person_for_what_a_tool_did(tool):
    ticket = create_ticket()
    tool.post(path(ticket, "close"))
    line = tool.get(f"/tickets/{ticket.reference}").json["history"][-1]
    assert (line["kind"], line["user"]) == ("closed", None)


def test_a_change_needs_no_form_token(tool, app):
    assert app.config.get("WTF_CSRF_ENABLED", True)
    ticket = create_ticket()
    assert tool.post(path(ticket, "close")).status_code == 200


def test_statements_of_a_change_do_not_grow_with_the_messages(tool):
    ticket = create_ticket()
    close = path(ticket, "close")
    tool.get("/tickets")
    with counted() as few:
        tool.post(close)
    actions.reopen(ticket, by=None)
    for number in range(5):
        actions.note(ticket, f"{number}", by=None)
    with counted() as many:
        tool.post(close)
    assert len(many) == len(few), many
