"""Changes of a ticket, their history, and two people at once."""

import pytest
from sqlalchemy import select

from hub.accounts.models import Role
from hub.extensions import db
from hub.tickets import actions, queries
from hub.tickets.history import sentence
from hub.tickets.models import Event, EventKind, Message, State, Ticket
from tests.builders import create_department, create_ticket, create_user


def last_event(ticket) -> Event:
    return db.session.scalars(
        select(Event).where(Event.ticket_id == ticket.id).order_by(Event.id.desc()).limit(1)
    ).one()


def test_taking_assigns_and_starts_the_work(agent):
    ticket = create_ticket()
    actions.take(ticket, agent)
    assert (ticket.assignee_id, ticket.state) == (agent.id, State.OPEN)
    assert (last_event(ticket).kind, last_event(ticket).user_id) == (EventKind.TAKEN, agent.id)


def test_of_two_who_take_the_first_wins_and_the_second_is_told_who(agent):
    ticket, other = create_ticket(), create_user(name="Bruno")
    actions.take(ticket, other)
    with pytest.raises(actions.AlreadyTaken) as refusal:
        actions.take(ticket, agent)
    assert refusal.value.by.name == "Bruno"
    assert ticket.assignee_id == other.id


def test_taking_again_changes_nothing(agent):
    ticket = create_ticket()
    actions.take(ticket, agent)
    before = last_event(ticket).id
    actions.take(ticket, agent)
    assert last_event(ticket).id == before


def test_assigning_and_letting_go_are_told_with_names(agent, supervisor):
    ticket = create_ticket()
    actions.assign(ticket, agent, by=supervisor)
    assert last_event(ticket).data == {"name": agent.name, "to": agent.id}
    actions.assign(ticket, None, by=supervisor)
    assert last_event(ticket).kind == EventKind.RELEASED


def test_a_transfer_says_why_and_lets_the_assignee_go(agent):
    ticket, rh = create_ticket(), create_department("rh", name="Ressources humaines")
    actions.take(ticket, agent)
    actions.transfer(ticket, rh, "C’est une candidature", by=agent)
    assert (ticket.department.slug, ticket.assignee_id) == ("rh", None)
    event = last_event(ticket)
    assert event.data["reason"] == "C’est une candidature"
    assert event.department_id != rh.id


def test_a_transfer_to_where_it_is_already_is_refused(agent):
    ticket = create_ticket()
    with pytest.raises(actions.NotAllowedNow):
        actions.transfer(ticket, ticket.department, "?", by=agent)


def test_closing_stops_the_wait_and_reopening_takes_it_up_from_its_own_time(app):
    ticket = create_ticket()
    since = ticket.waiting_since
    actions.close(ticket, by=None)
    assert (ticket.state, ticket.waiting_since) == (State.CLOSED, None)
    assert ticket.closed_at is not None
    with pytest.raises(actions.NotAllowedNow):
        actions.close(ticket, by=None)
    actions.reopen(ticket, by=None)
    assert (ticket.state, ticket.waiting_since, ticket.closed_at) == (State.OPEN, since, None)
    with pytest.raises(actions.NotAllowedNow):
        actions.reopen(ticket, by=None)


def test_a_note_is_in_the_thread_and_answers_nobody(agent):
    ticket = create_ticket()
    note = actions.note(ticket, "À voir avec la gare", by=agent)
    assert db.session.get(Message, note.id).direction == "note"
    assert ticket.waiting_since is not None
    assert note.id not in {m.external_id for m in queries.thread_for_channel(ticket)}


def test_tags_are_folded_once_and_bounded(app):
    ticket = create_ticket()
    for _ in range(2):
        actions.tag(ticket, "  Car   Scolaire ", by=None)
    assert [tag.name for tag in ticket.tags] == ["car scolaire"]
    for number in range(actions.MOST_TAGS - 1):
        actions.tag(ticket, f"t{number}", by=None)
    with pytest.raises(actions.TooManyTags):
        actions.tag(ticket, "one more", by=None)
    actions.untag(ticket, "car scolaire", by=None)
    assert "car scolaire" not in [tag.name for tag in ticket.tags]


def test_every_kind_of_event_has_a_sentence(app):
    everything = {
        "department": "RH", "rule": "r", "version": 1, "why": "w", "status": "sent",
        "visibility": "public", "name": "n", "old": "o", "new": "n", "reason": "r", "tag": "t",
        "code": "c", "decision": "there", "until": "2026-11-24T08:00:00+00:00", "who": "w",
        "priority": "urgent", "question": "q", "reference": "2026-000001-A",
    }  # fmt: skip
    for kind in EventKind:
        assert sentence(Event(kind=kind, data=everything, ticket=Ticket(channel="facebook")))


def test_agents_see_their_departments_and_accueil_and_supervisors_all(agent):
    theirs = create_ticket(create_department("transports"))
    shared = create_ticket()
    other = create_ticket(create_department("rh"))
    boss = create_user(role=Role.SUPERVISOR)
    for ticket, seen in ((theirs, True), (shared, True), (other, False)):
        assert queries.may_see(agent, ticket) is seen
        assert queries.may_see(boss, ticket)
        visible = db.session.scalars(select(type(ticket).id).where(queries.visible_to(agent))).all()
        assert (ticket.id in visible) is seen
