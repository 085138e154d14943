"""A platform that takes no more for a while: what goes the same way waits together."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from hub.channels import accounts
from hub.channels.base import RetryLater, Sent
from hub.clock import now
from hub.extensions import db
from hub.intake import actions as intake
from hub.outbox import actions as outbox
from hub.outbox import results, sending
from hub.tickets.models import DeliveryStatus, Message
from tests.builders import at
from tests.fake import mention

MORNING = at("2026-11-10 08:00")
LATER = at("2026-11-10 08:15")


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


def reply(visibility: str = "public", **question: Any) -> Message:
    ticket = intake.receive("fake", mention(**question)).ticket
    return outbox.reply(ticket, "Bonjour.", visibility=visibility, by=None)


def limit(until: Any = LATER) -> RetryLater:
    return RetryLater("rate_limit", "429", at=until, for_all=True)


def standing(*messages: Message) -> list[tuple[str | None, Any, int]]:
    """Where they stand, when they are next tried, and how often they were."""
    db.session.expire_all()
    return [(message.delivery, message.next_at, message.attempts) for message in messages]


def test_all_that_goes_the_same_way_waits_together_and_uses_up_no_attempt(fake, clock, work):
    fake.answers = [limit()]
    messages = [reply(), reply(), reply()]
    work()
    assert len(fake.sent) == 1
    assert standing(*messages) == [(DeliveryStatus.WAITING, LATER, 0)] * 3
    assert {message.error_code for message in messages} == {"rate_limit"}
    clock.shift(timedelta(minutes=14))
    work()
    assert len(fake.sent) == 1
    clock.shift(timedelta(minutes=1))
    work()
    assert {message.delivery for message in messages} == {DeliveryStatus.SENT}


def test_other_ways_and_other_accounts_leave(fake, work):
    accounts.connect("fake", "901", name="Autre", credentials={})
    limited = reply()
    private, elsewhere = reply("private"), reply(account="901")
    fake.answers = [limit()]
    sending.send(limited.id)
    work()
    assert standing(limited) == [(DeliveryStatus.WAITING, LATER, 0)]
    assert [message.delivery for message in (private, elsewhere)] == [DeliveryStatus.SENT] * 2


def test_what_waits_longer_already_and_what_is_settled_stays_as_it_is(fake, work):
    sent, failed, unknown, later = reply(), reply(), reply(), reply()
    sent.delivery, sent.next_at = DeliveryStatus.SENT, None
    failed.delivery, failed.next_at = DeliveryStatus.FAILED, None
    unknown.delivery, unknown.next_at = DeliveryStatus.UNKNOWN, None
    later.delivery, later.next_at = DeliveryStatus.WAITING, LATER + timedelta(hours=1)
    db.session.commit()
    before = standing(sent, failed, unknown, later)
    fake.answers = [limit()]
    reply()
    work()
    assert standing(sent, failed, unknown, later) == before


def test_what_is_being_said_is_left_to_its_worker(fake):
    first, second = reply(), reply()

    def limited_meanwhile() -> Sent:
        fake.answers = [limit()]
        sending.send(second.id)
        db.session.rollback()
        return Sent(external_id="p1")

    fake.answers = [limited_meanwhile]
    sending.send(first.id)
    assert standing(first, second) == [
        (DeliveryStatus.SENT, None, 1),
        (DeliveryStatus.WAITING, LATER, 0),
    ]


def test_a_limit_that_lasts_makes_nothing_fail(fake, clock, work):
    message = reply()
    for _day in range(5):
        fake.answers = [limit(now() + timedelta(days=1))]
        work()
        clock.shift(timedelta(days=1))
    work()
    assert standing(message) == [(DeliveryStatus.SENT, None, 1)]


def test_a_limit_without_an_end_is_tried_again_soon(fake):
    message = reply()
    fake.answers = [limit(None)]
    sending.send(message.id)
    soon = MORNING + timedelta(seconds=results.BACK_OFF_SECONDS[0])
    assert standing(message) == [(DeliveryStatus.WAITING, soon, 0)]


def test_trouble_with_one_message_postpones_no_other(fake, work):
    fake.answers = [RetryLater("busy", at=LATER)]
    first, second = reply(), reply()
    work()
    assert standing(first, second) == [
        (DeliveryStatus.WAITING, LATER, 1),
        (DeliveryStatus.SENT, None, 1),
    ]


def test_the_parts_that_are_left_wait_too(fake, clock, work):
    long = reply()
    other = outbox.reply(long.ticket, "one|two", visibility="public", by=None)
    fake.answers = [Sent(external_id="p0"), Sent(external_id="p1"), limit()]
    work()
    assert standing(other) == [(DeliveryStatus.WAITING, LATER, 0)]
    clock.shift(timedelta(minutes=15))
    work()
    assert [message.text for message in fake.sent] == ["Bonjour.", "one", "two", "two"]
    assert db.session.scalars(select(Message.delivery).where(Message.id == other.id)).one() == (
        DeliveryStatus.SENT
    )
