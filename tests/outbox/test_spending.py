"""What answers cost: counted before the call, never above the ceiling, exact to the last digit."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from hub import queue
from hub.channels import accounts
from hub.channels.base import AccountBroken, OutcomeUnknown, Price, Refused, RetryLater, Sent
from hub.extensions import db
from hub.intake import actions as intake
from hub.outbox import actions as outbox
from hub.outbox import results, sending, spending
from hub.outbox.models import Attempt, Spending
from hub.tickets.models import DeliveryStatus, Event, EventKind, Message
from tests.alongside import alongside
from tests.builders import at
from tests.fake import Fake, account, echo, mention

LINK = "Voir https://region.example/"


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(at("2026-11-10 08:00"), tick=False) as traveller:
        yield traveller


@pytest.fixture
def priced(fake: Fake) -> Fake:
    """A platform that charges 0.015 USD for a post and 0.2 for one with a link."""
    fake.prices = True
    return fake


def dollars(amount: str) -> Price:
    return Price(amount=Decimal(amount), currency="USD")


def reply(text: str = "Bonjour.", **question: Any) -> Message:
    ticket = intake.receive("fake", mention(**question)).ticket
    return outbox.reply(ticket, text, visibility="public", by=None)


def spent() -> Decimal:
    amount = spending.this_month(account())
    db.session.rollback()
    return amount


def months() -> dict[str, Decimal]:
    rows = db.session.execute(select(Spending.month, Spending.amount)).all()
    db.session.rollback()
    return dict(tuple(row) for row in rows)


def status(message: Message) -> tuple[str | None, str]:
    db.session.expire_all()
    return message.delivery, message.error_code


# --- Counting -----------------------------------------------------------------------------------


def test_what_each_answer_costs_is_added_up_exactly(priced, work):
    for text in ["Bonjour.", LINK] * 3:
        reply(text)
    work()
    assert spent() == Decimal("0.645")
    costs = db.session.scalars(select(Attempt.cost).order_by(Attempt.cost)).all()
    assert costs == [Decimal("0.015")] * 3 + [Decimal("0.2")] * 3
    assert db.session.scalars(select(Spending.currency)).all() == ["USD"]


def test_each_part_is_counted(priced, work):
    reply(f"one|two|{LINK}")
    work()
    assert spent() == Decimal("0.23")


def test_each_part_is_charged_by_its_number(priced, work, monkeypatch):
    charged = dict(zip((1, 2, 3), map(dollars, ("0.01", "0.015", "0.02")), strict=True))
    monkeypatch.setattr(priced, "price", lambda *_about, part=1: charged[part])
    reply("one|two|three")
    work()
    costs = db.session.execute(select(Attempt.part, Attempt.cost)).all()
    assert dict(tuple(row) for row in costs) == {n: price.amount for n, price in charged.items()}


def test_where_nothing_is_charged_nothing_is_counted(fake, work):
    reply()
    work()
    assert months() == {}
    assert db.session.scalars(select(Attempt.cost)).all() == [None]


def test_the_price_is_counted_before_the_call(priced, work):
    counted: list[Decimal] = []

    def look() -> Sent:
        counted.append(spent())
        return Sent(external_id="p1")

    priced.answers = [look]
    reply()
    work()
    assert counted == [Decimal("0.015")]


@pytest.mark.parametrize(
    "error", [RetryLater("busy"), Refused("duplicate"), AccountBroken("token_dead")]
)
def test_a_call_that_surely_said_nothing_gives_it_back(priced, work, error):
    priced.answers = [Sent(external_id="p0"), error]
    reply()
    reply(LINK)
    work()
    assert spent() == Decimal("0.015")


def test_a_rate_limit_gives_it_back(priced, work, clock):
    priced.answers = [RetryLater("busy", for_all=True, at=at("2026-11-10 08:15"))]
    reply()
    work()
    assert spent() == 0
    clock.shift(timedelta(minutes=15))
    work()
    assert spent() == Decimal("0.015")


@pytest.mark.parametrize("error", [OutcomeUnknown("no_answer"), KeyError("a bug of the channel")])
def test_a_call_of_unknown_outcome_may_have_been_charged(priced, work, error):
    priced.answers = [error]
    reply()
    work()
    assert spent() == Decimal("0.015")


def test_the_call_of_a_worker_that_died_may_have_been_charged(priced, work, clock):
    priced.answers = [SystemExit()]
    message = reply()
    with pytest.raises(SystemExit):
        work()
    clock.shift(timedelta(minutes=3))
    results.give_up_on_dead_workers()
    assert status(message) == (DeliveryStatus.UNKNOWN, "worker-died")
    assert spent() == Decimal("0.015")


@pytest.mark.parametrize("text", ["Bonjour.", "one|two"])
def test_what_its_echo_has_shown_was_charged_whatever_the_answer_says(priced, text):
    def said_after_all() -> Sent:
        intake.echo("fake", echo(text.partition("|")[0], "p1"))
        db.session.rollback()
        raise RetryLater("busy")

    priced.answers = [said_after_all]
    sending.send(reply(text).id)
    assert spent() == Decimal("0.015")


def test_it_is_given_back_to_the_month_it_was_taken_from(priced, clock):
    clock.move_to(at("2026-11-30 23:59"))

    def after_midnight() -> Sent:
        clock.shift(timedelta(minutes=2))
        raise Refused("duplicate")

    priced.answers = [after_midnight]
    sending.send(reply().id)
    assert months() == {"2026-11": Decimal(0)}


def test_each_month_and_each_account_has_its_own_sum(priced, clock, work):
    accounts.connect("fake", "901", name="Autre", credentials={})
    reply()
    reply(LINK, account="901")
    work()
    clock.move_to(at("2026-12-01 00:00"))
    reply()
    work()
    rows = db.session.execute(select(Spending.month, Spending.amount))
    assert sorted(tuple(row) for row in rows) == [
        ("2026-11", Decimal("0.015")),
        ("2026-11", Decimal("0.2")),
        ("2026-12", Decimal("0.015")),
    ]


def test_a_claim_that_begins_before_midnight_is_counted_and_given_back_before_midnight(
    priced, clock
):
    clock.move_to(at("2026-12-01 00:00"))
    began = at("2026-11-30 23:59")
    assert spending.reserve(account().id, dollars("0.2"), dollars("0.2"), began)
    assert not spending.reserve(account().id, dollars("0.2"), dollars("0.2"), began)
    db.session.commit()
    assert months() == {"2026-11": Decimal("0.2")}
    spending.give_back(account().id, Decimal("0.2"), began)
    db.session.commit()
    assert months() == {"2026-11": Decimal(0)}


# --- The ceiling ---------------------------------------------------------------------------------


def test_what_the_ceiling_just_allows_leaves_and_the_next_waits(priced, work):
    priced.ceiling = dollars("0.045")
    messages = [reply() for _number in range(4)]
    work()
    found = [status(message) for message in messages]
    assert found.count((DeliveryStatus.SENT, "")) == 3
    assert found.count((DeliveryStatus.WAITING, "ceiling")) == 1
    assert spent() == Decimal("0.045")


def test_a_dear_answer_waits_while_a_cheap_one_leaves(priced, work):
    priced.ceiling = dollars("0.1")
    dear, cheap = reply(LINK), reply()
    work()
    assert status(dear) == (DeliveryStatus.WAITING, "ceiling")
    assert status(cheap) == (DeliveryStatus.SENT, "")


def test_many_workers_at_once_never_pass_the_ceiling(app: Flask, priced):
    priced.ceiling = dollars("0.03")
    numbers = [reply().id for _number in range(6)]
    db.session.rollback()

    def say(number: int) -> Callable[[], None]:
        return lambda: sending.send(number)

    for thread in [alongside(app, say(number)) for number in numbers]:
        thread.join(20)
    assert len(priced.sent) == 2
    assert spent() == Decimal("0.03")


def test_what_waits_leaves_soon_after_the_ceiling_is_raised(priced, clock, work):
    message = reply()
    priced.ceiling = dollars("0")
    work()
    clock.shift(timedelta(minutes=15))
    work()
    assert status(message) == (DeliveryStatus.WAITING, "ceiling")
    told = db.session.scalars(select(Event.data).where(Event.kind == EventKind.DELIVERY)).all()
    assert [data["code"] for data in told] == ["ceiling"]
    priced.ceiling = dollars("1")
    clock.shift(timedelta(minutes=15))
    work()
    assert status(message) == (DeliveryStatus.SENT, "")
    assert message.attempts == 1


def test_what_waits_leaves_at_once_when_a_restart_raises_the_ceiling(priced, work):
    message = reply()
    priced.ceiling = dollars("0")
    work()
    priced.ceiling = dollars("1")
    queue.start()
    work()
    assert status(message) == (DeliveryStatus.SENT, "")


def test_a_restart_leaves_alone_what_waits_for_the_platform(priced, work):
    message = reply()
    priced.answers = [RetryLater("busy", at=at("2026-11-10 08:10"))]
    work()
    queue.start()
    work()
    assert status(message) == (DeliveryStatus.WAITING, "busy")


def test_what_waits_leaves_when_the_month_ends(priced, clock, work):
    priced.ceiling = dollars("0.02")
    clock.move_to(at("2026-11-30 23:50"))
    first, second = reply(), reply()
    work()
    clock.move_to(at("2026-12-01 00:00"))
    work()
    assert [status(first)[0], status(second)[0]] == [DeliveryStatus.SENT] * 2
    assert months() == {"2026-11": Decimal("0.015"), "2026-12": Decimal("0.015")}


def test_a_long_answer_that_meets_the_ceiling_goes_on_with_its_next_part(priced, clock, work):
    priced.ceiling = dollars("0.03")
    message = reply("one|two|three")
    work()
    assert status(message) == (DeliveryStatus.WAITING, "ceiling")
    priced.ceiling = None
    clock.shift(timedelta(minutes=15))
    work()
    assert [sent.text for sent in priced.sent] == ["one", "two", "three"]
    assert status(message) == (DeliveryStatus.SENT, "")


def test_ways_that_cannot_be_paid_for_are_refused_and_say_why(priced, work):
    priced.ceiling = dollars("0.02")
    ticket = reply().ticket
    assert all(way.allowed for way in outbox.ways(ticket))
    work()
    found = outbox.ways(ticket)
    assert [way.allowed for way in found] == [False, False]
    assert all("ceiling for this month" in way.reason for way in found)
    with pytest.raises(outbox.NoSuchWay, match="ceiling for this month"):
        outbox.reply(ticket, "Bonjour.", visibility="public", by=None)


def test_ways_that_cost_nothing_do_not_meet_the_ceiling(fake):
    fake.ceiling = dollars("0")
    assert all(way.allowed for way in outbox.ways(reply().ticket))
