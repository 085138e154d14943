"""The thread of a ticket: answers in several parts, messages that cannot be read here, and answers
of ours that were deleted."""

import html
import re
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from hub import files
from hub.accounts.models import User
from hub.channels.base import Deleted, Refused, RetryLater
from hub.clock import now
from hub.extensions import db
from hub.intake import actions as intake
from hub.outbox import actions as outbox
from hub.outbox.attaching import ReplyFile
from hub.tickets.models import Message, Part, Ticket
from tests.chirp import ACCOUNT, Chirp, create_chirp_ticket
from tests.statements import counted

LONG = "Bonjour, le car de sept heures ne passera pas demain matin ; prenez celui de huit heures."
PARTS = [
    "Bonjour, le car de sept heures ne 1/3",
    "passera pas demain matin ; prenez 2/3",
    "celui de huit heures. 3/3",
]


@pytest.fixture
def ticket(chirp: Chirp, agent: User) -> Ticket:
    return create_chirp_ticket()


@pytest.fixture
def client(agent: User, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(agent)
    return browser


def reply(ticket: Ticket, text: str = LONG, **values: Any) -> Message:
    return outbox.reply(ticket, text, visibility="public", by=None, **values)


def message(client: FlaskClient, ticket: Ticket, number: int = -1) -> str:
    """One message of the thread, the last unless told."""
    page = html.unescape(client.get(f"/tickets/{ticket.reference}").text)
    return re.findall(r"<article class=.*?</article>", page, re.DOTALL)[number]


def words(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


def parts(markup: str) -> list[str]:
    """The parts of a message, each with its text and where it stands."""
    return [
        words(part) for part in re.findall(r'<li class="message-part">(.*?)</li>', markup, re.S)
    ]


def test_the_parts_of_an_answer_stand_in_order_under_one_message(
    client: FlaskClient, ticket: Ticket
) -> None:
    reply(ticket)
    shown = parts(message(client, ticket))
    assert [part.partition(" Part ")[0] for part in shown] == PARTS
    assert [part.partition(" Part ")[2] for part in shown] == [
        f"{number} of 3 To be sent" for number in (1, 2, 3)
    ]


def test_a_thread_that_stopped_in_the_middle_says_how_far_it_came(
    chirp: Chirp, client: FlaskClient, ticket: Ticket, work: Any
) -> None:
    chirp.answers = [None, None, RetryLater("busy")]
    reply(ticket)
    work()
    shown = message(client, ticket)
    assert [part.partition(" Part ")[2][:12].strip() for part in parts(shown)] == [
        "1 of 3 Sent",
        "2 of 3 Sent",
        "3 of 3 On ho",
    ]
    assert "2 of 3 parts are published. Part 3: the platform gave the code “busy”." in words(shown)


def test_what_follows_a_refused_part_is_not_sent(
    chirp: Chirp, client: FlaskClient, ticket: Ticket, work: Any
) -> None:
    chirp.answers = [None, Refused("no")]
    reply(ticket)
    work()
    shown = message(client, ticket)
    states = [re.sub(r"^\d of 3 ", "", part.partition(" Part ")[2]) for part in parts(shown)]
    assert states[0].startswith("Sent")
    assert states[1:] == ["Not sent", "Cancelled"]
    assert "1 of 3 parts is published." in words(shown)


def test_only_what_is_not_published_comes_back_into_the_composer(
    chirp: Chirp, client: FlaskClient, ticket: Ticket, work: Any
) -> None:
    chirp.answers = [None, Refused("no")]
    refused = reply(ticket).id
    work()
    offered = re.search(r'data-restore="([^"]*)"', message(client, ticket))
    assert offered is not None
    assert offered[1] == "\n\n".join(PARTS[1:])
    page = html.unescape(client.get(f"/tickets/{ticket.reference}?restore={refused}").text)
    typed = re.search(r'<textarea[^>]*id="composer-text"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert typed is not None
    assert typed[1] == offered[1]


def test_an_answer_of_which_nothing_was_published_comes_back_whole(
    chirp: Chirp, client: FlaskClient, ticket: Ticket, work: Any
) -> None:
    chirp.answers = [Refused("no")]
    reply(ticket)
    work()
    assert f'data-restore="{LONG}"' in message(client, ticket)


def test_an_answer_with_files_comes_back_with_them(
    chirp: Chirp, client: FlaskClient, ticket: Ticket, work: Any
) -> None:
    key, size = files.hold(BytesIO(b"a picture"))
    picture = ReplyFile(
        key=key, name="gare.png", media_type="image/png", size=size, alt_text="La gare."
    )
    chirp.answers = [Refused("no")]
    refused = reply(ticket, "Bonjour.", files=[picture]).id
    work()
    assert "data-restore" not in message(client, ticket)
    page = html.unescape(client.get(f"/tickets/{ticket.reference}?restore={refused}").text)
    assert re.search(r'data-name="gare.png"', page)
    assert ">La gare.</textarea>" in page


def test_a_picture_of_ours_is_shown_with_its_text_alternative(
    client: FlaskClient, ticket: Ticket
) -> None:
    key, size = files.hold(BytesIO(b"a picture"))
    picture = ReplyFile(
        key=key, name="gare.png", media_type="image/png", size=size, alt_text="La gare."
    )
    reply(ticket, "Bonjour.", files=[picture])
    assert re.search(r'<img src="/attachments/\d+" alt="La gare."', message(client, ticket))


def test_a_short_answer_has_no_list_of_parts(client: FlaskClient, ticket: Ticket) -> None:
    reply(ticket, "Bonjour.")
    shown = message(client, ticket)
    assert parts(shown) == []
    assert ">Bonjour.</div>" in shown


def test_a_message_that_cannot_be_read_here_shows_why_in_place_of_its_text(
    chirp: Chirp, client: FlaskClient
) -> None:
    sealed = create_chirp_ticket(text="", notice="sealed", conversation="public:2")
    shown = message(client, sealed)
    assert chirp.sentences["sealed"] in words(shown)
    assert "message-text" not in shown


def test_a_notice_stands_beside_a_text_that_is_there(chirp: Chirp, client: FlaskClient) -> None:
    half = create_chirp_ticket(text="Bonjour", notice="sealed", conversation="public:2")
    shown = words(message(client, half))
    assert "Bonjour" in shown
    assert chirp.sentences["sealed"] in shown


def test_an_answer_of_ours_that_was_deleted_keeps_its_text(
    client: FlaskClient, ticket: Ticket, work: Any
) -> None:
    reply(ticket, "Bonjour à vous.")
    work()
    gone = Deleted(account=ACCOUNT, external_id="chirp-1", deleted_at=now())
    intake.delete("chirp", gone)
    shown = message(client, ticket)
    assert ">Bonjour à vous.</div>" in shown
    assert "Deleted" in words(shown)
    assert "<details" not in shown


def test_a_ticket_costs_the_same_with_many_parts(client: FlaskClient, ticket: Ticket) -> None:
    reply(ticket)
    with counted() as few:
        message(client, ticket)
    for number in range(12):
        stored = reply(ticket, f"{number} {LONG}")
        assert stored.parts
    assert db.session.query(Part).count() > 30
    with counted() as many:
        message(client, ticket)
    assert len(many) == len(few), many
