"""Accounts are looked after: what is wrong is found, told to those who can mend it, and told to be
over."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from hub.accounts import mails
from hub.accounts.models import Role
from hub.admin import alarms, checkups, vitals
from hub.admin.models import Alarm
from hub.channels import accounts
from hub.channels.base import AccountBroken, Health, RetryLater
from hub.channels.models import Account, Checkup
from hub.clock import now
from hub.extensions import db
from hub.intake import actions as intake
from hub.intake import deliveries, gaps
from hub.intake.models import Delivery, DeliveryState, Gap
from hub.outbox import actions as outbox
from hub.sandbox.x import access
from hub.sandbox.x.identities import ACCOUNT_ID
from hub.tickets.models import DeliveryStatus, Message
from tests.alongside import alongside
from tests.builders import at, create_account, create_department, create_user
from tests.channels.web.server import Server, free_port, listening
from tests.fake import ACCOUNT, account, mention
from tests.mailbox import letters, use_mail
from tests.plans import whole_reads_of
from tests.x import facing


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(at("2026-11-10 08:00"), tick=False) as traveller:
        yield traveller


@pytest.fixture
def mail(app: Flask, settings_changed: Any) -> Iterator[Server]:
    """A mail server that the hub sends by."""
    with listening(Server()) as server:
        use_mail(app, settings_changed, server.port)
        yield server


def later(clock: Any, **span: float) -> None:
    clock.shift(timedelta(**span))


def checkup() -> Checkup:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Checkup)).one()


def the_gap() -> Gap:
    db.session.rollback()
    return db.session.scalars(select(Gap)).one()


def alarm(alarm_id: int) -> Alarm:
    db.session.rollback()
    return db.session.get_one(Alarm, alarm_id)


def sick(fake: Any, *problems: str, deaf: bool = False) -> None:
    fake.health = Health(problems=problems or ("The token ends tomorrow.",), deaf=deaf)


def look() -> Checkup:
    checkups.examine(account().id)
    return checkup()


def fall_sick(fake: Any) -> None:
    """For so long that it is told."""
    sick(fake)
    for _look in range(2):
        look()


# --- When ---------------------------------------------------------------------------------------


def test_each_account_is_examined_every_five_minutes(fake: Any, work: Any, clock: Any) -> None:
    assert checkups.due() == []  # connected in this instant
    later(clock, minutes=5)
    work()
    assert (fake.checks, checkup().next_at) == (1, now() + timedelta(minutes=5))
    later(clock, minutes=4)
    work()
    assert fake.checks == 1
    later(clock, minutes=1)
    work()
    assert fake.checks == 2


def test_what_happened_to_an_account_is_looked_at_without_delay(fake: Any, clock: Any) -> None:
    later(clock, minutes=5)
    look()
    assert checkups.due() == []
    later(clock, seconds=1)
    accounts.pause(account(), AccountBroken("token_dead"))
    db.session.commit()
    assert checkups.due() == [account().id]
    look()
    later(clock, seconds=1)
    accounts.connect("fake", ACCOUNT, name="Région", credentials={})
    assert checkups.due() == [account().id]


def test_two_workers_examine_an_account_once(app: Flask, fake: Any, clock: Any) -> None:
    later(clock, minutes=5)
    account_id = account().id
    db.session.rollback()
    workers = [alongside(app, lambda: checkups.check_up(account_id)) for _worker in range(3)]
    for worker in workers:
        worker.join()
    assert fake.checks == 1


def test_a_worker_that_comes_when_another_has_just_examined_the_account_leaves_it(
    fake: Any, clock: Any, monkeypatch: Any
) -> None:
    later(clock, minutes=5)
    found_before = checkups.due()
    checkups.check_up(account().id)
    monkeypatch.setattr(checkups, "due", lambda: found_before)
    checkups.check_up(account().id)
    assert fake.checks == 1


def test_an_account_whose_first_look_was_killed_is_examined_again(fake: Any, clock: Any) -> None:
    fake.health = SystemExit("killed")
    later(clock, minutes=5)
    with pytest.raises(SystemExit):
        checkups.check_up(account().id)
    db.session.rollback()
    assert checkups.due() == []
    later(clock, minutes=6)
    assert checkups.due() == [account().id]


def test_accounts_that_nobody_uses_are_left_alone(app: Flask, fake: Any, clock: Any) -> None:
    create_account("pigeon")
    later(clock, minutes=5)
    assert checkups.due() == [account().id]
    accounts.pause(account(), AccountBroken(accounts.DISCONNECTED))
    db.session.commit()
    assert checkups.due() == []


# --- What is found ------------------------------------------------------------------------------


def test_what_the_hub_itself_knows_is_found_with_its_figures(fake: Any, clock: Any) -> None:
    ticket = intake.receive("fake", mention()).ticket
    doubted = outbox.reply(ticket, "Bonjour", visibility="public", by=None)
    doubted.delivery, doubted.doubted_at = DeliveryStatus.UNKNOWN, now()
    doubted.next_at = None
    outbox.reply(ticket, "Encore", visibility="public", by=None)
    for number, state in enumerate([DeliveryState.WAITING, DeliveryState.FAILED]):
        key = deliveries.store("fake", bytes([number]))
        db.session.get_one(Delivery, key).state = state
    db.session.commit()
    gaps.note(account().id, at("2026-11-09 08:00"), reason=gaps.DOWN)
    db.session.flush()
    db.session.execute(update(Gap).values(next_at=None, error="internal"))
    account().poll_error = "internal"
    db.session.commit()
    assert look().problems != []
    later(clock, hours=2)
    said = " ".join(look().problems)
    for words in (
        "1 delivery waits to be processed",
        "1 delivery could not be processed",
        "whether 1 answer left",
        "could not be asked for what was written since",
        "Asking for new messages has not worked",
    ):
        assert words in said, words
    ours = vitals.vitals()[account().id]
    assert (ours.waiting.number, ours.outbound, ours.unknown.number) == (1, 1, 1)
    assert ours.unknown.oldest_at == at("2026-11-10 08:00")


def test_an_answer_that_is_still_looked_for_is_no_problem_for_a_person(
    fake: Any, clock: Any
) -> None:
    doubted = outbox.reply(
        intake.receive("fake", mention()).ticket, "Bonjour", visibility="public", by=None
    )
    doubted.delivery, doubted.doubted_at = DeliveryStatus.UNKNOWN, now()
    doubted.next_at = now() + timedelta(hours=3)
    db.session.commit()
    later(clock, hours=2)
    assert look().problems == []
    ours = vitals.vitals()[account().id]
    assert (ours.unknown.number, ours.undecided.number) == (1, 0)


def test_an_unusual_silence_is_told_with_its_figures_and_asked_about_afterwards(
    fake: Any, clock: Any
) -> None:
    habit = [
        at("2026-11-10 08:00") - timedelta(days=7 * week) + timedelta(minutes=10 * number)
        for week in (1, 2, 3)
        for number in range(1, 7)
    ]
    for posted_at in [*habit, now() - timedelta(days=22)]:
        intake.receive("fake", mention(posted_at=posted_at))
    intake.receive("fake", mention(posted_at=now()))
    later(clock, minutes=40)
    assert look().problems == []
    later(clock, minutes=20)
    (problem,) = look().problems
    assert "Nothing has come in since" in problem
    assert "6, 6, 6 messages came" in problem
    assert checkup().deaf_since == at("2026-11-10 08:00")
    intake.receive("fake", mention(posted_at=now()))
    later(clock, minutes=1)
    assert look().problems == []
    assert (the_gap().since, the_gap().reason) == (at("2026-11-10 08:00"), gaps.DEAF)


def test_what_was_missed_is_asked_for_even_where_somebody_mended_it_before_it_was_noticed(
    fake: Any, clock: Any
) -> None:
    later(clock, minutes=5)
    last_look = look().checked_at
    later(clock, minutes=4)
    accounts.connect("fake", ACCOUNT, name="Région", credentials={})
    fake.health = RetryLater("unreachable", "ConnectTimeout")
    later(clock, seconds=1)
    look()  # nobody knows yet whether it delivers again
    fake.health = Health()
    later(clock, minutes=2)
    look()
    assert (the_gap().since, the_gap().reason) == (last_look, gaps.DEAF)
    assert checkup().deaf_since is None


def test_a_platform_out_of_reach_is_a_problem_after_ten_minutes(fake: Any, clock: Any) -> None:
    look()
    fake.health = RetryLater("unreachable", "ConnectTimeout")
    for _look in range(5):
        assert look().problems == []
        later(clock, minutes=2)
    (problem,) = look().problems
    assert "could not be reached" in problem
    fake.health = Health()
    assert look().problems == []
    assert checkup().unreachable_since is None


def test_the_vitals_of_all_accounts_read_no_whole_table_of_messages(fake: Any) -> None:
    intake.receive("fake", mention())
    assert whole_reads_of("message", vitals.vitals, vitals.last_heard) == []


# --- Who is told --------------------------------------------------------------------------------


def test_supervisors_are_told_once_at_the_second_look_and_once_when_it_is_over(
    fake: Any, work: Any, clock: Any, mail: Server
) -> None:
    create_user(email="sup@region.example", role=Role.SUPERVISOR, language="en")
    create_user(email="admin@région.example", role=Role.ADMIN)
    create_user(email="agent@region.example")
    create_user(email="gone@region.example", role=Role.ADMIN, active=False)
    later(clock, minutes=5)
    sick(fake)
    work()
    assert letters(mail) == []
    later(clock, minutes=2)
    work()
    first, second = letters(mail)
    assert [first["To"], second["To"]] == ["sup@region.example", "admin@xn--rgion-bsa.example"]
    assert first["Subject"] == "Région on Fake needs somebody"
    text = first.get_content()
    assert "- The token ends tomorrow." in text
    assert f"http://localhost/settings/channels#account-{account().id}" in text
    for _round in range(3):
        later(clock, minutes=5)
        work()
    assert len(mail.taken) == 2
    fake.health = Health()
    later(clock, minutes=5)
    work()
    assert [one["Subject"] for one in letters(mail)[2:]] == ["Région on Fake works again"] * 2


def test_a_hiccup_is_told_to_nobody(fake: Any, work: Any, clock: Any, mail: Server) -> None:
    create_user(role=Role.ADMIN)
    later(clock, minutes=5)
    sick(fake)
    work()
    fake.health = Health()
    later(clock, minutes=2)
    work()
    assert (mail.taken, checkup().sick_since) == ([], None)


def test_a_paused_account_is_told_at_once_with_its_reason(
    fake: Any, work: Any, clock: Any, mail: Server
) -> None:
    create_user(role=Role.SUPERVISOR)
    accounts.pause(account(), AccountBroken("token_dead"))
    db.session.commit()
    fake.health = RetryLater("unreachable")
    work()
    (letter,) = letters(mail)
    assert "- Paused: token_dead" in letter.get_content()


def test_an_alarm_that_cannot_leave_is_tried_again_and_never_doubled(
    app: Flask, fake: Any, work: Any, clock: Any, settings_changed: Any
) -> None:
    create_user(role=Role.ADMIN)
    use_mail(app, settings_changed, free_port())
    fall_sick(fake)
    work()
    (alarm,) = db.session.scalars(select(Alarm)).all()
    assert (alarm.error, alarm.sent_at) == ("mail-unreachable", None)
    db.session.rollback()
    with listening(Server()) as server:
        use_mail(app, settings_changed, server.port)
        work()
        assert server.taken == []  # its time has not come
        later(clock, minutes=2)
        work()
        later(clock, hours=1)
        alarms.send(alarm.id)
        assert len(server.taken) == 1


def test_an_alarm_is_given_up_after_a_day(
    app: Flask, fake: Any, clock: Any, settings_changed: Any
) -> None:
    create_user(role=Role.ADMIN)
    use_mail(app, settings_changed, free_port())
    fall_sick(fake)
    (alarm_id,), told_at = alarms.due(), now()
    while now() - told_at <= mails.GIVE_UP_AFTER:
        alarms.send(alarm_id)
        assert now() < alarm(alarm_id).next_at <= now() + mails.BACK_OFF[-1]
        clock.move_to(alarm(alarm_id).next_at)
    alarms.send(alarm_id)
    assert alarm(alarm_id).next_at is None


def test_without_a_mail_server_nothing_is_kept_for_one(fake: Any) -> None:
    create_user(role=Role.ADMIN)
    fall_sick(fake)
    assert checkup().told_at == now()
    assert db.session.scalars(select(Alarm)).all() == []


# --- What was missed ----------------------------------------------------------------------------


def test_an_invalid_webhook_is_told_and_what_it_missed_comes_in_once_it_is_repaired(
    app: Flask, work: Any, clock: Any, mail: Server, tmp_path: Path
) -> None:
    create_user(role=Role.SUPERVISOR)
    create_department("accueil")
    with facing(app, tmp_path) as x:
        db.session.execute(update(Account).values(next_poll_at=now() + timedelta(days=1)))
        db.session.commit()
        citizen = next(person.id for person in x.people() if person.id != ACCOUNT_ID)
        later(clock, minutes=5)
        x.post(citizen, "@Montvallee avant")
        x.deliver_pending()
        work()
        assert checkup().problems == []
        x.invalidate_webhook()
        later(clock, minutes=5)
        x.post(citizen, "@Montvallee pendant")
        for _look in range(2):
            work()
            later(clock, minutes=2)
        (letter,) = letters(mail)
        assert "no longer delivers" in " ".join(letter.get_content().split())
        with x.change() as store:
            for webhook in access.webhooks(store):
                access.set_valid(store, webhook.id, True)
        later(clock, minutes=5)
        work()
        said = select(Message.text).where(Message.direction == "in").order_by(Message.id)
        assert list(db.session.scalars(said))[-1] == "@Montvallee pendant"
        assert the_gap().reason == gaps.DEAF
        assert the_gap().since == at("2026-11-10 08:05")
        assert len(mail.taken) == 2
