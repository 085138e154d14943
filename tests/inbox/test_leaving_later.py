"""Answers that leave later, and those that somebody's words overtake."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from hub.accounts.models import User
from hub.channels.base import Author
from hub.clock import now
from hub.extensions import db
from hub.inbox.drafts.models import SavedDraft
from hub.intake import actions as intake
from hub.outbox import actions as outbox
from hub.outbox import claiming, scheduling
from hub.outbox.refusals import WrongTime
from hub.queue import perform
from hub.tickets.actions import set_sent
from hub.tickets.models import DeliveryStatus, Message, State, Ticket
from tests.builders import create_department, create_ticket, create_user, inbound

SOON = timedelta(hours=3)


@pytest.fixture
def ticket(agent: User) -> Ticket:
    return create_ticket(create_department("transports"))


@pytest.fixture
def client(agent: User, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(agent)
    return browser


def put_off(ticket: Ticket, by: User, *, closes: bool = False) -> Message:
    return outbox.reply(
        ticket, "À demain.", visibility="private", by=by, leaves_at=now() + SOON, closes=closes
    )


def write_again(ticket: Ticket) -> None:
    first = db.session.scalars(select(Message).where(Message.ticket_id == ticket.id)).first()
    assert first is not None
    citizen = first.conversation.partition(":")[2]
    author = Author(external_id=citizen, name="Citoyenne")
    intake.receive(
        "facebook",
        inbound(conversation=first.conversation, text="Encore moi.", author=author),
    )


def test_it_waits_for_its_time_and_leaves_then(ticket: Ticket, agent: User) -> None:
    message = put_off(ticket, agent)
    assert message.delivery == DeliveryStatus.SCHEDULED
    assert claiming.claim(message.id) is None
    with time_machine.travel(now() + SOON + timedelta(seconds=1), tick=False):
        assert message.id in claiming.due()
        assert claiming.claim(message.id) is not None


def test_the_ticket_goes_on_waiting_until_it_leaves(ticket: Ticket, agent: User) -> None:
    put_off(ticket, agent)
    assert (ticket.state, ticket.waiting_since is None) == (State.OPEN, False)


@pytest.mark.parametrize(
    ("at", "why"), [(timedelta(minutes=-1), "past"), (timedelta(days=90), "far")]
)
def test_some_times_are_refused(at: timedelta, why: str, ticket: Ticket, agent: User) -> None:
    with pytest.raises(WrongTime) as refused:
        outbox.reply(ticket, "x", visibility="private", by=agent, leaves_at=now() + at)
    assert refused.value.why == why
    assert db.session.query(Message).count() == 1


def test_it_does_not_outlast_its_way(ticket: Ticket, agent: User) -> None:
    """Messenger is open for a day after the citizen's last words."""
    late = now() + timedelta(days=2)
    with pytest.raises(WrongTime) as refused:
        outbox.reply(ticket, "x", visibility="private", by=agent, leaves_at=late)
    assert refused.value.until is not None


def test_the_citizens_next_words_hold_it_back_and_its_author_has_it_again(
    ticket: Ticket, agent: User, client: FlaskClient
) -> None:
    message = put_off(ticket, agent)
    write_again(ticket)
    assert scheduling.overtaken() == [message.id]
    perform("hold_back", message.id)
    perform("return_to_author", message.id)
    db.session.expire_all()
    assert message.delivery == DeliveryStatus.CANCELLED
    draft = db.session.scalars(select(SavedDraft)).one()
    assert (draft.user_id, draft.text, draft.way) == (agent.id, "À demain.", "private:messenger")
    page = client.get(f"/tickets/{ticket.reference}").text
    assert "Your answer came back" in page
    assert "Answer held back" in page


def test_even_a_worker_that_takes_it_first_does_not_send_it(ticket: Ticket, agent: User) -> None:
    message = put_off(ticket, agent)
    write_again(ticket)
    with time_machine.travel(now() + SOON + timedelta(seconds=1), tick=False):
        assert claiming.claim(message.id) is None
    db.session.expire_all()
    assert message.delivery == DeliveryStatus.CANCELLED


def test_a_colleagues_answer_holds_it_back_and_ones_own_does_not(
    ticket: Ticket, agent: User
) -> None:
    message = put_off(ticket, agent)
    outbox.reply(ticket, "Bonjour.", visibility="private", by=agent)
    assert scheduling.overtaken() == []
    outbox.reply(ticket, "Bonjour.", visibility="private", by=create_user())
    assert scheduling.overtaken() == [message.id]


def test_it_can_be_sent_now_or_cancelled(ticket: Ticket, agent: User, client: FlaskClient) -> None:
    first, second = put_off(ticket, agent), put_off(ticket, agent)
    assert "Leaves on" in client.get(f"/tickets/{ticket.reference}").text
    address = f"/tickets/{ticket.reference}/replies"
    client.post(f"{address}/{first.id}/send-now")
    client.post(f"{address}/{second.id}/cancel")
    db.session.expire_all()
    assert (first.delivery, second.delivery) == ("pending", "cancelled")


def test_it_closes_the_ticket_when_it_leaves_and_not_before(ticket: Ticket, agent: User) -> None:
    message = put_off(ticket, agent, closes=True)
    assert ticket.state == State.OPEN
    set_sent(message, external_id="m_1", at=now())
    db.session.commit()
    assert ticket.state == State.CLOSED


def test_the_form_puts_an_answer_off(ticket: Ticket, client: FlaskClient) -> None:
    data = {"way": "private:messenger", "text": "Bonjour.", "then": "later"}
    address = f"/tickets/{ticket.reference}/replies"
    assert client.post(address, data=data).status_code == 422
    at = (now() + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M")
    assert client.post(address, data={**data, "leaves_at": at}).status_code == 303
    message = db.session.scalars(select(Message).where(Message.direction == "out")).one()
    assert message.delivery == DeliveryStatus.SCHEDULED
