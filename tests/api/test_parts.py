"""Replies that stand on the platform in several parts, and messages that cannot be read here."""

import pytest

from hub.channels.base import Refused
from hub.tickets.models import Ticket
from tests.chirp import Chirp, create_chirp_ticket

LONG = "Bonjour, le car de sept heures ne passera pas demain matin ; prenez celui de huit heures."


@pytest.fixture
def ticket(chirp: Chirp) -> Ticket:
    return create_chirp_ticket()


def send(tool, ticket: Ticket, text: str):
    body = {"text": text, "visibility": "public"}
    return tool.post(f"/tickets/{ticket.reference}/replies", body)


def messages(tool, ticket: Ticket) -> list[dict]:
    return tool.get(f"/tickets/{ticket.reference}").json["messages"]


def test_a_long_reply_tells_its_parts(tool, ticket):
    answer = send(tool, ticket, LONG)
    assert answer.status_code == 202
    assert answer.json["text"] == LONG
    parts = answer.json["parts"]
    assert [part["number"] for part in parts] == [1, 2, 3]
    assert parts[0]["text"] == "Bonjour, le car de sept heures ne 1/3"
    assert {(part["external_id"], part["sent_at"]) for part in parts} == {(None, None)}


def test_each_part_tells_where_it_stands(tool, chirp, ticket, work):
    chirp.answers = [None, Refused("no")]
    send(tool, ticket, LONG)
    work()
    sent = messages(tool, ticket)[-1]
    assert [part["external_id"] for part in sent["parts"]] == ["chirp-1", None, None]
    assert [bool(part["sent_at"]) for part in sent["parts"]] == [True, False, False]
    assert (sent["delivery"], sent["external_id"]) == ("failed", "chirp-1")
    assert "1 of 3 parts is published." not in sent["error"]


def test_a_short_reply_has_no_parts(tool, ticket):
    assert send(tool, ticket, "Bonjour.").json["parts"] == []


def test_a_text_of_too_many_parts_is_told_with_the_field(tool, ticket):
    answer = send(tool, ticket, LONG * 2)
    assert answer.status_code == 409
    assert answer.json["kind"] == "too-many-parts"
    assert "the platform takes 3" in answer.json["errors"]["text"][0]
    assert len(messages(tool, ticket)) == 1


def test_a_message_that_cannot_be_read_here_says_so(tool, chirp):
    sealed = create_chirp_ticket(text="", notice="sealed", conversation="public:2")
    (message,) = messages(tool, sealed)
    assert (message["text"], message["notice"]) == ("", chirp.sentences["sealed"])


def test_a_notice_without_a_sentence_is_said_in_general_words(tool, chirp):
    sealed = create_chirp_ticket(text="", notice="unheard of", conversation="public:2")
    assert "cannot be read here" in messages(tool, sealed)[0]["notice"]


def test_a_message_that_can_be_read_has_no_notice(tool, ticket):
    assert messages(tool, ticket)[0]["notice"] is None
