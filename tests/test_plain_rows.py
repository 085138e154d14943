"""Columns read without the session's part."""

from sqlalchemy import bindparam, select

from hub.clock import now
from hub.extensions import db
from hub.plain_rows import plain_rows
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
