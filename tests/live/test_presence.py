"""Who is at work on a ticket, and who hears of it."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from hub.accounts.models import User
from hub.admin import archive
from hub.clock import now
from hub.extensions import db
from hub.live import actions, presence, queries, stream, watcher
from hub.live.audience import audiences
from hub.live.models import Presence
from hub.live.presence import Attendance
from hub.tickets import actions as tickets
from hub.tickets.models import Consultation, Event
from tests.builders import create_department, create_ticket, create_user
from tests.live.test_stream import events
from tests.statements import counted

PAGE, OTHER = "page0001", "page0002"


def colleague(name: str = "Mehdi Benali", department: str = "transports") -> User:
    return create_user(name=name, departments=[create_department(department)])


def people(attendance: Attendance) -> list[tuple[str, list[tuple[str, bool]]]]:
    """What changed at the next look: reference, and the people with whether they write."""
    found = attendance.read()
    db.session.rollback()
    return [(each.reference, [(p.name, p.writing) for p in each.people]) for each in found]


# --- The picture -----------------------------------------------------------------------------


def test_who_opens_a_ticket_writes_there_and_leaves_is_told_each_time(app: Flask, agent: User):
    ticket, attendance = create_ticket(create_department("transports")), Attendance()
    noise = create_ticket(create_department("transports"))
    reference = ticket.reference
    actions.note_presence(colleague(), noise.reference, OTHER)
    people(attendance)
    actions.note_presence(agent, reference, PAGE)
    assert people(attendance) == [(reference, [("Agathe Agent", False)])]
    actions.note_presence(agent, reference, PAGE, writing=True)
    assert people(attendance) == [(reference, [("Agathe Agent", True)])]
    actions.note_presence(agent, reference, PAGE)
    assert people(attendance) == [(reference, [("Agathe Agent", False)])]
    actions.note_presence(agent, reference, PAGE, leaves=True)
    assert people(attendance) == [(reference, [])]


def test_a_further_heartbeat_is_no_news(app: Flask, agent: User):
    ticket, attendance = create_ticket(create_department("transports")), Attendance()
    for _beat in range(2):
        actions.note_presence(agent, ticket.reference, PAGE, writing=True)
        heard = people(attendance)
    assert heard == []


def test_a_person_with_two_pages_is_there_once_until_both_are_gone(app: Flask, agent: User):
    ticket, attendance = create_ticket(create_department("transports")), Attendance()
    reference = ticket.reference
    actions.note_presence(agent, reference, PAGE, writing=True)
    actions.note_presence(agent, reference, OTHER)
    assert people(attendance) == [(reference, [("Agathe Agent", True)])]
    actions.note_presence(agent, reference, PAGE, leaves=True)
    assert people(attendance) == [(reference, [("Agathe Agent", False)])]
    actions.note_presence(agent, reference, OTHER, leaves=True)
    assert people(attendance) == [(reference, [])]


def test_a_page_that_shows_another_ticket_has_left_the_first(app: Flask, agent: User):
    transports = create_department("transports")
    first, second, attendance = create_ticket(transports), create_ticket(transports), Attendance()
    one, two = first.reference, second.reference
    actions.note_presence(agent, one, PAGE)
    people(attendance)
    actions.note_presence(agent, two, PAGE)
    assert sorted(people(attendance)) == sorted([(one, []), (two, [("Agathe Agent", False)])])


def test_whoever_falls_silent_counts_for_45_seconds_and_is_forgotten_after_a_minute(
    app: Flask, agent: User
):
    with time_machine.travel("2026-11-23 09:00:00Z", tick=False) as clock:
        ticket, attendance = create_ticket(create_department("transports")), Attendance()
        reference = ticket.reference
        actions.note_presence(agent, reference, PAGE)
        people(attendance)
        clock.shift(44)
        assert people(attendance) == []
        clock.shift(2)
        assert people(attendance) == [(reference, [])]
        actions.forget_who_left()
        assert db.session.scalars(select(Presence)).all() != []
        clock.shift(20)
        actions.forget_who_left()
        assert db.session.scalars(select(Presence)).all() == []


def test_a_process_that_begins_to_watch_knows_who_is_there(app: Flask, agent: User):
    with time_machine.travel("2026-11-23 09:00:00Z", tick=False) as clock:
        ticket = create_ticket(create_department("transports"))
        actions.note_presence(agent, ticket.reference, PAGE)
        clock.shift(30)
        attendance = Attendance()
        assert people(attendance) != []
        assert [company.reference for company in attendance.companies] == [ticket.reference]


def test_a_heartbeat_is_one_statement_and_no_history(app: Flask, agent: User):
    ticket = create_ticket(create_department("transports"))
    agent.department_ids, ticket.reference  # noqa: B018  (read before counting)
    before = len(db.session.scalars(select(Event.id)).all())
    with counted() as statements:
        actions.note_presence(agent, ticket.reference, PAGE)
    assert [text for text in statements if "presence" in text] == statements[-1:]
    assert len(db.session.scalars(select(Event.id)).all()) == before


def test_no_copy_of_the_hub_says_who_was_where(app: Flask):
    assert "presence" in db.metadata.tables
    assert "presence" not in {table.name for table in archive.tables()}


# --- Who hears of it --------------------------------------------------------------------------


@pytest.fixture
def listen(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Gives a function: user -> the presence events of the next pieces of their stream."""
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.3)
    monkeypatch.setattr(watcher, "POLL_SECONDS", 0.02)
    opened = []

    def start(user: User) -> Iterator[str]:
        key = user.get_id()
        db.session.rollback()
        lines = stream.stream(app, app.extensions["hub.live"], key, None)
        opened.append(lines)
        assert next(lines).startswith("retry:")
        return lines

    yield start
    for lines in opened:
        lines.close()


def heard(blocks: Iterator[str], pieces: int = 1) -> list[tuple[str, Any]]:
    return [found for text in islice(blocks, pieces) for found in events(text)]


def test_colleagues_of_the_department_hear_who_is_there(app: Flask, agent: User, listen: Any):
    ticket = create_ticket(create_department("transports"))
    mehdi = colleague()
    blocks = listen(agent)
    assert heard(blocks) == [("present", [])]
    actions.note_presence(mehdi, ticket.reference, PAGE, writing=True)
    said = {"id": mehdi.id, "name": "Mehdi Benali", "writing": True}
    reference = ticket.reference
    db.session.rollback()
    assert heard(blocks) == [("presence", {"reference": reference, "people": [said]})]


def test_a_stream_begins_with_who_is_there(app: Flask, agent: User, listen: Any):
    ticket = create_ticket(create_department("transports"))
    theirs = create_ticket(create_department("lycees"))
    actions.note_presence(colleague(), ticket.reference, PAGE)
    actions.note_presence(colleague(department="lycees"), theirs.reference, OTHER)
    reference = ticket.reference
    ((name, companies),) = heard(listen(agent))
    assert name == "present"
    assert [company["reference"] for company in companies] == [reference]


def test_another_departments_people_are_not_told(app: Flask, agent: User, listen: Any):
    theirs = create_ticket(create_department("lycees"))
    blocks = listen(agent)
    heard(blocks)
    actions.note_presence(colleague(department="lycees"), theirs.reference, PAGE)
    db.session.rollback()
    assert heard(blocks, 2) == []


def test_whoever_is_consulted_hears_of_that_ticket(app: Flask, agent: User, listen: Any):
    theirs = create_ticket(create_department("lycees"))
    db.session.add(
        Consultation(ticket=theirs, user_id=agent.id, question="?", asked_by_id=agent.id)
    )
    db.session.commit()
    blocks = listen(agent)
    heard(blocks)
    tickets.note(theirs, "Vu.", by=None)
    db.session.rollback()
    assert [data["kind"] for name, data in heard(blocks) if name == "ticket"] == ["noted"]


def test_rights_are_asked_for_all_at_once(app: Flask, agent: User):
    keys = [agent.get_id(), *(colleague(name=f"Agent {n}").get_id() for n in range(5))]
    gone = colleague()
    gone.active = False
    db.session.commit()
    keys_of_others = [gone.get_id(), f"{agent.id}.99"]
    db.session.expunge_all()
    with counted() as statements:
        known = audiences(keys + keys_of_others)
    assert set(known) == set(keys)
    assert len(statements) == 3


def test_when_a_ticket_changes_its_department_the_old_one_hears_no_more_of_its_people(
    app: Flask, agent: User, listen: Any
):
    ticket = create_ticket(create_department("transports"))
    elsewhere, theirs = create_department("lycees"), colleague(department="lycees")
    actions.note_presence(theirs, ticket.reference, PAGE)
    supervisor = create_user(role="supervisor")
    actions.note_presence(supervisor, ticket.reference, OTHER)
    blocks = listen(agent)
    heard(blocks)
    tickets.transfer(ticket, elsewhere, "C'est un lycée.", by=supervisor)
    db.session.rollback()
    heard(blocks)
    actions.note_presence(supervisor, ticket.reference, OTHER, writing=True)
    db.session.rollback()
    assert heard(blocks, 2) == []


# --- Over HTTP -------------------------------------------------------------------------------


@pytest.mark.parametrize(("doing", "writes"), [("looking", False), ("writing", True)])
def test_a_page_says_what_its_person_does(
    doing: str, writes: bool, agent: User, signed_in: Any
) -> None:
    ticket, claire = create_ticket(create_department("transports")), colleague("Claire Morvan")
    said = {"ticket": ticket.reference, "page": PAGE, "doing": doing}
    assert signed_in(agent).post("/live/presence", data=said).status_code == 204
    (found,) = presence.others_at(ticket, claire)
    assert (found.name, found.writing) == ("Agathe Agent", writes)
    assert presence.others_at(ticket, agent) == []


def test_a_page_that_leaves_takes_its_person_along(agent: User, signed_in: Any) -> None:
    ticket, client = create_ticket(create_department("transports")), signed_in(agent)
    for doing in ("looking", "leaving"):
        said = {"ticket": ticket.reference, "page": PAGE, "doing": doing}
        assert client.post("/live/presence", data=said).status_code == 204
    assert presence.others_at(ticket, colleague()) == []


def test_nobody_is_at_a_ticket_that_they_may_not_see(agent: User, signed_in: Any) -> None:
    theirs, client = create_ticket(create_department("lycees")), signed_in(agent)
    for reference in (theirs.reference, "2026-999999-A", "", "'"):
        said = {"ticket": reference, "page": PAGE, "doing": "looking"}
        assert client.post("/live/presence", data=said).status_code == 404
    assert db.session.scalars(select(Presence)).all() == []


@pytest.mark.parametrize("wrong", [{"page": "x"}, {"page": "A" * 30}, {"doing": "sleeping"}])
def test_what_no_page_says_is_refused(wrong: dict[str, str], agent: User, signed_in: Any) -> None:
    ticket = create_ticket(create_department("transports"))
    said = {"ticket": ticket.reference, "page": PAGE, "doing": "looking", **wrong}
    assert signed_in(agent).post("/live/presence", data=said).status_code == 400


def test_streams_leave_threads_to_pages(
    app: Flask, agent: User, signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LIFE_SECONDS", 0.0)
    watching = app.extensions["hub.live"]
    client = signed_in(agent)
    monkeypatch.setattr(watching, "most", 1)
    assert client.get("/live").status_code == 200
    ear = watching.join(agent.get_id())
    refused = client.get("/live", headers={"Accept": "text/event-stream"})
    watching.leave(ear)
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "30"


def test_a_presence_is_never_later_than_its_page(app: Flask, agent: User) -> None:
    """Each stands at the instant its page spoke: nothing is kept about before or after."""
    ticket, before = create_ticket(create_department("transports")), queries.latest()
    actions.note_presence(agent, ticket.reference, PAGE)
    row = db.session.scalars(select(Presence)).one()
    assert row.until - row.seen_at == timedelta(seconds=45)
    assert row.seen_at <= now()
    assert queries.latest() == before
