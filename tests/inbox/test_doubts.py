"""The thread of a ticket: what is known of an answer of unknown fate, and who decides about it."""

import html
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from hub.accounts.models import User
from hub.channels import accounts
from hub.channels.base import AccountBroken, OutcomeUnknown, Refused, Sent
from hub.clock import now
from hub.extensions import db
from hub.inbox import lists, reach
from hub.inbox.selection import Selection, View
from hub.outbox import actions as outbox
from hub.tickets.models import DeliveryStatus, Direction, Event, EventKind, Message, State, Ticket
from tests.builders import at, create_department, create_user
from tests.chirp import Chirp, create_chirp_ticket
from tests.statements import counted

CANNOT = Refused("cannot-look", "no timeline")
LOST = OutcomeUnknown("no_answer", "HTTP 503")
BUTTONS = ["It is there", "Not there: send it once more", "Not there: leave it"]


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(at("2026-11-10 08:00"), tick=False) as traveller:
        yield traveller


@pytest.fixture
def ticket(chirp: Chirp, agent: User) -> Ticket:
    return create_chirp_ticket()


@pytest.fixture
def client(agent: User, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(agent)
    return browser


@pytest.fixture
def wait(clock: Any, work: Any) -> Callable[..., None]:
    def pass_(**time: float) -> None:
        db.session.rollback()
        clock.shift(timedelta(**time))
        work()

    return pass_


@pytest.fixture
def lost(chirp: Chirp, ticket: Ticket, work: Any) -> Message:
    """An answer of which nobody knows whether it arrived."""
    chirp.answers = [LOST]
    message = outbox.reply(ticket, "Bonjour.", visibility="public", by=None)
    work()
    return message


@pytest.fixture
def unclear(chirp: Chirp, lost: Message, wait: Any) -> Message:
    """The same, and the hub cannot find out."""
    chirp.said = [CANNOT]
    wait(minutes=1)
    return lost


def shown(client: FlaskClient, ticket: Ticket) -> str:
    """The last message of the thread, in words."""
    page = html.unescape(client.get(f"/tickets/{ticket.reference}").text)
    markup = re.findall(r"<article class=.*?</article>", page, re.DOTALL)[-1]
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


def decide(client: FlaskClient, message: Message, decision: str) -> Any:
    db.session.expire_all()
    address = f"/tickets/{message.ticket.reference}/messages/{message.id}/decision"
    return client.post(address, data={"decision": decision}, follow_redirects=True)


def standing(message: Message) -> str | None:
    db.session.expire_all()
    return message.delivery


def test_while_the_hub_looks_it_says_so_and_when_and_nobody_has_to_decide(
    client: FlaskClient, ticket: Ticket, lost: Message
) -> None:
    said = shown(client, ticket)
    assert "Not confirmed" in said
    assert "It is not known whether the answer arrived (HTTP 503)" in said
    assert "The hub looks for it on Chirp (Birdsong). Next look:" in said
    assert "the platform gave the code “no_answer”." in said
    assert not any(button in said for button in BUTTONS)
    decide(client, lost, "leave")
    assert standing(lost) == DeliveryStatus.UNKNOWN


def test_what_the_hub_did_stands_there_in_order(
    chirp: Chirp, client: FlaskClient, ticket: Ticket, lost: Message, wait: Any
) -> None:
    chirp.answers = [LOST]
    for _look in range(4):
        wait(minutes=3)
    said = shown(client, ticket)
    lines = [
        "It is not known whether the answer arrived (HTTP 503)",
        "The answer was looked for on the platform and was not there",
        "The answer was not there twice: it is sent once more",
        "The answer was not found after it was sent twice: a person decides",
        "The hub cannot find out by itself. Look on Chirp (Birdsong)",
    ]
    assert "no_answer" not in said
    places = [said.index(line) for line in lines]
    assert places == sorted(places)
    assert said.count(lines[0]) == 2
    assert said.count(lines[1]) == 4
    assert all(button in said for button in BUTTONS)


def test_what_a_person_saw_there_counts_as_sent_since_it_was_tried(
    agent: User, client: FlaskClient, ticket: Ticket, unclear: Message
) -> None:
    answer = decide(client, unclear, "there")
    assert answer.status_code == 200
    assert standing(unclear) == DeliveryStatus.SENT
    assert unclear.sent_at == at("2026-11-10 08:00")
    assert (ticket.state, ticket.first_reply_at) == (State.WAITING, unclear.sent_at)
    line = db.session.scalars(select(Event).where(Event.kind == EventKind.DECIDED)).one()
    assert (line.user_id, line.data["decision"]) == (agent.id, "there")


def test_what_is_said_once_more_is_sought_anew_if_that_is_lost_too(
    chirp: Chirp, client: FlaskClient, unclear: Message, work: Any, wait: Any
) -> None:
    chirp.answers, chirp.said = [LOST], []
    decide(client, unclear, "again")
    work()
    assert (standing(unclear), len(chirp.sent)) == (DeliveryStatus.UNKNOWN, 2)
    wait(minutes=1)
    wait(minutes=3)
    assert (standing(unclear), len(chirp.sent)) == (DeliveryStatus.SENT, 3)


def test_what_is_left_waits_for_an_answer_again_with_its_text(
    client: FlaskClient, ticket: Ticket, unclear: Message
) -> None:
    said = html.unescape(decide(client, unclear, "leave").text)
    assert standing(unclear) == DeliveryStatus.FAILED
    assert ticket.waiting_since is not None
    assert "A colleague looked on the platform, and it is not there." in said
    assert 'data-restore="Bonjour."' in said
    assert "Not seen on the platform: the answer is left unsent" in said


def test_a_decision_that_comes_too_late_changes_nothing(
    client: FlaskClient, unclear: Message
) -> None:
    decide(client, unclear, "there")
    said = decide(client, unclear, "again").text
    assert "It is settled already what became of this answer." in said
    assert standing(unclear) == DeliveryStatus.SENT


@pytest.mark.parametrize(("decision", "status"), [("", 400), ("delete", 400)])
def test_only_the_three_decisions_are_taken(
    client: FlaskClient, unclear: Message, decision: str, status: int
) -> None:
    assert decide(client, unclear, decision).status_code == status
    assert standing(unclear) == DeliveryStatus.UNKNOWN


def test_who_may_not_see_the_ticket_decides_nothing(signed_in: Any, unclear: Message) -> None:
    stranger = signed_in(create_user(departments=[create_department("lycees")]))
    assert decide(stranger, unclear, "there").status_code == 404
    other = create_chirp_ticket(conversation="public:2")
    address = f"/tickets/{other.reference}/messages/{unclear.id}/decision"
    mine = signed_in(create_user(departments=[create_department("transports")]))
    assert mine.post(address, data={"decision": "there"}).status_code == 404
    assert standing(unclear) == DeliveryStatus.UNKNOWN


def test_while_its_account_is_paused_who_can_look_may_decide(
    client: FlaskClient, ticket: Ticket, lost: Message
) -> None:
    accounts.pause(ticket.account, AccountBroken("muted"))
    db.session.commit()
    said = shown(client, ticket)
    assert "The hub looks for it once the account is connected again." in said
    assert all(button in said for button in BUTTONS)
    decide(client, lost, "there")
    assert standing(lost) == DeliveryStatus.SENT


def test_nothing_is_sent_once_more_to_an_account_that_the_council_gave_up(
    client: FlaskClient, ticket: Ticket, unclear: Message
) -> None:
    accounts.pause(ticket.account, AccountBroken(accounts.DISCONNECTED))
    db.session.commit()
    assert BUTTONS[1] not in shown(client, ticket)
    decide(client, unclear, "again")
    assert standing(unclear) == DeliveryStatus.UNKNOWN


def test_a_part_that_a_person_saw_is_followed_by_the_next(
    chirp: Chirp, client: FlaskClient, ticket: Ticket, work: Any, wait: Any
) -> None:
    text = "Bonjour, le car de sept heures ne passera pas demain matin ; prenez celui de huit."
    chirp.answers, chirp.said = [Sent(external_id="c1"), LOST], [CANNOT]
    message = outbox.reply(ticket, text, visibility="public", by=None)
    work()
    wait(minutes=1)
    assert "1 of 3 parts is published." in shown(client, ticket)
    decide(client, message, "there")
    work()
    assert standing(message) == DeliveryStatus.SENT
    assert [part.is_there for part in message.parts] == [True] * 3
    assert len(chirp.sent) == 3


def test_answers_that_wait_for_a_person_are_a_list_that_is_there_when_it_holds_any(
    client: FlaskClient, agent: User, ticket: Ticket, lost: Message, chirp: Chirp, wait: Any
) -> None:
    assert "view=undecided" not in client.get("/inbox").text
    assert lists.page(agent, reach.of(agent), Selection(view=View.UNDECIDED)).rows == []
    chirp.said = [CANNOT]
    wait(minutes=1)
    assert "view=undecided" in client.get("/inbox").text
    (row,) = lists.page(agent, reach.of(agent), Selection(view=View.UNDECIDED)).rows
    assert (row.id, lists.counts(agent, reach.of(agent)).views[View.UNDECIDED]) == (ticket.id, 1)


def test_what_is_known_of_many_answers_costs_one_statement(
    client: FlaskClient, ticket: Ticket, unclear: Message
) -> None:
    shown(client, ticket)
    with counted() as few:
        shown(client, ticket)
    for number in range(9):
        db.session.add(
            Message(
                ticket_id=ticket.id,
                account_id=ticket.account_id,
                direction=Direction.OUT,
                visibility="public",
                text=f"Bonjour {number}",
                posted_at=now(),
                delivery=DeliveryStatus.UNKNOWN,
            )
        )
    db.session.commit()
    with counted() as many:
        shown(client, ticket)
    assert len(few) == len(many), many
