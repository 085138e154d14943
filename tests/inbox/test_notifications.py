"""Who is told of what, once, in the page."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from hub.accounts.models import User
from hub.clock import now
from hub.database import insert_unless_there
from hub.extensions import db
from hub.inbox.notifications import actions, choices, queries, reading, telling
from hub.inbox.notifications.choices import By, Rhythm
from hub.inbox.notifications.models import Kind, Notification, Reader
from hub.intake import actions as intake
from hub.outbox import actions as outbox
from hub.routing.models import Department
from hub.tickets import actions as tickets
from hub.tickets import consulting, following, planning
from hub.tickets.actions import Mentions
from hub.tickets.history import record
from hub.tickets.models import Event, EventKind, Ticket
from tests.builders import create_department, create_ticket, create_user, inbound
from tests.plans import whole_reads_of
from tests.statements import counted


@pytest.fixture(autouse=True)
def begun(app: Flask) -> None:
    reading.begin()


@pytest.fixture
def transports(app: Flask) -> Department:
    return create_department("transports")


@pytest.fixture
def ticket(transports: Department) -> Ticket:
    return create_ticket(transports)


@pytest.fixture
def colleague(transports: Department) -> User:
    return create_user(name="Bertrand Collègue", departments=[transports])


@pytest.fixture
def stranger(app: Flask) -> User:
    """Somebody who does not see the ticket."""
    return create_user(name="Louise Lycées", departments=[create_department("lycees")])


def told() -> list[tuple[int, str]]:
    """(user id, kind) of all who were told, once workers have read the history."""
    db.session.rollback()
    while reading.is_behind():
        reading.read_on(telling.tell)
    db.session.rollback()
    rows = db.session.execute(
        select(Notification.user_id, Notification.kind).order_by(
            Notification.event_id, Notification.user_id
        )
    )
    return [(user_id, str(kind)) for user_id, kind in rows]


# --- Who is told ----------------------------------------------------------------------------------


def test_those_who_are_named_are_told_and_not_the_one_who_wrote(
    ticket: Ticket, agent: User, colleague: User
) -> None:
    mentions = Mentions(user_ids=frozenset({agent.id, colleague.id}))
    tickets.note(ticket, "@both", by=agent, mentions=mentions)
    assert told() == [(colleague.id, "mentioned")]


def test_naming_a_department_tells_each_of_its_people_once(
    ticket: Ticket, agent: User, colleague: User, transports: Department, stranger: User
) -> None:
    third = create_user(departments=[transports])
    create_user(departments=[transports], active=False)
    mentions = Mentions(user_ids=frozenset({third.id}), department_ids=frozenset({transports.id}))
    tickets.note(ticket, "@transports", by=agent, mentions=mentions)
    assert told() == [(colleague.id, "mentioned"), (third.id, "mentioned")]


def test_those_who_do_not_see_the_ticket_are_told_nothing(
    ticket: Ticket, agent: User, stranger: User
) -> None:
    tickets.note(ticket, "@louise", by=agent, mentions=Mentions(user_ids=frozenset({stranger.id})))
    following.follow(ticket, stranger)
    tickets.close(ticket, by=agent)
    assert told() == []


def test_who_is_asked_is_told_and_who_asked_is_told_of_the_answer(
    ticket: Ticket, agent: User, stranger: User, signed_in: Any
) -> None:
    asked = consulting.consult(ticket, "Yours?", asked=stranger, by=agent)
    assert told() == [(stranger.id, "consulted")]
    tickets.note(ticket, "It is.", by=stranger)
    consulting.end(asked, by=stranger)
    assert told() == [(stranger.id, "consulted"), (agent.id, "answered"), (agent.id, "answered")]
    page = signed_in(agent).get("/notifications").text
    assert "Louise Lycées has answered your question" in page
    assert "Louise Lycées is done with your question" in page


def test_all_of_a_department_that_is_asked_are_told(
    ticket: Ticket, agent: User, stranger: User
) -> None:
    consulting.consult(ticket, "Yours?", asked=create_department("lycees"), by=agent)
    assert told() == [(stranger.id, "consulted")]


def test_a_question_that_others_end_is_no_answer(
    ticket: Ticket, agent: User, colleague: User, stranger: User
) -> None:
    consulting.consult(ticket, "Yours?", asked=stranger, by=agent)
    told()
    tickets.close(ticket, by=colleague)
    assert told() == [(stranger.id, "consulted")]


def test_who_is_given_a_ticket_is_told_and_who_takes_one_is_not(
    ticket: Ticket, agent: User, colleague: User
) -> None:
    tickets.assign(ticket, colleague, by=agent)
    tickets.assign(ticket, None, by=agent)
    tickets.take(ticket, agent)
    assert told() == [(colleague.id, "assigned")]


def test_a_message_is_told_to_who_has_the_ticket_and_who_follows_it(
    agent: User, colleague: User, stranger: User, transports: Department
) -> None:
    ticket = create_ticket(transports, message={"conversation": "messenger:1"})
    tickets.take(ticket, agent)
    following.follow(ticket, colleague)
    following.follow(create_ticket(transports), create_user(departments=[transports]))
    intake.receive("facebook", inbound(conversation="messenger:1"))
    following.follow(ticket, create_user(departments=[transports]))  # after it came in
    assert told() == [(agent.id, "message"), (colleague.id, "message")]


def test_who_is_given_a_ticket_later_is_not_told_of_its_earlier_messages(
    ticket: Ticket, agent: User, colleague: User
) -> None:
    tickets.assign(ticket, colleague, by=agent)
    assert told() == [(colleague.id, "assigned")]


def test_followers_are_told_of_transfers_and_closings(
    ticket: Ticket, agent: User, supervisor: User
) -> None:
    following.follow(ticket, supervisor)
    tickets.transfer(ticket, create_department("lycees"), "Theirs.", by=agent)
    tickets.close(ticket, by=None)
    assert told() == [(supervisor.id, "transferred"), (supervisor.id, "closed")]


def test_who_put_a_ticket_aside_is_told_when_its_time_comes_and_not_when_the_citizen_wrote(
    ticket: Ticket, agent: User, colleague: User
) -> None:
    planning.snooze(ticket, now(), by=agent)
    with tickets.changing(ticket):
        planning.set_awake(ticket)
    planning.snooze(ticket, now(), by=colleague)
    with tickets.changing(ticket):
        planning.set_awake(ticket, by_citizen=True)
    assert told() == [(agent.id, "woken")]


def test_who_wrote_an_answer_is_told_that_it_was_refused_held_back_or_that_nobody_knows(
    ticket: Ticket, agent: User, colleague: User
) -> None:
    message = outbox.reply(ticket, "Bonjour.", visibility="private", by=agent)
    with tickets.changing(ticket):
        for status in ("waiting", "sent", "unknown", "failed"):
            record(ticket, EventKind.DELIVERY, message_id=message.id, status=status)
        record(ticket, EventKind.UNSETTLED, message_id=message.id, code="not-found")
        record(ticket, EventKind.CANCELLED, message_id=message.id, user_id=agent.id)
        record(ticket, EventKind.CANCELLED, message_id=message.id, overtaken=True)
    assert told() == [(agent.id, "not_sent")] * 3


def test_what_somebody_does_not_want_to_be_told_they_are_not_told(
    ticket: Ticket, agent: User, colleague: User
) -> None:
    everything = dict.fromkeys(Kind, By.PAGE)
    choices.choose(colleague, everything | {Kind.ASSIGNED: By.OFF}, Rhythm.HOURLY)
    tickets.assign(ticket, colleague, by=agent)
    following.follow(ticket, colleague)
    tickets.close(ticket, by=agent)
    assert told() == [(colleague.id, "closed")]


# --- Once, and none left out ----------------------------------------------------------------------


def test_a_line_that_is_told_twice_makes_one_notification(
    ticket: Ticket, agent: User, colleague: User
) -> None:
    tickets.assign(ticket, colleague, by=agent)
    newest = db.session.scalars(select(Event.id).order_by(Event.id.desc())).first() or 0
    for _time in range(2):
        telling.tell(0, newest)
        db.session.commit()
    assert told() == [(colleague.id, "assigned")]


def test_while_one_worker_reads_another_leaves_it_alone(
    app: Flask, engine_name: str, ticket: Ticket, agent: User, colleague: User
) -> None:
    tickets.assign(ticket, colleague, by=agent)
    others: list[bool] = []

    def work(after: int, up_to: int) -> None:
        if engine_name == "postgresql":  # SQLite lets nobody else begin
            with app.app_context():
                others.append(reading.read_on(telling.tell))
        telling.tell(after, up_to)

    reading.read_on(work)
    assert not any(others)
    assert told() == [(colleague.id, "assigned")]


def test_a_worker_that_dies_leaves_the_lines_to_the_next(
    ticket: Ticket, agent: User, colleague: User
) -> None:
    tickets.assign(ticket, colleague, by=agent)

    def die(after: int, up_to: int) -> None:
        telling.tell(after, up_to)
        raise SystemExit

    with pytest.raises(SystemExit):
        reading.read_on(die)
    db.session.rollback()
    assert told() == [(colleague.id, "assigned")]


def test_a_line_that_is_committed_after_later_ones_is_told_however_late(
    app: Flask, engine_name: str, agent: User, colleague: User, transports: Department
) -> None:
    if engine_name == "sqlite":
        pytest.skip("SQLite commits in the order of the ids")
    late, ticket = create_ticket(transports), create_ticket(transports)
    told()
    with db.engine.connect() as connection, connection.begin():
        connection.execute(
            text("UPDATE ticket SET updated_at = now() WHERE id = :id"), {"id": late.id}
        )
        values = {
            "ticket_id": late.id, "at": now(), "kind": "assigned", "user_id": agent.id,
            "data": {"name": "", "to": colleague.id},
        }  # fmt: skip
        connection.execute(insert_unless_there(Event, db.engine.dialect, **values))
        tickets.assign(ticket, colleague, by=agent)
        for _sweep in range(5):  # the later one is told at once, and nothing goes by meanwhile
            assert told() == [(colleague.id, "assigned")]
    db.session.rollback()
    assert told() == [(colleague.id, "assigned"), (colleague.id, "assigned")]
    found = db.session.get_one(Reader, reading.NAME, populate_existing=True)
    assert (found.position, found.bound) == (found.reached, None)


def test_a_horizon_of_another_database_keeps_nothing_back(
    engine_name: str, ticket: Ticket, agent: User, colleague: User
) -> None:
    reader = db.session.get_one(Reader, reading.NAME)
    reader.bound, reader.horizon = reader.position, 2**60
    db.session.commit()
    tickets.assign(ticket, colleague, by=agent)
    assert told() == [(colleague.id, "assigned")]
    assert not reading.is_behind()


def test_nobody_is_told_of_what_happened_before_the_hub_told_anybody(
    ticket: Ticket, agent: User, colleague: User
) -> None:
    db.session.delete(db.session.get_one(Reader, reading.NAME))
    db.session.commit()
    tickets.assign(ticket, colleague, by=agent)
    reading.begin()
    assert told() == []


def test_many_lines_are_read_by_the_handful_with_a_fixed_number_of_statements(
    monkeypatch: pytest.MonkeyPatch, ticket: Ticket, agent: User, colleague: User
) -> None:
    monkeypatch.setattr(reading, "HANDFUL", 40)

    def happen(times: int) -> None:
        with tickets.changing(ticket):
            for _time in range(times):
                data = {"name": "", "to": colleague.id}
                record(ticket, EventKind.ASSIGNED, user_id=agent.id, **data)

    told()
    happen(5)
    with counted() as few:
        reading.read_on(telling.tell)
    told()
    happen(100)
    with counted() as many:
        assert reading.read_on(telling.tell)
    assert len(many) == len(few) <= 16, many
    assert len(told()) == 105


# --- The page -------------------------------------------------------------------------------------


@pytest.fixture
def client(colleague: User, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(colleague)
    return browser


def test_the_bell_counts_what_is_unread_and_the_page_lists_it(
    client: FlaskClient, ticket: Ticket, agent: User, colleague: User
) -> None:
    assert "bell-count" not in client.get("/inbox").text
    tickets.assign(ticket, colleague, by=agent)
    told()
    assert '<span class="bell-count" aria-hidden="true">1</span>' in client.get("/inbox").text
    page = client.get("/notifications").text
    assert "Agathe Agent gave you this ticket" in page
    assert ticket.reference in page


def test_the_empty_page_says_what_will_stand_there(client: FlaskClient) -> None:
    assert "Nothing to read" in client.get("/notifications").text


def test_the_page_of_the_ticket_says_that_it_was_seen_and_that_reads_what_it_brought(
    client: FlaskClient, ticket: Ticket, agent: User, colleague: User, transports: Department
) -> None:
    other = create_ticket(transports)
    for given in (ticket, other):
        tickets.assign(given, colleague, by=agent)
    told()
    address = f"/tickets/{ticket.reference}"
    assert f'hx-post="{address}/seen"' in client.get(address).text
    client.post(f"{address}/seen")
    assert "/seen" not in client.get(address).text
    db.session.rollback()
    assert queries.unread(colleague) == 1


def test_one_or_all_are_read_by_a_button_and_never_those_of_others(
    client: FlaskClient, ticket: Ticket, agent: User, colleague: User, transports: Department
) -> None:
    third = create_user(departments=[transports])
    mentions = Mentions(user_ids=frozenset({colleague.id, third.id}))
    for _time in range(3):
        tickets.note(ticket, "@both", by=agent, mentions=mentions)
    told()
    ids = list(
        db.session.scalars(
            select(Notification.id).where(Notification.user_id == colleague.id).order_by("id")
        )
    )
    client.post(f"/notifications/{ids[0]}/read")
    assert queries.unread(colleague) == 2
    client.post("/notifications/read", data={"up_to": ids[1]})  # one came after the page was made
    assert queries.unread(colleague) == 1
    client.post(f"/notifications/{ids[2]}/read")
    assert (queries.unread(colleague), queries.unread(third)) == (0, 3)


def test_what_one_may_not_see_any_more_is_named_by_its_reference_alone(
    client: FlaskClient, ticket: Ticket, agent: User, colleague: User
) -> None:
    tickets.assign(ticket, colleague, by=agent)
    told()
    tickets.transfer(ticket, create_department("lycees"), "Theirs.", by=agent)
    page = client.get("/notifications").text
    assert ticket.reference in page
    assert ticket.subject not in page
    assert client.post(f"/tickets/{ticket.reference}/seen").status_code == 404


def test_the_page_is_read_on_by_its_key_at_the_same_cost_however_long(
    monkeypatch: pytest.MonkeyPatch,
    client: FlaskClient, ticket: Ticket, agent: User, colleague: User,
) -> None:  # fmt: skip
    monkeypatch.setattr(queries, "ROWS", 4)
    mentions = Mentions(user_ids=frozenset({colleague.id}))
    for _time in range(2):
        tickets.note(ticket, "@b", by=agent, mentions=mentions)
    told()
    with counted() as few:
        client.get("/notifications")
    for _time in range(5):
        tickets.note(ticket, "@b", by=agent, mentions=mentions)
    told()
    with counted() as many:
        first = client.get("/notifications").text
    assert len(many) == len(few)
    assert first.count('class="told ') == 4
    page = queries.page(colleague)
    assert client.get(f"/notifications?before={page.before}").text.count('class="told ') == 3


def test_counting_reading_and_listing_use_their_indexes(agent: User, ticket: Ticket) -> None:
    plans = whole_reads_of(
        "notification",
        lambda: queries.unread(agent),
        lambda: queries.page(agent),
        lambda: queries.to_say(agent, 1, 5),
        lambda: actions.read_of(agent, ticket) or queries.unread(agent),
    )
    assert plans == []


def test_each_chooses_what_they_are_told(client: FlaskClient, colleague: User) -> None:
    assert "A note names me" in client.get("/account").text
    chosen = dict.fromkeys(map(str, Kind), "page") | {"message": "off", "rhythm": "never"}
    assert client.post("/account/notifications", data=chosen).status_code == 303
    db.session.rollback()
    db.session.refresh(colleague)
    assert choices.told_by(colleague, Kind.MESSAGE) == By.OFF
    assert choices.told_by(colleague, Kind.ASSIGNED) == By.PAGE
    assert choices.rhythm(colleague) == Rhythm.NEVER
    assert client.post("/account/notifications", data={"message": "x"}).status_code == 422
