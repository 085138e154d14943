"""What an answer will be and cost, before it is sent."""

from datetime import date
from decimal import Decimal

import pytest
from flask import Flask

from hub.channels.base import Price
from hub.outbox import actions as outbox
from hub.outbox.preview import Preview, preview
from hub.outbox.refusals import NoSuchWay, TooLong, TooManyParts
from hub.tickets.models import Ticket
from tests.builders import create_ticket
from tests.chirp import LIMIT, MOST_PARTS, Chirp, create_chirp_ticket, spend
from tests.statements import counted

LONG = "Bonjour, le car de sept heures ne passera pas demain matin ; prenez celui de huit heures."


@pytest.fixture
def ticket(chirp: Chirp) -> Ticket:
    return create_chirp_ticket()


def look(ticket: Ticket, text: str, visibility: str = "public") -> Preview:
    return preview(ticket, text, visibility=visibility)


def dollars(amount: str) -> Price:
    return Price(amount=Decimal(amount), currency="USD")


def test_a_long_text_is_shown_in_the_parts_that_are_stored_when_it_is_sent(ticket: Ticket) -> None:
    seen = look(ticket, LONG)
    message = outbox.reply(ticket, LONG, visibility="public", by=None)
    assert [part.text for part in seen.parts] == [part.text for part in message.parts]
    assert len(seen.parts) == 3
    assert all(part.length <= seen.limit == LIMIT for part in seen.parts)
    assert seen.problem is None


def test_a_length_is_what_the_platform_counts(ticket: Ticket) -> None:
    assert [part.length for part in look(ticket, "été 山").parts] == [6]


def test_the_price_is_that_of_all_parts(ticket: Ticket) -> None:
    cost = look(ticket, LONG).cost
    assert cost is not None
    assert (cost.price, cost.as_of) == (dollars("0.045"), date(2026, 8, 24))
    assert (cost.spent, cost.ceiling) == (dollars("0"), dollars("50"))


def test_each_part_is_charged_by_its_number(
    chirp: Chirp, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    charged = {1: dollars("0.01"), 2: dollars("0.1"), 3: dollars("1")}
    monkeypatch.setattr(chirp, "price", lambda *_about, part=1: charged[part])
    cost = look(ticket, LONG).cost
    assert cost is not None
    assert cost.price == dollars("1.11")


def test_a_link_and_another_way_change_the_price(ticket: Ticket) -> None:
    prices = [
        look(ticket, "Voir https://region.example").cost,
        look(ticket, "Bonjour.", "private").cost,
    ]
    assert [cost.price for cost in prices if cost] == [dollars("0.2"), dollars("0.01")]


def test_what_would_pass_the_ceiling_is_known_before(ticket: Ticket) -> None:
    spend(ticket, "49.96")
    short, long = look(ticket, "Bonjour.").cost, look(ticket, LONG).cost
    assert short is not None
    assert long is not None
    assert long.spent == dollars("49.96")
    assert (short.exceeds_ceiling, long.exceeds_ceiling) == (False, True)


def test_without_a_ceiling_nothing_exceeds_it(chirp: Chirp, ticket: Ticket) -> None:
    chirp.ceiling = None
    spend(ticket, "4999")
    cost = look(ticket, LONG).cost
    assert cost is not None
    assert (cost.ceiling, cost.exceeds_ceiling) == (None, False)


def test_a_text_of_too_many_parts_says_so_with_all_of_them(ticket: Ticket) -> None:
    seen = look(ticket, " ".join(["x" * 25] * 4))
    assert isinstance(seen.problem, TooManyParts)
    assert seen.problem.parts == len(seen.parts) == MOST_PARTS + 1


def test_a_text_far_too_long_is_not_even_split(
    chirp: Chirp, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(chirp, "split", lambda text, _way: asked.append(text))
    seen = look(ticket, "x" * (LIMIT * MOST_PARTS + 1))
    assert isinstance(seen.problem, TooManyParts)
    assert (seen.problem.parts, seen.parts, asked) == (MOST_PARTS + 1, (), [])
    with pytest.raises(TooManyParts):
        outbox.reply(ticket, "x" * 25_000, visibility="public", by=None)


def test_signs_that_no_platform_takes_are_left_out(ticket: Ticket) -> None:
    assert [part.text for part in look(ticket, "\ufeffBon\uffffjour\ufffe.\r\n").parts] == [
        "Bonjour."
    ]


def test_a_part_that_is_too_long_says_so(ticket: Ticket) -> None:
    seen = look(ticket, "x" * 101, "private")
    assert isinstance(seen.problem, TooLong)
    assert (seen.parts[0].length, seen.limit) == (101, 100)


@pytest.mark.parametrize("text", ["", " \r\n "])
def test_where_there_is_no_text_there_is_nothing_to_see(ticket: Ticket, text: str) -> None:
    seen = look(ticket, text)
    assert (seen.parts, seen.cost, seen.problem) == ((), None, None)


def test_a_platform_that_charges_nothing_has_no_price(app: Flask) -> None:
    seen = look(create_ticket(), "Bonjour.", "private")
    assert seen.cost is None
    assert [part.text for part in seen.parts] == ["Bonjour."]


def test_a_way_that_is_closed_shows_nothing(ticket: Ticket) -> None:
    spend(ticket, "50")
    with pytest.raises(NoSuchWay) as refusal:
        look(ticket, "Bonjour.")
    assert refusal.value.reason


def test_a_preview_costs_few_statements_and_stores_nothing(ticket: Ticket) -> None:
    assert ticket.account.name
    with counted() as statements:
        look(ticket, LONG)
    assert len(statements) <= 4
    assert all(statement.startswith("SELECT") for statement in statements)
