"""What waits for a person's word, as other rooms may ask."""

from datetime import timedelta

import pytest

from hub.clock import now
from hub.extensions import db
from hub.outbox import actions as outbox
from hub.outbox import decisions
from hub.outbox.alerts import alerts
from hub.outbox.decisions import Unknown
from hub.tickets.models import DeliveryStatus, Message, Ticket
from tests.chirp import create_chirp_ticket
from tests.statements import counted


@pytest.fixture
def ticket(chirp) -> Ticket:
    return create_chirp_ticket()


def doubt(ticket: Ticket, *, hours: float, decided_by_a_person: bool) -> Message:
    message = outbox.reply(ticket, "Bonjour.", visibility="public", by=None)
    message.delivery = DeliveryStatus.UNKNOWN
    message.doubted_at = now() - timedelta(hours=hours)
    message.next_at = None if decided_by_a_person else now()
    db.session.commit()
    return message


def test_without_doubts_there_is_nothing_to_tell(ticket):
    outbox.reply(ticket, "Bonjour.", visibility="public", by=None)
    assert decisions.unknown() == Unknown(0, None, 0, None)
    assert alerts() == []


def test_the_oldest_doubt_and_the_oldest_that_waits_for_a_person_are_told_in_one_statement(ticket):
    oldest = doubt(ticket, hours=9, decided_by_a_person=False)
    waits = doubt(ticket, hours=5, decided_by_a_person=True)
    doubt(ticket, hours=1, decided_by_a_person=True)
    expected = Unknown(3, oldest.doubted_at, 2, waits.doubted_at)
    with counted() as statements:
        assert decisions.unknown() == expected
    assert len(statements) == 1


def test_supervisors_are_told_of_what_waits_for_a_person_alone(ticket):
    doubt(ticket, hours=9, decided_by_a_person=False)
    assert alerts() == []
    doubt(ticket, hours=5, decided_by_a_person=True)
    (alert,) = alerts()
    assert (alert.channel, alert.undecided, alert.broken_because) == ("chirp", 1, "")
