"""A council that leaves a network keeps its own record, and nothing of the citizens'."""

import io

import pytest
from sqlalchemy import select

from hub import files
from hub.channels import accounts
from hub.channels.base import Author
from hub.extensions import db
from hub.intake import actions as intake
from hub.intake import deliveries
from hub.intake.models import Delivery
from hub.outbox import actions as outbox
from hub.outbox.refusals import ChannelUnusable
from hub.people import links
from hub.people.models import Clue, IdentityLink
from hub.tickets.history import record
from hub.tickets.models import (
    Attachment,
    DeliveryStatus,
    Event,
    EventKind,
    FileState,
    Message,
    State,
    Ticket,
)
from hub.tickets.people import Contact, Identity
from tests.builders import PAGE_ID, create_account, create_ticket, create_user, inbound


@pytest.fixture
def disconnect(app):
    """Gives a function: options -> the result of `channels disconnect` for the page."""
    runner = app.test_cli_runner()

    def run(*options: str):
        done = runner.invoke(
            args=["channels", "disconnect", "facebook", PAGE_ID, "--yes", *options]
        )
        db.session.rollback()
        return done

    return run


def test_answers_that_have_not_left_are_stopped_and_their_tickets_wait_again(disconnect, app):
    ticket = create_ticket()
    message = outbox.reply(ticket, "Bonjour", visibility="private", by=create_user())

    done = disconnect()

    assert "1 answers were stopped" in done.output
    assert message.delivery == DeliveryStatus.FAILED
    assert message.error_code == "disconnected"
    assert ticket.state == State.OPEN
    assert ticket.waiting_since is not None


def test_what_may_have_been_said_is_left_to_a_person(disconnect, app):
    message = outbox.reply(create_ticket(), "Bonjour", visibility="private", by=create_user())
    message.delivery = DeliveryStatus.UNKNOWN
    db.session.commit()
    disconnect()
    assert (message.delivery, message.next_at) == (DeliveryStatus.UNKNOWN, None)
    told = db.session.scalars(select(Event.data).where(Event.kind == EventKind.UNSETTLED)).one()
    assert told["code"] == "disconnected"


def test_the_credentials_are_forgotten_and_nothing_more_is_sent(disconnect, app):
    create_account()
    assert disconnect().exit_code == 0
    account = create_account()
    assert account.sealed_credentials == ""
    assert account.broken_because == "disconnected"


def test_nothing_more_can_be_answered(disconnect, app):
    ticket = create_ticket()
    disconnect()
    with pytest.raises(ChannelUnusable):
        outbox.reply(ticket, "Bonjour", visibility="private", by=None)


def test_what_still_comes_in_is_not_filed_until_the_account_is_connected_again(disconnect, app):
    create_ticket()
    disconnect()
    with pytest.raises(intake.UnknownAccount):
        intake.receive("facebook", inbound(external_id="m_late"))
    accounts.connect("facebook", PAGE_ID, name="Région", credentials={"access_token": "new"})
    assert intake.receive("facebook", inbound(external_id="m_late")).external_id == "m_late"


def test_what_citizens_wrote_stays_unless_it_is_to_be_erased(disconnect, app):
    ticket = create_ticket(message={"text": "Où est mon car ?"})
    disconnect()
    assert ticket.subject == "Où est mon car ?"


def test_erasing_leaves_the_councils_own_words_and_nothing_of_the_citizens(disconnect, app):
    author = Author(external_id="25000000000000123", name="Yann Le Gall", handle="@yann")
    ticket = create_ticket(message={"text": "Mon fils est malade", "author": author})
    key, size = files.store(io.BytesIO(b"letter"))
    (theirs,) = db.session.scalars(select(Message).where(Message.ticket_id == ticket.id))
    theirs.attachments.append(
        Attachment(kind="file", storage_key=key, size=size, state=FileState.STORED)
    )
    outbox.reply(ticket, "Nous vous rappelons.", visibility="private", by=create_user())
    record(ticket, EventKind.NAMED, name=author.name)
    deliveries.store("facebook", b'{"raw": "Mon fils est malade"}')
    web = intake.receive("web", inbound(account=create_account("web").external_id, text="Autre"))
    db.session.commit()

    done = disconnect("--erase")

    assert "erased in 1 tickets" in done.output
    texts = db.session.scalars(
        select(Message.text).where(Message.ticket_id == ticket.id).order_by(Message.id)
    ).all()
    assert texts == ["", "Nous vous rappelons."]
    assert ticket.subject == ""
    assert ticket.contact.name == ""
    named = select(Identity.name).where(Identity.external_id == author.external_id)
    assert db.session.scalars(named).all() == [""]
    history = db.session.scalars(select(Event.data).where(Event.ticket_id == ticket.id)).all()
    assert author.name not in str(history)
    assert db.session.scalars(select(Delivery.id)).all() == []
    assert not files.path(key).exists()
    assert web.text == "Autre"


def test_a_person_known_by_the_form_too_keeps_the_name_given_there(disconnect, app):
    ticket = create_ticket()
    ticket.contact.email = "yann@example.org"
    ticket.contact.name = "Yann Le Gall"
    db.session.commit()
    disconnect("--erase")
    assert ticket.contact.name == "Yann Le Gall"


def test_erasing_leaves_nothing_of_who_was_known_to_be_whom(disconnect, app):
    agent = create_user()
    there = create_ticket(message={"author": Author(external_id="1", name="Nolwenn Tanguy")})
    create_account("web", external_id="contact")
    message = inbound(account="contact", author=Author(external_id="form:1"), conversation="form:1")
    here = intake.receive("web", message).ticket
    links.link(there.contact, here, reason="Nolwenn said so", by=agent)
    assert here.contact.name == "Nolwenn Tanguy"
    disconnect("--erase")
    rows = [*db.session.scalars(select(Contact)), *db.session.scalars(select(IdentityLink))]
    kept = [str(vars(row)) for row in rows]
    kept += [str(event.data) for event in db.session.scalars(select(Event))]
    kept += [clue.value for clue in db.session.scalars(select(Clue))]
    assert [text for text in kept if "nolwenn" in text.lower()] == []
    links.undo(db.session.scalars(select(IdentityLink)).one(), by=agent)
    assert there.contact_id != here.contact_id


def test_an_account_that_nobody_connected_is_said_to_be_unknown(disconnect, app):
    assert "No facebook account" in disconnect().output
    assert db.session.scalars(select(Ticket.id)).all() == []
