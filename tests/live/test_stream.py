"""What open pages are told, and who is told it."""

import json
import re
import threading
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select

from hub.accounts.models import User
from hub.clock import now
from hub.extensions import db
from hub.live import queries, stream, watcher
from hub.live.watcher import Tail
from hub.tickets import actions
from hub.tickets.history import record
from hub.tickets.models import Event, EventKind, Ticket
from tests.builders import create_department, create_ticket

NOBODY = "event: present\ndata: []\n\n"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hearts that beat fast, so that a stream with nothing to say says so at once."""
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.2)
    monkeypatch.setattr(watcher, "POLL_SECONDS", 0.02)


@pytest.fixture
def listen(app: Flask) -> Iterator[Any]:
    """Gives a function: user, last known event -> the blocks of their stream, until closed."""
    opened = []

    def start(user: User, after: int | None = None) -> Iterator[str]:
        key = user.get_id()
        db.session.rollback()
        lines = stream.stream(app, app.extensions["hub.live"], key, after)
        opened.append(lines)
        assert next(lines).startswith("retry:")
        return (block for block in lines if block)

    start.opened = opened  # type: ignore[attr-defined]
    yield start
    for lines in opened:
        lines.close()


def told(text: str) -> list[dict[str, Any]]:
    """The data of the `ticket` events in a piece of a stream."""
    return [data for name, data in events(text) if name == "ticket"]


def events(text: str) -> list[tuple[str, Any]]:
    """(name, data) of each event in a piece of a stream."""
    found = re.findall(r"^event: (\w+)\ndata: (.*)$", text, re.MULTILINE)
    return [(name, json.loads(data)) for name, data in found]


def heard(blocks: Iterator[str], pieces: int = 3) -> list[dict[str, Any]]:
    """The events in the next pieces of a stream."""
    return [data for text in islice(blocks, pieces) for data in told(text)]


def test_a_change_is_told_with_its_number_reference_kind_and_department(
    app: Flask, agent: User, listen: Any
) -> None:
    ticket = create_ticket(create_department("transports"))
    blocks = listen(agent, queries.latest())
    heard(blocks)
    actions.take(ticket, agent)
    reference = ticket.reference
    db.session.rollback()
    text = next(blocks)
    event_id = queries.latest()
    assert text == (
        f"id: {event_id}\nevent: ticket\n"
        f'data: {{"id": {event_id}, "reference": "{reference}", "kind": "taken", '
        '"department": "transports", "crowd": 1}\n\n'
    )


def test_a_stream_begins_with_what_the_page_missed(app: Flask, agent: User, listen: Any) -> None:
    ticket = create_ticket(create_department("transports"))
    before = queries.latest()
    actions.note(ticket, "Vu.", by=agent)
    events = heard(listen(agent, before), pieces=1)
    assert events[-1]["kind"] == "noted"


def test_a_page_that_slept_too_long_is_told_to_look_for_itself(
    app: Flask, agent: User, listen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MOST", 3)
    create_ticket(create_department("transports"))
    actions.close(create_ticket(create_department("transports")), by=agent)
    events = heard(listen(agent, 0), pieces=1)
    assert [event["kind"] for event in events] == ["missed"]
    assert events[0]["id"] == queries.latest()


def test_another_departments_tickets_are_not_told(app: Flask, agent: User, listen: Any) -> None:
    theirs = create_ticket(create_department("lycees"))
    mine = create_ticket(create_department("transports"))
    blocks = listen(agent, queries.latest())
    heard(blocks)
    actions.note(theirs, "Pas pour vous.", by=None)
    actions.note(mine, "Pour vous.", by=None)
    reference = mine.reference
    db.session.rollback()
    assert {event["reference"] for event in heard(blocks)} == {reference}


def test_a_ticket_that_leaves_the_department_is_told_once_more(
    app: Flask, agent: User, listen: Any
) -> None:
    ticket = create_ticket(create_department("transports"))
    elsewhere = create_department("lycees")
    blocks = listen(agent, queries.latest())
    heard(blocks)
    actions.transfer(ticket, elsewhere, "C'est un lycée.", by=agent)
    actions.note(ticket, "Pour le lycée.", by=None)
    db.session.rollback()
    assert [event["kind"] for event in heard(blocks)] == ["transferred"]


@pytest.mark.parametrize("who", ["agent", "supervisor"])
def test_the_fallback_departments_tickets_are_told_to_all(
    who: str, app: Flask, listen: Any, request: pytest.FixtureRequest
) -> None:
    user = request.getfixturevalue(who)
    blocks = listen(user, queries.latest())
    ticket = create_ticket(create_department("accueil"))
    reference = ticket.reference
    db.session.rollback()
    assert {event["reference"] for event in heard(blocks)} == {reference}


def test_a_line_committed_after_a_later_one_is_still_told(app: Flask) -> None:
    """PostgreSQL gives ids in order and commits in any order; an explicit id plays that here."""
    ticket = create_ticket(create_department("transports"))
    tail = Tail()
    assert tail.read() == []
    first = queries.latest() + 1
    _write_event(ticket, first + 1)
    assert [happening.id for happening in tail.read()] == [first + 1]
    _write_event(ticket, first)
    assert [happening.id for happening in tail.read()] == [first]
    assert tail.read() == []


def test_a_number_that_never_comes_is_given_up(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = create_ticket(create_department("transports"))
    tail = Tail()
    first = queries.latest() + 1
    _write_event(ticket, first + 1)
    tail.read()
    monkeypatch.setattr(Tail, "PATIENCE", -1.0)
    tail.read()
    _write_event(ticket, first)
    assert tail.read() == []


def test_a_tail_reads_on_where_a_full_read_ended(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = create_ticket(create_department("transports"))
    tail = Tail()
    monkeypatch.setattr(queries, "MOST", 2)
    for _number in range(5):
        record(ticket, EventKind.RECEIVED)
    db.session.commit()
    found = [happening.id for _read in range(3) for happening in tail.read()]
    assert found == list(db.session.scalars(select(Event.id).order_by(Event.id)))[-5:]


def test_a_switched_off_persons_stream_ends(
    app: Flask, agent: User, listen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "RECHECK_SECONDS", 0.0)
    blocks = listen(agent, None)
    next(blocks)
    agent.active = False
    db.session.commit()
    assert list(islice(blocks, 5)) == []


def test_a_person_signed_out_everywhere_hears_nothing_more(
    app: Flask, agent: User, listen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "RECHECK_SECONDS", 0.0)
    blocks = listen(agent, None)
    next(blocks)
    agent.epoch += 1
    db.session.commit()
    assert list(islice(blocks, 5)) == []


def test_a_quiet_stream_shows_that_it_is_alive(app: Flask, agent: User, listen: Any) -> None:
    blocks = listen(agent, None)
    next(blocks)
    assert next(blocks).startswith(":")


def test_a_stream_ends_with_its_time(
    app: Flask, agent: User, listen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LIFE_SECONDS", 0.0)
    assert list(listen(agent, None)) == [NOBODY]


def test_a_waiting_stream_holds_no_connection(app: Flask, agent: User, listen: Any) -> None:
    for blocks in [listen(agent, 0) for _number in range(12)]:
        next(blocks)
    db.session.rollback()
    assert db.engine.pool.checkedout() <= 1  # the watcher's own, for a moment


def test_the_watch_ends_with_the_last_stream(app: Flask, agent: User, listen: Any) -> None:
    streams = [listen(agent, None), listen(agent, None)]
    for blocks in streams:
        next(blocks)
    (thread,) = _watch_threads()
    for lines in listen.opened:
        lines.close()
    thread.join(5)
    assert not thread.is_alive()


def test_a_process_that_stops_ends_its_streams(app: Flask, agent: User) -> None:
    ending = watcher.Watcher(app)
    lines = stream.stream(app, ending, agent.get_id(), None)
    db.session.rollback()
    assert [next(lines), next(lines)][1] == NOBODY
    ending.stop()
    assert list(lines) == []


def _watch_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "live-watcher"]


def _write_event(ticket: Ticket, number: int) -> None:
    db.session.execute(
        insert(Event).values(
            id=number,
            ticket_id=ticket.id,
            kind="noted",
            department_id=ticket.department_id,
            at=now(),
            data={},
        )
    )
    db.session.commit()


def test_a_stream_that_could_not_begin_is_not_counted(
    app: Flask, agent: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> int:
        raise ConnectionError("the database is away")

    beginning = watcher.Watcher(app)
    with monkeypatch.context() as trouble:
        trouble.setattr(queries, "latest", away)
        with pytest.raises(ConnectionError):
            beginning.join(agent.get_id())
    ear = beginning.join(agent.get_id())
    beginning.leave(ear)
    assert beginning._ears == set()
