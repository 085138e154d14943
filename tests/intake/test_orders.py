"""Clocks and states, in whatever order the platform tells what happened."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from hub.channels.base import Deleted, Echo, Edited, Receipt
from hub.clock import now
from hub.extensions import db
from hub.intake import actions, threads
from hub.tickets import actions as tickets
from hub.tickets.models import DeliveryStatus, Message, State, Ticket
from tests.alongside import alongside
from tests.builders import (
    PAGE_ID,
    at,
    comment,
    create_account,
    create_department,
    inbound,
)


@pytest.fixture(autouse=True)
def council(app: Flask) -> None:
    create_account()
    create_department("accueil")


def receive(**values: Any) -> Message:
    return actions.receive("facebook", inbound(**values))


def answer_outside(time: str, **values: Any) -> None:
    said = {
        "account": PAGE_ID,
        "external_id": f"m_OUT_{time}",
        "visibility": "private",
        "text": "Bonjour, il est complet.",
        "posted_at": at(time),
        "conversation": "messenger:25000000000000777",
        **values,
    }
    actions.echo("facebook", Echo(**said))


def remove(external_id: str | None) -> None:
    gone = Deleted(account=PAGE_ID, external_id=external_id or "", deleted_at=now())
    actions.delete("facebook", gone)


def test_a_late_message_that_was_answered_already_leaves_the_ticket_waiting_for_the_citizen():
    receive(posted_at=at("2026-11-10 08:00"))
    answer_outside("2026-11-10 09:00")
    ticket = receive(posted_at=at("2026-11-10 08:30")).ticket
    assert (ticket.waiting_since, ticket.state) == (None, State.WAITING)


def test_a_message_removed_before_it_came_asks_for_nothing():
    receive(posted_at=at("2026-11-10 08:00"))
    answer_outside("2026-11-10 09:00")
    remove("m_gone")
    ticket = receive(external_id="m_gone").ticket
    assert (ticket.waiting_since, ticket.state) == (None, State.WAITING)


def test_what_the_council_had_said_before_the_citizen_wrote_is_no_first_reply():
    ticket = receive(posted_at=at("2026-11-10 08:00")).ticket
    answer_outside("2026-11-09 17:00")
    assert ticket.first_reply_at is None
    assert ticket.waiting_since == at("2026-11-10 08:00")
    answer_outside("2026-11-10 09:00")
    assert ticket.first_reply_at == at("2026-11-10 09:00")


def test_a_question_that_comes_after_its_answer_finds_its_first_reply():
    receive(posted_at=at("2026-11-10 09:00"))
    answer_outside("2026-11-10 08:45")
    ticket = receive(posted_at=at("2026-11-10 08:30")).ticket
    assert ticket.received_at == at("2026-11-10 08:30")
    assert ticket.first_reply_at == at("2026-11-10 08:45")
    assert ticket.waiting_since == at("2026-11-10 09:00")


def test_removing_the_oldest_question_moves_the_wait_to_the_next():
    first = receive(posted_at=at("2026-11-10 08:00"))
    second = receive(posted_at=at("2026-11-10 09:00"))
    remove(first.external_id)
    assert second.ticket.waiting_since == at("2026-11-10 09:00")


def test_an_answer_leaves_a_closed_ticket_closed_and_reopening_finds_it_answered():
    ticket = receive(posted_at=at("2026-11-10 08:00")).ticket
    tickets.close(ticket, by=None)
    answer_outside("2026-11-10 09:00")
    assert ticket.state == State.CLOSED
    tickets.reopen(ticket, by=None)
    assert (ticket.waiting_since, ticket.state) == (None, State.OPEN)
    assert ticket.first_reply_at == at("2026-11-10 09:00")


def test_a_transfer_moves_no_clock():
    ticket = receive(posted_at=at("2026-11-10 08:00")).ticket
    tickets.transfer(ticket, create_department("rh"), "RH", by=None)
    assert ticket.waiting_since == ticket.received_at == at("2026-11-10 08:00")


# --- Words that must not stay -----------------------------------------------------------------


def edit(message: Message, text: str) -> None:
    changed = inbound(external_id=message.external_id, text=text)
    actions.edit("facebook", Edited(message=changed, edited_at=now()))


def test_a_changed_first_message_changes_the_subject_made_of_it():
    stored = receive(text="Mon numéro est le 06")
    edit(stored, "Rappelez-moi")
    assert stored.ticket.subject == "Rappelez-moi"


def test_a_message_whose_edit_came_first_stands_where_it_was_written():
    """Messenger tells when a message was changed, and not when it was written."""
    changed = inbound(external_id="m_1", text="Où en est-on ?", posted_at=at("2026-11-10 09:00"))
    actions.edit("facebook", Edited(message=changed, edited_at=at("2026-11-10 09:00")))
    receive(external_id="m_2", posted_at=at("2026-11-10 08:30"))
    first = receive(external_id="m_1", text="Où en est on ?", posted_at=at("2026-11-10 08:00"))
    assert (first.text, first.posted_at) == ("Où en est-on ?", at("2026-11-10 08:00"))
    ticket = first.ticket
    assert (ticket.received_at, ticket.waiting_since) == (first.posted_at, first.posted_at)


def test_a_removal_after_an_edit_takes_all_its_words_out_of_the_subject():
    stored = receive(text="Mon numéro est le 06")
    edit(stored, "Rappelez-moi")
    remove(stored.external_id)
    assert stored.ticket.subject == ""


@pytest.mark.parametrize("text", ["x" * 150, "https://region.example/" + "a" * 150])
def test_a_subject_of_one_long_word_shows_its_beginning(text: str):
    assert threads.subject_of(text) == text[:100] + "…"


# --- Departments --------------------------------------------------------------------------------


def test_a_ticket_that_follows_another_does_not_go_to_a_department_that_was_switched_off():
    rh = create_department("rh")
    old = receive().ticket
    tickets.transfer(old, rh, "candidature", by=None)
    tickets.close(old, by=None)
    rh.active = False
    db.session.commit()
    with time_machine.travel(now() + timedelta(days=30)):
        ticket = receive(text="Merci").ticket
    assert (ticket.department.slug, ticket.previous_id) == ("accueil", old.id)


# --- Receipts ---------------------------------------------------------------------------------


def sent(ticket: Ticket, **values: Any) -> Message:
    message = Message(
        **{
            "ticket_id": ticket.id,
            "account_id": ticket.account_id,
            "conversation": "public:elsewhere",
            "direction": "out",
            "visibility": "private",
            "text": "Bonjour.",
            "posted_at": at("2026-11-10 09:00"),
            "sent_at": at("2026-11-10 09:00"),
            "delivery": DeliveryStatus.SENT,
            **values,
        }
    )
    db.session.add(message)
    db.session.commit()
    return message


def read_until(time: str, **values: Any) -> None:
    receipt = Receipt(
        **{
            "account": PAGE_ID,
            "conversation": "messenger:25000000000000777",
            "status": "read",
            "until": at(time),
            **values,
        }
    )
    actions.note_receipt("facebook", receipt)


def test_a_receipt_notes_what_was_read_and_nothing_else():
    ticket = receive().ticket
    other = actions.receive("facebook", comment(conversation="public:other")).ticket
    early, late = sent(ticket), sent(ticket, sent_at=at("2026-11-10 11:00"))
    public, elsewhere = sent(ticket, visibility="public"), sent(other)
    read_until("2026-11-10 10:00")
    read_until("2026-11-10 10:30")
    db.session.expire_all()
    assert early.read_at == at("2026-11-10 10:00")
    assert [late.read_at, public.read_at, elsewhere.read_at] == [None, None, None]


def test_a_receipt_of_delivery_says_nothing_of_reading():
    message = sent(receive().ticket)
    read_until("2026-11-10 10:00", status="delivered")
    db.session.expire_all()
    assert message.read_at is None


# --- At the same time -----------------------------------------------------------------------------


def test_a_removal_while_its_message_is_being_filed_takes_the_text(app: Flask):
    receive(text="le premier")
    db.session.rollback()
    filing, leave = threading.Event(), threading.Event()

    def hold(_message: Message) -> None:
        filing.set()
        leave.wait(5)

    late = inbound(external_id="m_late", text="Mon numéro est le 06")
    citizen = alongside(app, lambda: actions.receive("facebook", late, also=hold))
    assert filing.wait(5)
    worker = alongside(app, lambda: remove("m_late"))
    worker.join(0.3)
    leave.set()
    for thread in (citizen, worker):
        thread.join(10)
    stored = db.session.scalars(select(Message).where(Message.external_id == "m_late")).one()
    assert stored.text == ""


def test_an_edit_that_overtakes_a_removal_does_not_bring_the_text_back(
    app: Flask, monkeypatch: pytest.MonkeyPatch
):
    stored = receive(text="Mon numéro est le 06")
    external_id = stored.external_id
    db.session.rollback()
    removing, leave = threading.Event(), threading.Event()
    blank = actions._blank

    def slowly(message: Message, instant: Any) -> None:
        blank(message, instant)
        db.session.flush()
        removing.set()
        leave.wait(5)

    monkeypatch.setattr(actions, "_blank", slowly)
    changed = inbound(external_id=external_id, text="Mon numéro est le 07")
    first = alongside(app, lambda: remove(external_id))
    assert removing.wait(5)
    change = Edited(message=changed, edited_at=now())
    second = alongside(app, lambda: actions.edit("facebook", change))
    second.join(0.3)
    leave.set()
    for thread in (first, second):
        thread.join(10)
    assert db.session.scalars(select(Message.text)).one() == ""
