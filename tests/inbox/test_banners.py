"""What stands across every page of supervisors when answers do not leave."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from hub.accounts.models import User
from hub.channels import accounts
from hub.channels.base import AccountBroken
from hub.channels.models import Checkup
from hub.clock import now
from hub.extensions import db
from hub.outbox import actions as outbox
from hub.tickets.models import DeliveryStatus, Ticket
from tests.chirp import Chirp, create_chirp_ticket, spend
from tests.statements import counted

#: The alerts are one statement more than the same page costs an agent.
MOST_FOR_A_LIST = 11


@pytest.fixture
def ticket(chirp: Chirp) -> Ticket:
    return create_chirp_ticket()


@pytest.fixture
def paused(ticket: Ticket) -> Ticket:
    outbox.reply(ticket, "Bonjour.", visibility="public", by=None)
    accounts.pause(ticket.account, AccountBroken("muted"))
    db.session.commit()
    return ticket


def banners(client: FlaskClient, address: str = "/inbox") -> str:
    """What the banners of a page say and link to."""
    page = client.get(address, headers={"Accept-Language": "en"}).text
    found = re.search(r'<div id="banners".*?>(.*?)</div>\s*<main', page, re.DOTALL)
    assert found is not None
    return " ".join(html.unescape(found[1]).split())


@pytest.mark.parametrize("address", ["/inbox", "/reports"])
def test_a_paused_account_is_told_on_every_page_with_what_waits(
    address: str, paused: Ticket, supervisor: User, signed_in: Any
) -> None:
    said = banners(signed_in(supervisor), address)
    assert "@region on Chirp (Birdsong) is paused since" in said
    assert "An administrator must ask for its voice back." in said
    assert "1 answer waits." in said
    assert 'href="/settings/channels"' in said


def test_a_sick_account_is_told_with_what_was_found(
    ticket: Ticket, supervisor: User, agent: User, signed_in: Any
) -> None:
    sick = Checkup(account_id=ticket.account_id, problems=["The token ends tomorrow.", "And more."])
    sick.sick_since = now() - timedelta(minutes=7)
    db.session.add(sick)
    db.session.commit()
    assert banners(signed_in(supervisor)) == ""
    sick.told_at = now()
    db.session.commit()
    said = banners(signed_in(supervisor))
    assert "@region on Chirp (Birdsong) does not work as it should since" in said
    assert "The token ends tomorrow." in said
    assert banners(signed_in(agent)) == ""


def test_who_may_repair_it_is_led_there(paused: Ticket, admin: User, signed_in: Any) -> None:
    assert 'href="/settings/channels"' in banners(signed_in(admin))
    assert 'href="/settings/channels"' in banners(signed_in(admin), "/settings/people")


def test_agents_are_told_nothing_and_it_costs_them_nothing(
    paused: Ticket, agent: User, signed_in: Any
) -> None:
    client = signed_in(agent)
    assert banners(client) == ""
    with counted() as statements:
        client.get("/inbox")
    assert not any("spending" in statement for statement in statements)


def test_a_ceiling_that_is_reached_names_it_and_the_month(
    ticket: Ticket, supervisor: User, signed_in: Any
) -> None:
    spend(ticket, "50")
    said = banners(signed_in(supervisor)).replace("\xa0", " ")
    assert "Answers on Chirp (Birdsong) wait: the ceiling of 50 USD for" in said
    assert "is reached." in said


def test_a_ceiling_that_is_near_tells_what_was_spent(
    ticket: Ticket, supervisor: User, signed_in: Any
) -> None:
    spend(ticket, "49.5")
    said = banners(signed_in(supervisor)).replace("\xa0", " ")
    assert re.search(r"have cost 49[.,]50 of 50 USD in", said)


def test_answers_that_wait_for_a_persons_word_lead_to_their_list(
    ticket: Ticket, supervisor: User, signed_in: Any
) -> None:
    message = outbox.reply(ticket, "Bonjour.", visibility="public", by=None)
    message.delivery, message.next_at = DeliveryStatus.UNKNOWN, None
    db.session.commit()
    said = banners(signed_in(supervisor))
    assert "It is not known whether 1 answer on Chirp (Birdsong) arrived." in said
    assert 'href="/inbox?view=undecided"' in said


def test_an_open_list_is_told_when_an_account_is_paused(
    paused: Ticket, supervisor: User, signed_in: Any
) -> None:
    fragment = signed_in(supervisor).get("/inbox", headers={"HX-Request": "true"}).text
    assert re.search(r'<div id="banners"[^>]*hx-swap-oob="true"', fragment)
    assert "is paused since" in fragment


def test_the_banners_cost_one_statement(paused: Ticket, supervisor: User, signed_in: Any) -> None:
    client = signed_in(supervisor)
    with counted() as statements:
        client.get("/inbox")
    assert len(statements) <= MOST_FOR_A_LIST, statements
    assert sum("spending" in statement for statement in statements) == 1
