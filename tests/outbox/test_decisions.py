"""What waits for a person's word, as other rooms may ask."""

from datetime import timedelta

import pytest

from hub.clock import now
from hub.extensions import db
from hub.outbox import actions as outbox
from hub.outbox.alerts import alerts
from hub.tickets.models import DeliveryStatus, Message, Ticket
from tests.chirp import create_chirp_ticket


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
    assert alerts() == []


def test_supervisors_are_told_of_what_waits_for_a_person_alone(ticket):
    doubt(ticket, hours=9, decided_by_a_person=False)
    assert alerts() == []
    doubt(ticket, hours=5, decided_by_a_person=True)
    (alert,) = alerts()
    assert (alert.channel, alert.undecided, alert.broken_because) == ("chirp", 1, "")
