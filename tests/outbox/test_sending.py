"""What becomes of an outbound message, whatever the platform answers and whoever is faster."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from hub.channels import accounts
from hub.channels.base import (
    AccountAccess,
    AccountBroken,
    Echo,
    OutboundMessage,
    Refused,
    RetryLater,
    Sent,
)
from hub.clock import now
from hub.extensions import db
from hub.intake import actions as intake
from hub.outbox import actions as outbox
from hub.outbox import results, sending
from hub.outbox.models import Attempt
from hub.tickets import actions as tickets
from hub.tickets.models import Conversation, DeliveryStatus, Message, State, Ticket
from tests.alongside import alongside
from tests.builders import (
    PAGE_ID,
    comment,
    create_account,
    create_department,
    create_ticket,
    inbound,
)


class Scripted:
    """Facebook, whose `send` does what the test says; all else is the real channel's."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self.answers: list[Any] = []
        self.sent: list[OutboundMessage] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)

    def send(self, access: AccountAccess, message: OutboundMessage) -> Sent:
        self.sent.append(message)
        answer = self.answers.pop(0) if self.answers else Sent(external_id=f"m_o{len(self.sent)}")
        if isinstance(answer, Exception):
            raise answer
        return answer(message) if callable(answer) else answer


@pytest.fixture
def facebook(app: Flask) -> Iterator[Scripted]:
    channels = app.extensions["hub.channels"]
    original = channels["facebook"]
    channels["facebook"] = Scripted(original)
    yield channels["facebook"]
    channels["facebook"] = original


@pytest.fixture
def ticket(app: Flask) -> Ticket:
    return create_ticket()


def reply(ticket: Ticket, text: str = "Bonjour.", visibility: str = "private") -> Message:
    return outbox.reply(ticket, text, visibility=visibility, by=None)


def public_ticket(number: int) -> Ticket:
    create_department("accueil")
    create_account()
    place = f"104_{number}"
    return intake.receive("facebook", comment(conversation=f"public:{place}")).ticket


def echo(**values: Any) -> Echo:
    return Echo(
        **{
            "account": PAGE_ID,
            "external_id": "o_1",
            "visibility": "public",
            "text": "Bonjour.",
            "posted_at": now(),
            **values,
        }
    )


def status(message: Message) -> str | None:
    db.session.expire_all()
    return message.delivery


def mend() -> None:
    accounts.connect("facebook", PAGE_ID, name="Page", credentials={"access_token": "new"})


# --- Sick accounts --------------------------------------------------------------------------------


def test_what_waited_for_a_broken_account_leaves_as_soon_as_it_is_connected_again(
    facebook, ticket, work
):
    facebook.answers = [AccountBroken("token_dead")]
    first, second = reply(ticket), reply(ticket, "Encore.")
    work()
    assert (status(first), status(second)) == (DeliveryStatus.WAITING, DeliveryStatus.WAITING)
    mend()
    work()
    assert (status(first), status(second)) == (DeliveryStatus.SENT, DeliveryStatus.SENT)


def test_time_spent_on_a_broken_account_uses_up_no_attempt(facebook, ticket, work):
    facebook.answers = [AccountBroken("token_dead"), RetryLater("busy")]
    message = reply(ticket)
    work()
    for hour in range(1, 15):
        with time_machine.travel(now() + timedelta(hours=hour)):
            work()
    mend()
    with time_machine.travel(now() + timedelta(hours=15)):
        work()
    assert (status(message), message.attempts) == (DeliveryStatus.WAITING, 2)


def test_a_call_that_fails_after_its_account_was_connected_again_does_not_break_it(
    facebook, ticket, work
):
    def fails_late(_message: OutboundMessage) -> Sent:
        mend()
        raise AccountBroken("token_dead")

    facebook.answers = [fails_late]
    message = reply(ticket)
    work()
    assert status(message) == DeliveryStatus.SENT
    assert message.account.broken_because == ""


def test_a_channel_that_is_switched_off_keeps_its_messages_until_it_is_on(
    app, facebook, ticket, work
):
    message = reply(ticket)
    channels = app.extensions["hub.channels"]
    off = channels.pop("facebook")
    work()
    assert status(message) == DeliveryStatus.WAITING
    channels["facebook"] = off
    with time_machine.travel(now() + timedelta(hours=1)):
        work()
    assert status(message) == DeliveryStatus.SENT


# --- Echoes ---------------------------------------------------------------------------------------


def test_the_same_text_to_two_citizens_settles_each_with_its_own_echo(facebook, work):
    first = reply(public_ticket(1), visibility="public")
    first.delivery = DeliveryStatus.UNKNOWN
    db.session.commit()
    second = reply(public_ticket(2), visibility="public")

    def echo_taken_for_the_first(_message: OutboundMessage) -> Sent:
        intake.echo("facebook", echo(external_id="o_2", reply_to="no message we know"))
        return Sent(external_id="o_2")

    facebook.answers = [echo_taken_for_the_first]
    work()
    assert (status(second), second.external_id) == (DeliveryStatus.SENT, "o_2")
    assert (first.delivery, first.external_id) == (DeliveryStatus.UNKNOWN, None)


def test_an_echo_prefers_the_ticket_it_stands_in(facebook):
    tickets_ = [public_ticket(1), public_ticket(2)]
    messages = [reply(one, visibility="public") for one in tickets_]
    for message in messages:
        message.delivery = DeliveryStatus.UNKNOWN
    db.session.commit()
    answered = db.session.scalar(
        select(Message.external_id).where(
            Message.ticket_id == tickets_[1].id, Message.direction == "in"
        )
    )
    intake.echo("facebook", echo(reply_to=answered))
    assert [status(message) for message in messages] == ["unknown", "sent"]


def test_an_echo_that_was_taken_for_an_answer_outside_is_one_message_in_the_end(facebook, work):
    ticket = public_ticket(1)
    answered = db.session.scalar(select(Message.external_id))

    def changed_on_the_way(_message: OutboundMessage) -> Sent:
        text = "Bonjour. https://region.example/?fbclid=1"
        intake.echo("facebook", echo(text=text, reply_to=answered))
        return Sent(external_id="o_1")

    facebook.answers = [changed_on_the_way]
    message = reply(ticket, visibility="public")
    work()
    assert (status(message), message.external_id) == (DeliveryStatus.SENT, "o_1")
    query = select(Message.id).where(Message.ticket_id == ticket.id, Message.direction == "out")
    assert db.session.scalars(query).all() == [message.id]
    assert db.session.scalars(select(Attempt.outcome)).all() == ["sent"]


def test_a_late_answer_of_the_platform_settles_what_was_given_up(facebook, ticket, work):
    def slow(_message: OutboundMessage) -> Sent:
        with time_machine.travel(now() + timedelta(minutes=10)):
            results.give_up_on_dead_workers()
        raise RetryLater("busy")

    facebook.answers = [slow]
    message = reply(ticket)
    work()
    assert status(message) == DeliveryStatus.WAITING


# --- Others at the same time ----------------------------------------------------------------------


def test_a_conversation_that_opens_in_the_same_instant_does_not_lose_the_answer(
    app, facebook, work, monkeypatch
):
    ticket = public_ticket(1)
    message, ticket_id = reply(ticket, visibility="private"), ticket.id
    citizen = "messenger:25000000000000777"
    facebook.answers = [Sent(external_id="m_1", conversation=citizen)]
    follow, calls = results.set_followed, []

    def beaten(sent: Message, key: str) -> None:
        if not calls:
            calls.append(key)
            known = Conversation(account_id=sent.account_id, key=key, ticket_id=ticket_id)
            db.session.add(known)
            db.session.flush()
            db.session.expunge(known)
            db.session.add(Conversation(account_id=sent.account_id, key=key, ticket_id=ticket_id))
            db.session.flush()
        follow(sent, key)

    monkeypatch.setattr(results, "set_followed", beaten)
    work()
    assert calls
    assert status(message) == DeliveryStatus.SENT


def test_a_message_that_is_being_filed_still_waits_when_an_answer_leaves(app, facebook, ticket):
    sent = reply(ticket)
    message_id, ticket_id = sent.id, ticket.id
    conversation = sent.conversation
    db.session.rollback()
    filing, leave = threading.Event(), threading.Event()

    def hold(_message: Message) -> None:
        filing.set()
        leave.wait(5)

    question = inbound(conversation=conversation, text="Et demain ?")
    citizen = alongside(app, lambda: intake.receive("facebook", question, also=hold))
    assert filing.wait(5)
    worker = alongside(app, lambda: sending.send(message_id))
    worker.join(0.3)
    leave.set()
    for thread in (citizen, worker):
        thread.join(10)
    found = db.session.get_one(Ticket, ticket_id)
    assert db.session.get_one(Message, message_id).delivery == DeliveryStatus.SENT
    assert found.waiting_since is not None
    assert found.state == State.OPEN


def test_a_ticket_closed_while_its_answer_is_refused_is_whole_and_open_again(app, facebook, ticket):
    facebook.answers = [Refused("blocked")]
    message_id, ticket_id = reply(ticket).id, ticket.id
    db.session.rollback()
    closing, leave = threading.Event(), threading.Event()

    def close_slowly() -> None:
        found = db.session.get_one(Ticket, ticket_id)
        with tickets.changing(found):
            found.state, found.closed_at, found.waiting_since = State.CLOSED, now(), None
            db.session.flush()
            closing.set()
            leave.wait(5)

    agent = alongside(app, close_slowly)
    assert closing.wait(5)
    worker = alongside(app, lambda: sending.send(message_id))
    worker.join(0.3)
    leave.set()
    for thread in (agent, worker):
        thread.join(10)
    found = db.session.get_one(Ticket, ticket_id)
    assert (found.state, found.closed_at) == (State.OPEN, None)
    assert found.waiting_since is not None
