"""Taking back an answer that has not left."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from hub.channels.base import AccountBroken, RetryLater, Sent
from hub.clock import now
from hub.extensions import db
from hub.intake import actions as intake
from hub.outbox import actions as outbox
from hub.outbox import cancelling, sending
from hub.outbox.cancelling import LeftAlready
from hub.outbox.models import Attempt, Spending
from hub.tickets import actions as tickets
from hub.tickets.models import DeliveryStatus, Event, EventKind, Message, State, Ticket
from tests.alongside import alongside
from tests.builders import at, create_user
from tests.fake import mention

MORNING = at("2026-11-10 08:00")
TEN_SECONDS = timedelta(seconds=10)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def ticket(fake) -> Ticket:
    return intake.receive("fake", mention(text="Y a-t-il un car ?")).ticket


def reply(ticket: Ticket, text: str = "Bonjour.", **values: Any) -> Message:
    return outbox.reply(
        ticket, text, visibility="public", by=values.pop("by", None),
        **{"leaves_in": TEN_SECONDS, **values},
    )  # fmt: skip


def status(message: Message) -> str | None:
    db.session.expire_all()
    return message.delivery


def test_an_answer_leaves_once_its_time_has_passed_and_not_before(fake, ticket, work, clock):
    message = reply(ticket)
    assert message.next_at == MORNING + TEN_SECONDS
    clock.shift(timedelta(seconds=9))
    work()
    assert (status(message), fake.sent) == (DeliveryStatus.PENDING, [])
    clock.shift(timedelta(seconds=1))
    work()
    assert status(message) == DeliveryStatus.SENT


def test_an_answer_whose_way_is_nearly_closed_leaves_at_once(fake, ticket, work):
    fake.closes_at = MORNING + timedelta(seconds=30)
    message = reply(ticket)
    work()
    assert status(message) == DeliveryStatus.SENT


def test_what_was_cancelled_never_leaves_and_the_citizen_waits_since_the_question(
    fake, ticket, work, clock
):
    since = ticket.waiting_since
    message = reply(ticket)
    assert ticket.state == State.WAITING
    by = create_user(name="Agathe")
    cancelling.cancel(message, by=by)
    clock.shift(timedelta(minutes=5))
    work()
    assert (status(message), message.next_at, fake.sent) == (DeliveryStatus.CANCELLED, None, [])
    assert (ticket.state, ticket.waiting_since, ticket.first_reply_at) == (State.OPEN, since, None)
    last = db.session.scalars(select(Event).order_by(Event.id.desc())).first()
    assert (last.kind, last.user_id, last.message_id) == (EventKind.CANCELLED, by.id, message.id)
    assert db.session.scalars(select(Attempt)).all() == []


def test_cancelling_twice_is_no_matter(fake, ticket):
    message = reply(ticket)
    for _time in range(2):
        cancelling.cancel(message, by=None)
    noted = select(Event.id).where(Event.kind == EventKind.CANCELLED)
    assert len(db.session.scalars(noted).all()) == 1


def test_a_ticket_closed_on_the_answer_is_open_again(fake, ticket, clock):
    message = reply(ticket)
    tickets.close(ticket, by=None)
    cancelling.cancel(message, by=None)
    assert (ticket.state, ticket.closed_at) == (State.OPEN, None)
    assert ticket.waiting_since is not None


def test_a_ticket_that_was_closed_before_the_answer_stays_closed(fake, ticket, clock):
    tickets.close(ticket, by=None)
    clock.shift(timedelta(minutes=1))
    message = reply(ticket)
    cancelling.cancel(message, by=None)
    assert (ticket.state, ticket.closed_at) == (State.CLOSED, MORNING)


def test_what_waits_can_be_cancelled_whatever_it_waits_for(fake, ticket, work, clock):
    for trouble in (RetryLater("busy"), RetryLater("rate_limit", for_all=True)):
        fake.answers = [trouble]
        message = reply(ticket)
        clock.shift(TEN_SECONDS)
        work()
        assert status(message) == DeliveryStatus.WAITING
        cancelling.cancel(message, by=None)
    fake.answers = [AccountBroken("token_dead")]
    paused = reply(ticket)
    clock.shift(TEN_SECONDS)
    work()
    cancelling.cancel(paused, by=None)
    clock.shift(timedelta(days=1))
    work()
    assert set(db.session.scalars(select(Message.delivery).where(Message.direction == "out"))) == {
        DeliveryStatus.CANCELLED
    }
    assert paused.error_code == ""


def test_what_has_left_or_may_have_cannot_be_cancelled(fake, ticket, work):
    half = reply(ticket, "one|two", leaves_in=timedelta(0))
    fake.answers = [Sent(external_id="p1"), RetryLater("busy")]
    work()
    sent, unknown, again = (reply(ticket) for _number in range(3))
    sent.delivery, sent.external_id = DeliveryStatus.SENT, "p2"
    unknown.delivery = DeliveryStatus.UNKNOWN
    again.doubted_at = MORNING  # it is said once more after a call of unknown outcome
    db.session.commit()
    for message in (half, sent, unknown, again):
        before = status(message)
        with pytest.raises(LeftAlready):
            cancelling.cancel(message, by=None)
        assert status(message) == before


def test_cancelling_spends_nothing(fake, ticket, work):
    fake.prices = True
    message = reply(ticket)
    cancelling.cancel(message, by=None)
    work()
    assert db.session.scalars(select(Spending)).all() == []


def test_a_person_may_write_again_under_the_key_of_what_was_cancelled_and_a_tool_may_not(
    fake, ticket
):
    person = create_user()
    for by, is_new in ((person, True), (None, False)):
        first = reply(ticket, by=by, idempotency_key="one")
        cancelling.cancel(first, by=by)
        second = reply(ticket, by=by, idempotency_key="one")
        assert (second.id != first.id) is is_new
        second.idempotency_key = None
        db.session.commit()


def test_of_a_worker_and_a_person_in_the_same_instant_one_comes_too_late(app, fake, ticket):
    """Five races: the answer is on the platform, or cancelled, and never both."""
    for _race in range(5):
        fake.sent.clear()
        message_id = reply(ticket, leaves_in=timedelta(0)).id
        db.session.rollback()
        begin, refused = threading.Barrier(2), []

        def take_back(message_id: int = message_id, begin: Any = begin, refused: Any = refused):
            message = db.session.get_one(Message, message_id)
            db.session.rollback()
            begin.wait(5)
            try:
                cancelling.cancel(message, by=None)
            except LeftAlready:
                refused.append(message_id)

        def say(message_id: int = message_id, begin: Any = begin):
            begin.wait(5)
            sending.send(message_id)

        for thread in [alongside(app, take_back), alongside(app, say)]:
            thread.join(10)
        found = db.session.get_one(Message, message_id)
        expected = (DeliveryStatus.SENT, 1) if refused else (DeliveryStatus.CANCELLED, 0)
        assert (found.delivery, len(fake.sent)) == expected


def test_a_worker_that_has_claimed_it_comes_first(app, fake, ticket):
    message = reply(ticket, leaves_in=timedelta(0))

    def cancelled_meanwhile() -> Sent:
        with app.app_context(), pytest.raises(LeftAlready):
            cancelling.cancel(db.session.get_one(Message, message_id), by=None)
        return Sent(external_id="p1")

    message_id = message.id
    db.session.rollback()
    fake.answers = [cancelled_meanwhile]
    sending.send(message_id)
    assert status(db.session.get_one(Message, message_id)) == DeliveryStatus.SENT


def test_the_first_answer_counts_from_the_one_that_left(fake, ticket, work, clock):
    cancelling.cancel(reply(ticket), by=None)
    clock.shift(timedelta(hours=1))
    reply(ticket, "Oui.")
    clock.shift(TEN_SECONDS)
    work()
    assert ticket.first_reply_at == now()
    assert ticket.state == State.WAITING
