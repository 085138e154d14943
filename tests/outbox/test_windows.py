"""Trying again until the platform's window closes, and not a moment longer."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from hub.channels import accounts
from hub.channels.base import AccountBroken, RetryLater, Sent
from hub.clock import now
from hub.extensions import db
from hub.intake import actions as intake
from hub.outbox import actions as outbox
from hub.outbox import results
from hub.outbox.models import Attempt
from hub.tickets.models import DeliveryStatus, Message, State
from tests.builders import at
from tests.fake import ACCOUNT, Fake, mention

MORNING = at("2026-11-10 08:00")
DAY = timedelta(days=1)
BUSY = RetryLater("busy", "503")


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that days are few tries."""
    monkeypatch.setattr(results, "BACK_OFF_SECONDS", (5, 9 * 3600))


def reply(fake: Fake, *, closes_in: timedelta | None = None) -> Message:
    fake.closes_at = None if closes_in is None else now() + closes_in
    ticket = intake.receive("fake", mention()).ticket
    return outbox.reply(ticket, "Bonjour.", visibility="public", by=None)


def standing(message: Message) -> tuple[str | None, str]:
    db.session.expire_all()
    return message.delivery, message.error_code


def try_until_it_is_over(message: Message, work: Any, clock: Any) -> list[datetime]:
    """Let workers try whenever the message is due. Gives when they did."""
    for _time in range(20):
        work()
        db.session.expire_all()
        if message.next_at is None:
            return list(db.session.scalars(select(Attempt.started_at).order_by(Attempt.id)))
        clock.move_to(message.next_at)
    raise AssertionError("it is tried for ever")


def assert_waits_for_an_answer(message: Message) -> None:
    ticket = message.ticket
    assert (ticket.state, ticket.first_reply_at) == (State.OPEN, None)
    assert ticket.waiting_since is not None


def test_it_is_tried_until_just_before_the_window_closes(fake, work, clock):
    message = reply(fake, closes_in=DAY)
    fake.answers = [BUSY] * 20
    tries = try_until_it_is_over(message, work, clock)
    assert standing(message) == (DeliveryStatus.FAILED, results.WINDOW_CLOSED)
    assert message.error_detail == "busy: 503"
    assert tries[-1] == MORNING + DAY - results.LAST_TRY
    assert len(tries) == 5
    assert_waits_for_an_answer(message)


def test_without_an_end_it_is_tried_for_three_days(fake, work, clock):
    message = reply(fake)
    fake.answers = [BUSY] * 20
    tries = try_until_it_is_over(message, work, clock)
    assert standing(message) == (DeliveryStatus.FAILED, "tried-in-vain")
    assert tries[-1] == MORNING + results.PATIENCE - results.LAST_TRY
    assert_waits_for_an_answer(message)


def test_an_instant_of_the_platform_beyond_the_window_ends_it_at_once(fake, work):
    message = reply(fake, closes_in=DAY)
    fake.answers = [RetryLater("busy", at=MORNING + DAY)]
    work()
    assert standing(message) == (DeliveryStatus.FAILED, results.WINDOW_CLOSED)
    assert_waits_for_an_answer(message)


def test_an_instant_of_the_platform_that_has_passed_says_nothing(fake, work):
    message = reply(fake)
    fake.answers = [RetryLater("busy", at=MORNING)]
    work()
    assert standing(message) == (DeliveryStatus.WAITING, "busy")
    assert message.next_at == MORNING + timedelta(seconds=results.BACK_OFF_SECONDS[0])


def test_no_call_begins_once_the_window_has_closed(fake, work, clock):
    """No worker was there in time."""
    message = reply(fake, closes_in=timedelta(hours=1))
    clock.shift(timedelta(hours=1))
    work()
    assert standing(message) == (DeliveryStatus.FAILED, results.WINDOW_CLOSED)
    assert fake.sent == []
    assert_waits_for_an_answer(message)


def test_a_window_that_closes_while_the_account_is_broken_ends_the_wait(fake, work, clock):
    fake.answers = [AccountBroken("token_dead")]
    endless = reply(fake)
    message = reply(fake, closes_in=DAY)
    work()
    assert standing(message) == (DeliveryStatus.WAITING, "token_dead")
    clock.shift(DAY)
    work()
    assert standing(message) == (DeliveryStatus.FAILED, results.WINDOW_CLOSED)
    assert standing(endless) == (DeliveryStatus.WAITING, "token_dead")
    assert_waits_for_an_answer(message)


def test_a_rate_limit_beyond_the_window_fails_what_it_closes_on(fake, work, clock):
    closing = [reply(fake, closes_in=timedelta(minutes=10)) for _number in range(2)]
    endless = reply(fake)
    fake.answers = [RetryLater("rate_limit", at=MORNING + timedelta(minutes=15), for_all=True)]
    work()
    assert [standing(message)[0] for message in (*closing, endless)] == [
        DeliveryStatus.FAILED,
        DeliveryStatus.WAITING,
        DeliveryStatus.WAITING,
    ]
    clock.shift(timedelta(minutes=10))
    work()
    assert {standing(message) for message in closing} == {
        (DeliveryStatus.FAILED, results.WINDOW_CLOSED)
    }
    clock.shift(timedelta(minutes=5))
    work()
    assert standing(endless)[0] == DeliveryStatus.SENT


def test_days_on_a_broken_account_use_up_no_patience(fake, work, clock):
    fake.answers = [AccountBroken("token_dead"), BUSY, Sent(external_id="p1")]
    message = reply(fake)
    work()
    clock.shift(5 * DAY)
    accounts.connect("fake", ACCOUNT, name="Région", credentials={})
    work()
    assert standing(message) == (DeliveryStatus.WAITING, "busy")
    clock.shift(timedelta(hours=9))
    work()
    assert standing(message)[0] == DeliveryStatus.SENT
