"""Columns read without the session's part, in statements that are kept."""

from datetime import timedelta

import time_machine
from sqlalchemy import bindparam, select

from hub.channels import registry
from hub.clock import now, present
from hub.extensions import db
from hub.plain_rows import plain_ids, plain_rows
from hub.tickets.models import Ticket
from tests.builders import create_department, create_ticket

OF_ONE = select(Ticket.subject, Ticket.opened_at).where(Ticket.id == bindparam("number"))


def test_they_have_what_was_changed_and_is_not_written_yet(app):
    ticket = create_ticket(create_department("transports"))
    ticket.subject = "Un autre sujet"
    assert plain_rows(OF_ONE, {"number": ticket.id}).one().subject == "Un autre sujet"


def test_their_values_are_those_of_the_columns_types(app):
    ticket = create_ticket(create_department("transports"))
    db.session.expire_all()
    row = plain_rows(OF_ONE, {"number": ticket.id}).one()
    assert row.opened_at.tzinfo is now().tzinfo
    assert row.opened_at == ticket.opened_at


def test_a_statement_that_is_kept_knows_the_instant_of_each_run(app):
    ticket = create_ticket(create_department("transports"))
    already_there = select(Ticket.id).where(Ticket.id == ticket.id, Ticket.opened_at <= present())
    with time_machine.travel(ticket.opened_at - timedelta(seconds=1), tick=False):
        assert plain_ids(already_there) == []
    with time_machine.travel(ticket.opened_at, tick=False):
        assert plain_ids(already_there) == [ticket.id]


def test_and_the_channels_that_are_on_then(app, monkeypatch):
    ticket = create_ticket(create_department("transports"))
    on = select(Ticket.id).where(Ticket.channel.in_(registry.slugs_on()))
    assert plain_ids(on) == [ticket.id]
    monkeypatch.setitem(app.extensions, "hub.channels", {})
    assert plain_ids(on) == []
