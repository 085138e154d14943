"""Putting tickets aside, waking them, and saying how soon they should be answered."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from hub.accounts.models import User
from hub.channels.base import Author, Refused
from hub.clock import now
from hub.deadlines.targets import Priority, due_at
from hub.extensions import db
from hub.intake import actions as intake
from hub.outbox import actions as outbox
from hub.tickets import actions, planning
from hub.tickets.actions import NotAllowedNow
from hub.tickets.models import Event, EventKind, Ticket
from tests.builders import at, create_department, create_ticket, inbound
from tests.fake import Fake, mention


def now_is(ticket: Ticket) -> Ticket:
    db.session.rollback()
    return db.session.get_one(Ticket, ticket.id, populate_existing=True)


def kinds(ticket: Ticket) -> list[str]:
    db.session.rollback()
    query = select(Event.kind).where(Event.ticket_id == ticket.id).order_by(Event.id)
    return list(db.session.scalars(query))


def create_sleeping(until: timedelta = timedelta(hours=2), **values: Any) -> Ticket:
    ticket = create_ticket(create_department("transports"), **values)
    planning.snooze(ticket, now() + until, by=None)
    return ticket


# --- Putting aside ------------------------------------------------------------------------------


def test_putting_aside_leaves_the_wait_and_the_deadline_as_they_are(agent: User) -> None:
    ticket = create_ticket(create_department("transports"))
    waiting, due = ticket.waiting_since, ticket.due_at
    until = now() + timedelta(days=3)
    planning.snooze(ticket, until, by=agent)
    found = now_is(ticket)
    assert found.snoozed_until == until
    assert (found.waiting_since, found.due_at) == (waiting, due)
    assert kinds(ticket)[-1] == EventKind.SNOOZED


def test_a_closed_ticket_is_not_put_aside(agent: User) -> None:
    ticket = create_ticket(create_department("transports"))
    actions.close(ticket, by=agent)
    with pytest.raises(NotAllowedNow):
        planning.snooze(ticket, now() + timedelta(days=1), by=agent)
    assert now_is(ticket).snoozed_until is None


def test_nothing_stays_put_aside_when_it_is_closed_or_given_away(agent: User) -> None:
    closed, given = create_sleeping(), create_sleeping()
    actions.close(closed, by=agent)
    actions.transfer(given, create_department("lycees"), "Pour eux.", by=agent)
    assert now_is(closed).snoozed_until is None
    assert now_is(given).snoozed_until is None


# --- Waking -------------------------------------------------------------------------------------


def test_tickets_wake_by_themselves_when_their_time_has_come(app: Any, work: Any) -> None:
    with time_machine.travel(at("2026-11-23 09:00"), tick=False) as clock:
        soon = [create_sleeping() for _number in range(planning.HANDFUL + 3)]
        later = create_sleeping(timedelta(hours=3))
        clock.move_to(at("2026-11-23 11:00"))
        work()
        assert all(now_is(ticket).snoozed_until is None for ticket in soon)
        assert all(kinds(ticket).count(EventKind.WOKEN) == 1 for ticket in soon)
        assert now_is(later).snoozed_until is not None


def test_a_handful_is_woken_at_once_so_that_others_come_in_between(app: Any) -> None:
    with time_machine.travel(at("2026-11-23 09:00"), tick=False) as clock:
        for _number in range(planning.HANDFUL + 1):
            create_sleeping()
        clock.move_to(at("2026-11-23 11:00"))
        assert planning.wake_due()
        assert len(planning.due()) == 1
        assert not planning.wake_due()


def test_what_was_put_aside_anew_meanwhile_sleeps_on(app: Any, monkeypatch: Any) -> None:
    with time_machine.travel(at("2026-11-23 09:00"), tick=False) as clock:
        ticket = create_sleeping()
        clock.move_to(at("2026-11-23 11:00"))
        planning.snooze(ticket, now() + timedelta(hours=1), by=None)
        monkeypatch.setattr(planning, "due", lambda: [ticket.id])
        planning.wake_due()
        assert now_is(ticket).snoozed_until == at("2026-11-23 12:00")


def test_the_citizen_wakes_it_at_once_by_writing(app: Any) -> None:
    citizen = {
        "conversation": "messenger:777",
        "author": Author(external_id="777", name="Nolwenn Tanguy"),
    }
    ticket, other = create_sleeping(message=citizen), create_sleeping()
    intake.receive("facebook", inbound(**citizen, text="Toujours rien ?"))
    assert now_is(ticket).snoozed_until is None
    assert kinds(ticket)[-2:] == [EventKind.RECEIVED, EventKind.WOKEN]
    assert now_is(other).snoozed_until is not None


def test_an_answer_that_is_refused_wakes_its_ticket(fake: Fake, agent: User, work: Any) -> None:
    ticket = intake.receive("fake", mention()).ticket
    outbox.reply(ticket, "Bonjour.", visibility="private", by=agent)
    planning.snooze(ticket, now() + timedelta(days=1), by=agent)
    fake.answers = [Refused("no")]
    work()
    assert now_is(ticket).snoozed_until is None


# --- Priority -----------------------------------------------------------------------------------


def test_a_priority_moves_the_deadline(agent: User) -> None:
    ticket = create_ticket(create_department("transports"))
    planning.prioritise(ticket, Priority.URGENT, by=agent)
    found = now_is(ticket)
    assert found.waiting_since is not None
    assert found.due_at == due_at(found.waiting_since, Priority.URGENT)
    assert found.due_at < due_at(found.waiting_since, Priority.NORMAL)
    assert kinds(ticket)[-1] == EventKind.PRIORITISED


def test_the_same_priority_again_writes_nothing(agent: User) -> None:
    ticket = create_ticket(create_department("transports"))
    before = kinds(ticket)
    planning.prioritise(ticket, Priority.NORMAL, by=agent)
    assert kinds(ticket) == before


def test_what_waits_for_nothing_has_no_deadline_whatever_its_priority(agent: User) -> None:
    ticket = create_ticket(create_department("transports"))
    actions.close(ticket, by=agent)
    planning.prioritise(ticket, Priority.URGENT, by=agent)
    assert now_is(ticket).due_at is None
    actions.reopen(ticket, by=agent)
    found = now_is(ticket)
    assert found.due_at == due_at(found.waiting_since, Priority.URGENT)
