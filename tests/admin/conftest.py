"""A hub with something in it."""

import io
from decimal import Decimal

import pytest
from flask import Flask

from hub import files
from hub.accounts.models import User
from hub.channels.base import Author, Price
from hub.clock import now
from hub.extensions import db
from hub.intake import actions as intake
from hub.intake import deliveries
from hub.intake.models import KeptItem
from hub.outbox import actions as outbox
from hub.outbox import spending
from hub.outbox.models import Attempt
from hub.people import codes as awaited
from hub.people import corrections, dismissing, links
from hub.queue import Tick
from hub.regrouping import actions as regrouping
from hub.regrouping.models import LinkKind
from hub.tickets import actions as tickets
from hub.tickets import codes
from hub.tickets.models import Attachment, Part
from tests.builders import create_department, create_rule, create_ticket, create_user, inbound


@pytest.fixture
def filled(app: Flask) -> Flask:
    """A hub with something in most tables: links to oneself, bytes, JSON, files, odd letters."""
    department = create_department("transports", name="Œuvres & « mobilités » 🚆")
    user = create_user(departments=[department])
    create_rule(department, words=["train", "é"], unless=[])
    later = create_ticket(department)
    earlier = create_ticket(department)
    later.previous = earlier  # refers to a row with a higher id
    key, size = files.store(io.BytesIO(b"\x89PNG not really"))
    message = intake.receive("facebook", inbound(text="ligne 1\nligne 2\t\"'\\"))
    message.attachments.append(Attachment(kind="image", storage_key=key, size=size))
    tickets.tag(earlier, "Urgent", by=user)
    tickets.note(earlier, "À suivre", by=user)
    reply = outbox.reply(earlier, "Bonjour", visibility="private", by=user)
    reply.parts = [Part(number=1, account_id=reply.account_id, text="Bonjour")]
    db.session.add(Attempt(message_id=reply.id, cost=Decimal("0.015")))
    price = Price(amount=Decimal("12.345678"), currency="USD")
    spending.reserve(reply.account_id, price, None)
    delivery = deliveries.store("facebook", b"\x00\xff raw")
    db.session.add(
        KeptItem(delivery_id=delivery, position=0, reason="r", raw={"a": [1, None, "é"]})
    )
    db.session.add(KeptItem(delivery_id=delivery, position=1, reason="r", raw=None))
    db.session.add_all(Tick(name=name, next_at=now()) for name in ("b", "a_b", "B", "É", "a-b"))
    db.session.commit()
    _one_person_with_two_tickets(user)
    return app


def _one_person_with_two_tickets(user: User) -> None:
    """Linked by a code, and merged."""
    one, other = create_ticket(), create_ticket()
    message = outbox.say_automatically(other, codes.MASK, way="message", target={})
    message.details = {codes.KEY: codes.new_seed()}
    first = intake.receive("facebook", inbound(author=Author(external_id="7", name="É. Œ")))
    awaited.note_sent(one, first.identity, message, by_id=user.id)
    links.link(other.contact, one, reason="« é »", by=user)
    regrouping.merge(other, one, "twice", by=user)
    regrouping.link(one, first.ticket, LinkKind.RELATED, by=user)
    dismissing.dismiss(one.contact, first.ticket.contact, by=user)
    corrections.correct(one.contact, {"name": "É. Œ"}, by=user)
