"""One answer to many tickets: what it will be, each sent once, stopped until it has left."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from hub.accounts.models import User
from hub.channels.base import Author, Publication, Refused, Way
from hub.clock import now
from hub.extensions import db
from hub.inbox.bulk import actions as bulk
from hub.inbox.bulk import answering, choosing, working
from hub.inbox.bulk.models import BulkItem, BulkJob, ItemState
from hub.intake import actions as intake
from hub.outbox import actions as outbox
from hub.outbox import cancelling, many
from hub.tickets import actions
from hub.tickets.models import Message, State, Ticket
from tests.builders import at, create_department
from tests.fake import Fake, mention
from tests.statements import counted

TEXT = "Bonjour {prénom}, la ligne 214 reprend demain. Référence : {référence}."


def create_mention(**values: Any) -> Ticket:
    """A ticket of the agent's department, of a citizen of its own."""
    message = mention(**values)
    number = message.external_id
    message = mention(
        **{
            "conversation": f"public:{number}:{number}",
            "author": Author(external_id=f"c{number}", name=f"Nolwenn Tanguy{number}"),
            **values,
        }
    )
    ticket = intake.receive("fake", message).ticket
    ticket.department = create_department("transports")
    db.session.commit()
    return ticket


@pytest.fixture
def tickets(fake: Fake, agent: User) -> list[Ticket]:
    return [create_mention() for _number in range(3)]


@pytest.fixture
def client(agent: User, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(agent)
    return browser


def draft(tickets: list[Ticket], by: User) -> BulkJob:
    references = [ticket.reference for ticket in tickets]
    return bulk.draft_answer(choosing.ticked(by, references), by=by)


def send(tickets: list[Ticket], by: User, **args: Any) -> BulkJob:
    job = draft(tickets, by)
    bulk.send_answer(job, **{"text": TEXT, "mode": "same", "close": False, **args})
    return job


def answers(job: BulkJob) -> list[Message]:
    db.session.rollback()
    query = select(Message).join(BulkItem, BulkItem.message_id == Message.id)
    found = db.session.scalars(
        query.where(BulkItem.job_id == job.id)
        .order_by(BulkItem.ticket_id)
        .execution_options(populate_existing=True)
    )
    return list(found)


def states(job: BulkJob) -> list[str]:
    db.session.rollback()
    query = select(BulkItem.state).where(BulkItem.job_id == job.id).order_by(BulkItem.ticket_id)
    return list(db.session.scalars(query))


def now_is(ticket: Ticket) -> Ticket:
    db.session.rollback()
    return db.session.get_one(Ticket, ticket.id, populate_existing=True)


# --- Sending --------------------------------------------------------------------------------------


def test_each_is_answered_once_with_what_is_its_own(
    tickets: list[Ticket], fake: Fake, agent: User, work: Any
) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        job = send(tickets, agent)
        for _second in range(4):
            work()
            clock.shift(timedelta(seconds=1))
    assert [message.delivery for message in answers(job)] == ["sent"] * 3
    said = sorted(message.text for message in fake.sent)
    assert said == sorted(
        f"Bonjour Nolwenn, la ligne 214 reprend demain. Référence : {ticket.reference}."
        f"\n\n{agent.name}, Transports"
        for ticket in tickets
    )
    assert now_is(tickets[0]).waiting_since is None


def test_answers_leave_one_after_the_other_once_they_cannot_be_taken_back(
    tickets: list[Ticket], agent: User, settings_changed: Any
) -> None:
    settings_changed(undo_seconds=10)
    with time_machine.travel(at("2026-11-24 09:00"), tick=False):
        job = send(tickets, agent)
        working.work(job.id)
        leave = [message.next_at for message in answers(job)]
        assert leave == [now() + timedelta(seconds=10) + working.APART * n for n in range(3)]


def test_the_answers_of_a_second_handful_leave_after_those_of_the_first(
    tickets: list[Ticket], agent: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr(working, "HANDFUL", 2)
    with time_machine.travel(at("2026-11-24 09:00"), tick=False):
        job = send(tickets, agent)
        working.work_off(job)
        leave = [message.next_at for message in answers(job)]
        assert leave == [now() + working.APART * n for n in range(3)]


class Killed(BaseException):
    """A worker that is no more."""


@pytest.mark.parametrize("moment", ["before the answer", "after the answer"])
def test_a_killed_worker_s_answers_are_written_once(
    moment: str, tickets: list[Ticket], agent: User, monkeypatch: Any
) -> None:
    job, real = send(tickets, agent), outbox.reply

    def dies(*arguments: Any, **values: Any) -> Message:
        if moment == "after the answer":
            real(*arguments, **values)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "reply", dies)
        with pytest.raises(Killed):
            working.work(job.id)
    db.session.rollback()
    with time_machine.travel(now() + 2 * working.LEASE):
        working.work_off(job)
    assert states(job) == [ItemState.DONE] * 3
    written = db.session.scalars(select(Message.ticket_id).where(Message.direction == "out")).all()
    assert sorted(written) == sorted(ticket.id for ticket in tickets)
    assert len(answers(job)) == 3


def test_of_two_clicks_the_first_counts(tickets: list[Ticket], agent: User) -> None:
    job = draft(tickets, agent)
    args = {"mode": "same", "close": False}
    assert bulk.send_answer(job, text="Bonjour.", **args)
    assert not bulk.send_answer(job, text="Bonsoir.", **args)
    working.work_off(job)
    assert {message.text for message in answers(job)} == {"Bonjour."}


def test_one_that_cannot_be_answered_is_told_and_the_others_leave(
    tickets: list[Ticket], fake: Fake, agent: User, monkeypatch: Any
) -> None:
    first = tickets[0].id
    _close_the_way_of(fake, monkeypatch, tickets[0])
    job = send(tickets, agent)
    working.work_off(job)
    assert states(job) == ["refused", "done", "done"]
    item = db.session.get_one(BulkItem, (job.id, first))
    assert (item.problem, item.detail) == ("unanswerable", "The window is over.")


def test_tickets_are_closed_with_their_answer(tickets: list[Ticket], agent: User) -> None:
    actions.close(tickets[0], by=agent)
    working.work_off(send(tickets, agent, close=True))
    assert all(now_is(ticket).state == State.CLOSED for ticket in tickets)


def test_what_has_not_left_is_taken_back(
    tickets: list[Ticket], agent: User, settings_changed: Any, work: Any
) -> None:
    settings_changed(undo_seconds=10)
    with time_machine.travel(at("2026-11-24 09:00"), tick=False) as clock:
        job = send(tickets, agent, close=True)
        work()
        clock.shift(timedelta(seconds=10))
        work()
        bulk.stop(job)
        work()
        clock.shift(timedelta(minutes=5))
        work()
    assert [message.delivery for message in answers(job)] == ["sent", "cancelled", "cancelled"]
    assert states(job) == ["done", "stopped", "stopped"]
    assert now_is(tickets[0]).state == State.CLOSED
    assert now_is(tickets[1]).state == State.OPEN
    assert now_is(tickets[1]).waiting_since is not None


def test_an_answer_that_was_cancelled_by_hand_is_not_said_by_the_job_again(
    tickets: list[Ticket], agent: User, settings_changed: Any, work: Any
) -> None:
    settings_changed(undo_seconds=10)
    job = send(tickets, agent)
    work()
    cancelling.cancel(answers(job)[0], by=agent)
    with time_machine.travel(now() + timedelta(minutes=5)):
        work()
    assert [message.delivery for message in answers(job)] == ["cancelled", "sent", "sent"]


def test_a_refusal_of_the_platform_shows_in_the_report(
    tickets: list[Ticket], fake: Fake, agent: User, client: FlaskClient, work: Any
) -> None:
    fake.answers = [Refused("no")]
    with time_machine.travel(now(), tick=False) as clock:
        job_id = send(tickets, agent).id
        for _second in range(4):
            work()
            clock.shift(timedelta(seconds=1))
    page = client.get(f"/bulk/{job_id}").text
    assert "Not sent" in page
    assert "Sent" in page


# --- Looking at it first --------------------------------------------------------------------------


def test_the_forecast_says_how_many_go_which_way_and_why_others_do_not(
    tickets: list[Ticket], fake: Fake, agent: User, monkeypatch: Any
) -> None:
    _close_the_way_of(fake, monkeypatch, tickets[0])
    fake.prices = True
    found = answering.forecast(tickets, "Bonjour {prénom}.|Au revoir.", "same", by=agent)
    assert [(going.visibility, going.count) for going in found.going] == [("public", 2)]
    assert [(b.reason, list(b.tickets)) for b in found.blocked] == [
        ("The window is over.", [tickets[0]])
    ]
    assert found.count == 2
    assert found.cost == "0,06\N{NO-BREAK SPACE}USD"
    assert found.example.startswith("Bonjour Nolwenn.")
    assert len(found.warnings) == 2


def test_personal_data_goes_to_nobody_in_public(
    tickets: list[Ticket], agent: User, fake: Fake
) -> None:
    text = "Appelez Mme Tanguy au 06 12 34 56 78."
    found = answering.forecast(tickets, text, "same", by=agent)
    assert (found.count, [len(blocked.tickets) for blocked in found.blocked]) == (0, [3])
    assert answering.forecast(tickets, text, "private", by=agent).count == 3
    job = send(tickets, agent, text=text)
    working.work_off(job)
    assert states(job) == ["refused"] * 3


def test_each_answer_is_signed(tickets: list[Ticket], agent: User, work: Any) -> None:
    job = send(tickets, agent)
    working.work_off(job)
    signatures = {message.signature for message in answers(job)}
    assert signatures == {f"{agent.name}, Transports"}


def test_private_answers_want_no_warning(tickets: list[Ticket], agent: User) -> None:
    found = answering.forecast(tickets, TEXT, "private", by=agent)
    assert [(going.visibility, going.count) for going in found.going] == [("private", 3)]
    assert list(found.warnings) == []


def test_the_ways_of_many_are_those_of_each(tickets: list[Ticket]) -> None:
    for reached in many.reached(tickets):
        assert list(reached.ways) == outbox.ways(reached.ticket)


def test_a_forecast_costs_the_same_for_3_and_for_20_tickets(
    tickets: list[Ticket], agent: User, client: FlaskClient
) -> None:
    more = [*tickets, *(create_mention() for _number in range(17))]
    small, large = draft(tickets, agent).id, draft(more, agent).id
    data = {"text": TEXT, "mode": "same"}
    with counted() as few:
        assert client.post(f"/bulk/{small}/answer", data=data).status_code == 200
    with counted() as many_statements:
        client.post(f"/bulk/{large}/answer", data=data)
    assert len(many_statements) == len(few) <= 10, many_statements


def test_nothing_is_sent_that_was_not_looked_at(
    tickets: list[Ticket], client: FlaskClient, agent: User
) -> None:
    job = draft(tickets, agent)
    address, job_id = f"/bulk/{job.id}/answer", job.id
    data = {"text": "Bonjour.", "mode": "same", "then": "send"}
    assert "3 answers would leave" in client.post(address, data=data).text
    mark = answering.mark("Bonjour.", "same")
    assert client.post(address, data={**data, "text": "Bonsoir.", "mark": mark}).status_code == 200
    assert db.session.get_one(BulkJob, job_id).begun_at is None
    response = client.post(address, data={**data, "mark": mark})
    assert response.location == f"/bulk/{job_id}"
    db.session.rollback()
    assert db.session.get_one(BulkJob, job_id, populate_existing=True).begun_at is not None
    assert client.get(address).location == f"/bulk/{job_id}"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"text": " ", "mode": "same"}, "Write a reply."),
        ({"text": "Bonjour.", "mode": "loud"}, "Choose how to answer."),
        ({"text": "Bonjour {prenomm}", "mode": "same"}, "{prenomm}"),
    ],
)
def test_what_cannot_be_sent_is_given_back(
    data: dict[str, str], words: str, tickets: list[Ticket], client: FlaskClient, agent: User
) -> None:
    response = client.post(f"/bulk/{draft(tickets, agent).id}/answer", data=data)
    assert response.status_code == 422
    assert words in response.text


def test_all_open_tickets_under_a_publication_are_answered_together(
    fake: Fake, agent: User, client: FlaskClient
) -> None:
    post = Publication(external_id="post", text="Grève mardi")
    under = [create_mention(publication=post) for _number in range(3)]
    closed, elsewhere = under[2], create_mention()
    actions.close(closed, by=None)
    hidden = create_mention(publication=post)
    hidden.department = create_department("lycees")
    db.session.commit()
    ids = {ticket.id for ticket in under[:2]}
    address = f"/tickets/{under[0].reference}"
    assert "Answer all 2 open tickets under it" in client.get(address).text
    client.post(f"{address}/answer-publication")
    db.session.rollback()
    assert set(db.session.scalars(select(BulkItem.ticket_id))) == ids
    response = client.post(f"/tickets/{elsewhere.reference}/answer-publication")
    assert response.location.endswith(elsewhere.reference)


def _close_the_way_of(fake: Fake, monkeypatch: Any, ticket: Ticket) -> None:
    external_id = db.session.scalars(
        select(Message.external_id).where(Message.ticket_id == ticket.id)
    ).one()
    ways = fake.ways

    def closed(thread: Any, account: Any) -> list[Way]:
        if thread[0].external_id != external_id:
            return ways(thread, account)
        return [Way(code="reply", visibility="public", allowed=False, reason="The window is over.")]

    monkeypatch.setattr(fake, "ways", closed)
