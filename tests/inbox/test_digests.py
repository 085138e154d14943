"""E-mail with what people have not read in the page."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask_babel import get_locale
from sqlalchemy import select

from hub.accounts import mails
from hub.accounts.models import User
from hub.channels.web import mail as wire
from hub.clock import now
from hub.extensions import db
from hub.inbox.notifications import actions, choices, digests, reading, telling
from hub.inbox.notifications.choices import DEFAULTS, Rhythm
from hub.inbox.notifications.models import Digest, Kind, Notification
from hub.tickets import actions as tickets
from hub.tickets import consulting
from hub.tickets.models import Ticket
from tests.alongside import alongside
from tests.builders import at, create_department, create_ticket, create_user
from tests.channels.web.server import Server, free_port, listening
from tests.mailbox import letters, use_mail


@pytest.fixture(autouse=True)
def clock(app: Flask) -> Iterator[Any]:
    """Tuesday, 9 in the morning in the council's time zone."""
    with time_machine.travel(at("2026-11-10 08:00"), tick=False) as traveller:
        reading.begin()
        yield traveller


@pytest.fixture
def mail(app: Flask, settings_changed: Any) -> Iterator[Server]:
    with listening(Server()) as server:
        use_mail(app, settings_changed, server.port)
        yield server


@pytest.fixture
def ticket(app: Flask) -> Ticket:
    return create_ticket(
        create_department("transports"), message={"text": "Mon adresse : 12 rue des Lilas"},
        subject="Retard du car 214",
    )  # fmt: skip


@pytest.fixture
def colleague(app: Flask) -> User:
    return create_user(
        name="Bertrand Collègue",
        email="bertrand@region.example",
        departments=[create_department("transports")],
        language="en",
    )


def give(ticket: Ticket, to: User, by: User) -> None:
    """One thing to be told, by mail too."""
    tickets.assign(ticket, None, by=by)
    tickets.assign(ticket, to, by=by)
    db.session.rollback()
    while reading.is_behind():
        reading.read_on(telling.tell)


def look(clock: Any, **later: float) -> None:
    """What workers do at some later time."""
    clock.shift(timedelta(**later))
    db.session.rollback()
    digests.make_due()
    for digest_id in mails.due(Digest):
        digests.send(digest_id)


def the_digest() -> Digest:
    db.session.rollback()
    return db.session.scalars(select(Digest).execution_options(populate_existing=True)).one()


def test_what_was_not_read_in_ten_minutes_comes_in_one_plain_mail(
    clock: Any, mail: Server, ticket: Ticket, agent: User, colleague: User
) -> None:
    other = create_ticket(create_department("transports"), subject="Carte perdue")
    give(ticket, colleague, agent)
    give(other, colleague, agent)
    look(clock, minutes=9)
    assert mail.taken == []
    look(clock, minutes=1)
    (letter,) = letters(mail)
    text = letter.get_content()
    assert letter["To"] == "bertrand@region.example"
    assert letter["Subject"] == "2 things to read"
    assert letter.get_content_type() == "text/plain"
    for found in (ticket, other):
        assert f"{found.reference} – {found.subject}" in text
        assert f"http://localhost/tickets/{found.reference}" in text
    assert "Agathe Agent gave you this ticket" in text


def test_nothing_that_people_wrote_stands_in_it(
    clock: Any, mail: Server, ticket: Ticket, agent: User, colleague: User
) -> None:
    consulting.consult(ticket, "Does Mrs Tanguy live there?", asked=colleague, by=agent)
    give(ticket, colleague, agent)
    look(clock, minutes=10)
    (letter,) = letters(mail)
    text = letter.get_content()
    assert "asks you something" in text
    for secret in ("Tanguy", "Lilas", "Citoyenne"):
        assert secret not in text


def test_what_was_read_meanwhile_comes_in_no_mail(
    clock: Any, mail: Server, ticket: Ticket, agent: User, colleague: User
) -> None:
    give(ticket, colleague, agent)
    actions.read_of(colleague, ticket)
    look(clock, hours=2)
    assert mail.taken == []
    give(ticket, colleague, agent)
    clock.shift(timedelta(minutes=10))
    digests.make_due()
    actions.read_of(colleague, ticket)  # between the making and the sending
    digests.send(the_digest().id)
    assert mail.taken == []
    assert the_digest().next_at is None


def test_what_one_may_not_see_any_more_is_not_mailed(
    clock: Any, mail: Server, ticket: Ticket, agent: User, colleague: User
) -> None:
    give(ticket, colleague, agent)
    tickets.transfer(ticket, create_department("lycees"), "Theirs.", by=agent)
    look(clock, minutes=10)
    assert mail.taken == []


def test_mail_comes_at_most_once_an_hour(
    clock: Any, mail: Server, ticket: Ticket, agent: User, colleague: User
) -> None:
    give(ticket, colleague, agent)
    look(clock, minutes=10)
    give(ticket, colleague, agent)
    look(clock, minutes=59)
    assert len(mail.taken) == 1
    look(clock, minutes=1)
    assert len(mail.taken) == 2


def test_whoever_wants_it_twice_a_day_gets_it_in_the_morning_and_in_the_afternoon(
    clock: Any, mail: Server, ticket: Ticket, agent: User, colleague: User
) -> None:
    choices.choose(colleague, DEFAULTS, Rhythm.TWICE)
    taken = []
    give(ticket, colleague, agent)
    look(clock, minutes=10)  # 9:10: the morning's, late
    for hour in range(30):
        give(ticket, colleague, agent)
        before = len(mail.taken)
        look(clock, hours=1)
        if len(mail.taken) > before:
            taken.append(hour + 10)
    assert taken == [14, 24 + 8, 24 + 14]


def test_whoever_wants_no_mail_or_is_switched_off_gets_none(
    clock: Any, mail: Server, ticket: Ticket, agent: User, colleague: User
) -> None:
    quiet, gone, going = (
        create_user(departments=[create_department("transports")]) for _number in range(3)
    )
    choices.choose(quiet, DEFAULTS, Rhythm.NEVER)
    for user in (quiet, gone, going, colleague):
        give(ticket, user, agent)
    choices.choose(colleague, DEFAULTS, Rhythm.NEVER)  # after it was told
    gone.active = False
    db.session.commit()
    clock.shift(timedelta(minutes=10))
    digests.make_due()
    going.active = False
    db.session.commit()
    look(clock, hours=3)
    assert mail.taken == []
    left = select(Notification.id).where(Notification.mail_at.is_not(None))
    assert db.session.scalars(left).all() == []


def test_it_is_written_in_the_language_of_its_reader(
    monkeypatch: pytest.MonkeyPatch,
    clock: Any, mail: Server, ticket: Ticket, agent: User, colleague: User,
) -> None:  # fmt: skip
    monkeypatch.setattr(digests, "exact", lambda _instant: f"in {get_locale()}")
    for user in (colleague, agent):
        give(ticket, user, create_user())
    look(clock, minutes=10)
    found = {letter["To"]: letter.get_content() for letter in letters(mail)}
    assert "in en" in found[colleague.email]
    assert "in fr" in found[agent.email]


def test_two_workers_make_one_mail(
    app: Flask, clock: Any, mail: Server, ticket: Ticket, agent: User, colleague: User
) -> None:
    give(ticket, colleague, agent)
    clock.shift(timedelta(minutes=10))
    user_id = colleague.id
    db.session.rollback()
    at_once(app, lambda: digests.make(user_id))
    digest_id = the_digest().id
    db.session.rollback()
    at_once(app, lambda: digests.send(digest_id))
    assert len(mail.taken) == 1


def at_once(app: Flask, work: Callable[[], None]) -> None:
    for thread in [alongside(app, work) for _worker in range(2)]:
        thread.join()


# --- Failures ------------------------------------------------------------------------------------


class Killed(BaseException):
    """The end of a process, as far as this one can play it."""


def kill(*_arguments: Any, **_keywords: Any) -> None:
    raise Killed


@pytest.mark.parametrize(("step", "arrives"), [("_offer", 1), ("_hand_over", 0)])
def test_a_worker_that_is_killed_before_the_mail_is_handed_over_leaves_it_and_later_nobody_knows(
    step: str, arrives: int, monkeypatch: pytest.MonkeyPatch,
    clock: Any, mail: Server, ticket: Ticket, agent: User, colleague: User,
) -> None:  # fmt: skip
    give(ticket, colleague, agent)
    with monkeypatch.context() as patch:
        patch.setattr(wire, step, kill)
        with pytest.raises(Killed):
            look(clock, minutes=10)
    look(clock, minutes=1)
    assert mail.taken == []  # another may be sending it
    look(clock, minutes=30)
    assert len(mail.taken) == arrives
    assert (the_digest().sent_at is not None) == bool(arrives)


def test_a_mail_server_that_is_away_delays_it(
    app: Flask, settings_changed: Any, clock: Any, ticket: Ticket, agent: User, colleague: User
) -> None:
    use_mail(app, settings_changed, free_port())
    give(ticket, colleague, agent)
    look(clock, minutes=10)
    assert the_digest().error == "mail-unreachable"
    with listening(Server()) as server:
        use_mail(app, settings_changed, server.port)
        look(clock, minutes=2)
        assert len(server.taken) == 1
        assert the_digest().error == ""


def test_without_a_mail_server_nothing_is_made(
    clock: Any, ticket: Ticket, agent: User, colleague: User
) -> None:
    give(ticket, colleague, agent)
    look(clock, hours=2)
    assert db.session.scalars(select(Digest)).all() == []


def test_a_worker_does_it_all_by_itself(
    clock: Any, mail: Server, work: Any, ticket: Ticket, agent: User, colleague: User
) -> None:
    tickets.assign(ticket, colleague, by=agent)
    work()
    clock.shift(timedelta(minutes=11))
    work()
    assert len(mail.taken) == 1
    assert db.session.scalars(select(Notification.kind)).all() == [Kind.ASSIGNED]
    assert now() >= the_digest().at
