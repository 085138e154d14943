"""An echo carries no more than a text, and not always the very text that was sent."""

import pytest

from hub.channels.base import OutcomeUnknown
from hub.extensions import db
from hub.intake import actions as intake
from hub.outbox import actions as outbox
from hub.tickets.models import DeliveryStatus
from tests.fake import echo, mention


@pytest.fixture
def settled(fake, work):
    """Gives a function: what was said, its fate unknown, and what the echo says -> the fate."""

    def hear(said: str, heard: str) -> str | None:
        ticket = intake.receive("fake", mention()).ticket
        fake.answers = [OutcomeUnknown("no_answer")]
        message = outbox.reply(ticket, said, visibility="public", by=None)
        work()
        intake.echo("fake", echo(heard, "p1"))
        db.session.expire_all()
        return message.delivery

    return hear


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("Voir montvallee.fr/aide", "Voir http://montvallee.fr/aide"),
        ("Bonjour.\n\nMerci.", "Bonjour. Merci."),
        ("La re\u0301gion", "La r\u00e9gion"),
        ("@nolwenn Bonjour", "Bonjour"),
        ("Bonjour", "@nolwenn @elue@social.example Bonjour"),
    ],
)
def test_an_echo_is_known_whatever_the_platform_did_to_its_looks(settled, said, heard):
    assert settled(said, heard) == DeliveryStatus.SENT


@pytest.mark.parametrize(
    ("said", "heard"), [("Bonjour @nolwenn", "Bonjour"), ("@nolwenn", "@elue"), ("Oui.", "Non.")]
)
def test_another_text_is_no_echo(settled, said, heard):
    assert settled(said, heard) == DeliveryStatus.UNKNOWN
