"""What supervisors are told of accounts whose answers do not leave."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from hub.channels import accounts
from hub.channels.base import AccountBroken, Price
from hub.clock import now
from hub.extensions import db
from hub.outbox import actions as outbox
from hub.outbox import spending
from hub.outbox.alerts import alerts
from hub.tickets.models import Ticket
from tests.builders import create_account, create_ticket
from tests.chirp import create_chirp_ticket, spend
from tests.statements import counted


@pytest.fixture
def ticket(chirp) -> Ticket:
    return create_chirp_ticket()


def pause(ticket: Ticket, code: str = "muted") -> None:
    accounts.pause(ticket.account, AccountBroken(code))
    db.session.commit()


def reply(ticket: Ticket, visibility: str = "public") -> None:
    outbox.reply(ticket, "Bonjour.", visibility=visibility, by=None)


def test_when_all_is_well_there_is_nothing_to_tell(ticket):
    create_ticket()
    spend(ticket, "47.49")
    assert alerts() == []


def test_a_paused_account_tells_why_since_when_and_what_waits(ticket):
    reply(ticket)
    reply(ticket)
    reply(create_ticket(), "private")  # of another account
    pause(ticket)
    (alert,) = alerts()
    assert (alert.channel, alert.account, alert.broken_because) == ("chirp", "@region", "muted")
    assert alert.since == ticket.account.broken_at
    assert alert.waiting == 2


def test_an_account_the_council_gave_up_is_no_alert(ticket):
    pause(ticket, "disconnected")
    assert alerts() == []


def test_an_account_of_a_channel_that_is_switched_off_is_no_alert(app, ticket):
    pause(ticket)
    channels = app.extensions["hub.channels"]
    chirp = channels.pop("chirp")
    assert alerts() == []
    channels["chirp"] = chirp


@pytest.mark.parametrize(("amount", "reached"), [("47.50", False), ("49.99", False), ("50", True)])
def test_a_ceiling_is_told_of_before_it_is_reached(ticket, amount, reached):
    spend(ticket, amount)
    (alert,) = alerts()
    assert alert.spent == Price(amount=Decimal(amount), currency="USD")
    assert (alert.ceiling.amount, alert.is_reached, alert.waiting) == (50, reached, 0)


def test_answers_that_wait_for_money_say_that_the_ceiling_is_reached(ticket, work):
    reply(ticket)
    reply(ticket)
    spend(ticket, "49.98")
    work()
    (alert,) = alerts()
    assert (alert.is_reached, alert.waiting) == (True, 1)


def test_a_new_month_begins_with_no_alert(ticket):
    spend(ticket, "50")
    with time_machine.travel(spending.next_month(now()) + timedelta(hours=1)):
        assert alerts() == []


def test_without_a_ceiling_money_is_no_alert(chirp, ticket):
    chirp.ceiling = None
    spend(ticket, "5000")
    assert alerts() == []


def test_it_is_one_statement_however_many_accounts_there_are(ticket):
    for number in range(4):
        account = create_account(external_id=f"page {number}")
        accounts.pause(account, AccountBroken("token_dead"))
    db.session.commit()
    with counted() as statements:
        assert len(alerts()) == 4
    assert len(statements) == 1
