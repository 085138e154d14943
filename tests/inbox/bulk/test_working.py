"""Changes of many tickets: each once, under the rights of the person, whoever dies meanwhile."""

from collections.abc import Sequence
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from hub.accounts.models import Membership, User
from hub.clock import now
from hub.extensions import db
from hub.inbox.bulk import actions as bulk
from hub.inbox.bulk import choosing, doing, working
from hub.inbox.bulk.models import Action, BulkItem, BulkJob, ItemState
from hub.inbox.selection import Selection, View
from hub.tickets import actions
from hub.tickets.models import (
    Consultation,
    Event,
    EventKind,
    Follower,
    State,
    Tag,
    Ticket,
)
from tests.builders import at, create_department, create_ticket, create_user


@pytest.fixture
def tickets(agent: User) -> list[Ticket]:
    """Of the agent's department."""
    return [create_ticket(create_department("transports")) for _number in range(3)]


@pytest.fixture
def others(agent: User) -> list[Ticket]:
    """Of a department that is not the agent's."""
    return [create_ticket(create_department("lycees")) for _number in range(2)]


def references(tickets: Sequence[Ticket]) -> list[str]:
    return [ticket.reference for ticket in tickets]


def begin(action: Action, tickets: Sequence[Ticket], by: User, **args: Any) -> BulkJob:
    return bulk.begin(action, choosing.ticked(by, references(tickets)), by=by, **args)


def now_is(ticket: Ticket) -> Ticket:
    db.session.rollback()
    return db.session.get_one(Ticket, ticket.id, populate_existing=True)


def items(job: BulkJob) -> dict[int, tuple[str, str]]:
    """Ticket id -> where it stands, and why it was refused."""
    db.session.rollback()
    rows = db.session.scalars(
        select(BulkItem).where(BulkItem.job_id == job.id).execution_options(populate_existing=True)
    )
    return {item.ticket_id: (item.state, item.problem) for item in rows}


def states(job: BulkJob) -> list[str]:
    return [state for state, _problem in items(job).values()]


def count_events(kind: EventKind) -> int:
    db.session.rollback()
    return len(db.session.scalars(select(Event.id).where(Event.kind == kind)).all())


# --- Choosing -------------------------------------------------------------------------------------


def test_a_job_never_reaches_a_ticket_that_its_person_may_not_work_on(
    agent: User, tickets: list[Ticket], others: list[Ticket]
) -> None:
    """Not even one that they may read and follow."""
    ours, asked = {ticket.id for ticket in tickets}, others[0].id
    db.session.add(
        Consultation(ticket_id=asked, user_id=agent.id, question="?", asked_by_id=agent.id)
    )
    db.session.add(Follower(ticket_id=asked, user_id=agent.id))
    db.session.commit()
    assert set(items(begin(Action.CLOSE, [*tickets, *others], agent))) == ours
    for view in View:
        chosen = choosing.matching(agent, Selection(view=view))
        assert set(db.session.scalars(chosen)) <= ours
    everything = choosing.matching(agent, Selection(view=View.ALL))
    assert set(items(bulk.begin(Action.CLOSE, everything, by=agent))) == ours


def test_all_that_matches_is_what_the_filters_leave_and_no_more(
    supervisor: User, tickets: list[Ticket], others: list[Ticket]
) -> None:
    closed = tickets[0]
    actions.close(closed, by=supervisor)
    chosen = choosing.matching(
        supervisor, Selection(view=View.ALL, department="transports", state="new")
    )
    job = bulk.begin(Action.TAG, chosen, by=supervisor, tag="grève")
    assert set(items(job)) == {ticket.id for ticket in tickets[1:]}


def test_what_came_after_the_choice_is_left_alone(agent: User, tickets: list[Ticket]) -> None:
    job = bulk.begin(Action.CLOSE, choosing.matching(agent, Selection(view=View.ALL)), by=agent)
    later = create_ticket(create_department("transports"))
    working.work_off(job)
    assert now_is(later).state == State.NEW
    assert all(now_is(ticket).state == State.CLOSED for ticket in tickets)


def test_a_job_takes_the_first_of_the_list_where_there_are_too_many(
    agent: User, tickets: list[Ticket], monkeypatch: Any
) -> None:
    monkeypatch.setattr(bulk, "MOST", 2)
    chosen = choosing.matching(agent, Selection(view=View.TO_ANSWER))
    first = list(db.session.scalars(chosen))[:2]
    assert set(items(bulk.begin(Action.TAKE, chosen, by=agent))) == set(first)


# --- Doing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "args", "kind"),
    [
        (Action.TAKE, {}, EventKind.TAKEN),
        (Action.TRANSFER, {"reason": "Pour eux."}, EventKind.TRANSFERRED),
        (Action.TAG, {"tag": "grève"}, EventKind.TAGGED),
        (Action.PRIORITY, {"priority": "urgent"}, EventKind.PRIORITISED),
        (Action.SNOOZE, {"until": "2099-01-05T08:00:00+00:00"}, EventKind.SNOOZED),
        (Action.CLOSE, {}, EventKind.CLOSED),
    ],
)
def test_each_ticket_is_changed_as_by_hand(
    action: Action, args: dict[str, Any], kind: EventKind, agent: User, tickets: list[Ticket]
) -> None:
    if action == Action.TRANSFER:
        args = {**args, "department": create_department("lycees").id}
    job = begin(action, tickets, agent, **args)
    working.work_off(job)
    assert states(job) == [ItemState.DONE] * 3
    assert count_events(kind) == 3
    assert db.session.get_one(BulkJob, job.id).done_at is not None


def test_closing_without_an_answer_keeps_the_reason(agent: User, tickets: list[Ticket]) -> None:
    working.work_off(begin(Action.CLOSE, tickets, agent, needs_no_answer=True))
    db.session.rollback()
    closed = db.session.scalars(select(Event).where(Event.kind == EventKind.CLOSED)).all()
    assert [event.data for event in closed] == [{"needs_no_answer": True}] * 3
    found = now_is(tickets[0])
    assert (found.due_at, found.waiting_since) == (None, None)


def test_what_was_done_is_undone_the_same_way(agent: User, tickets: list[Ticket]) -> None:
    for action, args in (
        (Action.CLOSE, {}),
        (Action.REOPEN, {}),
        (Action.TAG, {"tag": "grève"}),
        (Action.UNTAG, {"tag": "grève"}),
        (Action.SNOOZE, {"until": "2099-01-05T08:00:00+00:00"}),
        (Action.WAKE, {}),
    ):
        job = begin(action, tickets, agent, **args)
        working.work_off(job)
        assert states(job) == [ItemState.DONE] * 3
    found = now_is(tickets[0])
    assert (found.state, found.snoozed_until) == (State.OPEN, None)
    assert db.session.scalars(select(Tag)).all() == []


def test_one_refusal_names_its_reason_and_stops_nobody_else(
    agent: User, tickets: list[Ticket]
) -> None:
    colleague = create_user(name="Bertrand", departments=[create_department("transports")])
    actions.take(tickets[1], colleague)
    job = begin(Action.TAKE, tickets, agent)
    working.work_off(job)
    assert items(job)[tickets[1].id] == ("refused", "taken")
    db.session.rollback()
    assert db.session.get_one(BulkItem, (job.id, tickets[1].id)).detail == "Bertrand"
    assert now_is(tickets[0]).assignee_id == now_is(tickets[2]).assignee_id == agent.id
    assert now_is(tickets[1]).assignee_id == colleague.id


def test_tickets_are_given_to_colleagues_of_their_department_alone(
    supervisor: User, tickets: list[Ticket], others: list[Ticket]
) -> None:
    colleague = create_user(name="Bertrand", departments=[create_department("transports")])
    job = begin(Action.ASSIGN, [tickets[0], others[0]], supervisor, to=colleague.id)
    working.work_off(job)
    assert items(job) == {
        tickets[0].id: ("done", ""),
        others[0].id: ("refused", "not_theirs"),
    }
    assert now_is(others[0]).assignee_id is None


def test_an_agent_does_not_give_away_what_a_colleague_holds(
    agent: User, tickets: list[Ticket]
) -> None:
    colleague = create_user(name="Bertrand", departments=[create_department("transports")])
    actions.take(tickets[0], colleague)
    job = begin(Action.ASSIGN, tickets[:1], agent, to=None)
    working.work_off(job)
    assert items(job)[tickets[0].id] == ("refused", "taken")
    assert now_is(tickets[0]).assignee_id == colleague.id


@pytest.mark.parametrize("loss", ["moved", "no_right"])
def test_the_right_counts_when_the_work_is_done(
    loss: str, agent: User, tickets: list[Ticket]
) -> None:
    job = begin(Action.CLOSE, tickets, agent)
    if loss == "no_right":
        agent.active = False
    else:
        db.session.query(Membership).filter_by(user_id=agent.id).delete()
    db.session.commit()
    working.work_off(job)
    assert set(items(job).values()) == {("refused", loss)}
    assert now_is(tickets[0]).state == State.NEW


def test_a_mistake_of_ours_is_told_and_the_rest_is_done(
    agent: User, tickets: list[Ticket], monkeypatch: Any
) -> None:
    close = actions.close

    def broken(ticket: Ticket, **values: Any) -> None:
        if ticket.id == tickets[0].id:
            raise ZeroDivisionError
        close(ticket, **values)

    monkeypatch.setattr(doing.actions, "close", broken)
    job = begin(Action.CLOSE, tickets, agent)
    working.work_off(job)
    assert items(job)[tickets[0].id] == ("refused", "unexpected")
    assert states(job).count("done") == 2


# --- Workers --------------------------------------------------------------------------------------


def test_a_worker_does_a_handful_and_lets_others_have_their_turn(
    agent: User, tickets: list[Ticket], monkeypatch: Any, work: Any
) -> None:
    monkeypatch.setattr(working, "HANDFUL", 2)
    job = begin(Action.CLOSE, tickets, agent)
    assert working.work(job.id)
    assert states(job).count("done") == 2
    work()
    assert states(job).count("done") == 3
    assert working.due() == []


def test_two_workers_on_one_job_do_nothing_twice(
    agent: User, tickets: list[Ticket], monkeypatch: Any
) -> None:
    """The second comes while the first is in the middle, its lease over."""
    job = begin(Action.TAKE, tickets, agent)
    job_id, real, met = job.id, doing.do, []

    def meanwhile(*arguments: Any) -> None:
        real(*arguments)
        if not met:
            met.append(True)
            with time_machine.travel(now() + 2 * working.LEASE):
                working.work(job_id)

    monkeypatch.setattr(doing, "do", meanwhile)
    working.work(job_id)
    assert states(job) == [ItemState.DONE] * 3
    assert count_events(EventKind.TAKEN) == 3


def test_workers_that_run_into_each_other_share_the_tickets(
    app: Flask, agent: User, monkeypatch: Any
) -> None:
    """As if no lease kept them apart."""
    tickets = [create_ticket(create_department("transports")) for _number in range(12)]
    job_id, real, done = begin(Action.CLOSE, tickets, agent).id, doing.do, []

    def noted(action: Action, ticket: Ticket, *rest: Any) -> None:
        done.append(ticket.id)
        real(action, ticket, *rest)

    def go_on() -> None:
        with app.app_context():
            while working.work(job_id):
                pass

    monkeypatch.setattr(doing, "do", noted)
    monkeypatch.setattr(working, "_claim", lambda _job_id: True)
    monkeypatch.setattr(working, "HANDFUL", 3)
    db.session.rollback()
    workers = [Thread(target=go_on) for _number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sorted(done) == sorted(ticket.id for ticket in tickets)
    assert count_events(EventKind.CLOSED) == 12


def test_another_worker_has_nothing_to_do_while_one_is_at_it(
    agent: User, tickets: list[Ticket]
) -> None:
    job = begin(Action.TAKE, tickets, agent)
    assert working._claim(job.id)
    assert not working.work(job.id)
    assert states(job) == [ItemState.PENDING] * 3


class Killed(BaseException):
    """A worker that is no more: nothing of its own handles it."""


def test_the_job_of_a_killed_worker_goes_on_where_it_stood(
    agent: User, tickets: list[Ticket], monkeypatch: Any, work: Any
) -> None:
    real, done = doing.do, []

    def dies(*arguments: Any) -> None:
        if len(done) == 1:
            raise Killed
        done.append(True)
        real(*arguments)

    with time_machine.travel(at("2026-11-24 09:00"), tick=False) as clock:
        job = begin(Action.TAKE, tickets, agent)
        with monkeypatch.context() as patch:
            patch.setattr(doing, "do", dies)
            with pytest.raises(Killed):
                working.work(job.id)
        assert states(job).count("done") == 1
        work()
        assert states(job).count("done") == 1, "its lease is not over"
        clock.shift(working.LEASE + timedelta(seconds=1))
        work()
    assert states(job) == [ItemState.DONE] * 3
    assert count_events(EventKind.TAKEN) == 3


def test_a_job_that_is_stopped_leaves_the_rest_alone(
    agent: User, tickets: list[Ticket], monkeypatch: Any, work: Any
) -> None:
    monkeypatch.setattr(working, "HANDFUL", 1)
    job = begin(Action.CLOSE, tickets, agent)
    working.work(job.id)
    bulk.stop(job)
    work()
    assert sorted(states(job)) == ["done", "stopped", "stopped"]
    assert count_events(EventKind.CLOSED) == 1
    assert working.due() == []


def test_what_was_done_long_ago_is_forgotten(agent: User, tickets: list[Ticket]) -> None:
    with time_machine.travel(at("2026-08-01 09:00"), tick=False):
        working.work_off(begin(Action.TAKE, tickets, agent))
    recent = begin(Action.TAKE, tickets, agent)
    with time_machine.travel(now() + timedelta(days=1), tick=False):
        bulk.forget_old()
    db.session.rollback()
    assert [job.id for job in db.session.scalars(select(BulkJob))] == [recent.id]
    assert len(items(recent)) == 3
