"""Asking a platform what is new: nothing lost, nothing doubled, whatever stops it."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from hub.channels import accounts
from hub.channels.base import (
    AccountBroken,
    Ignored,
    OutcomeUnknown,
    Polled,
    RetryLater,
    Unknown,
)
from hub.channels.models import Account
from hub.clock import now
from hub.extensions import db
from hub.intake import deliveries, polling
from hub.intake.backfill import MARGIN
from hub.intake.deliveries import Replayed
from hub.intake.models import Delivery, DeliveryState, KeptItem
from hub.tickets.models import Message
from tests.alongside import alongside
from tests.builders import at, create_account
from tests.fake import ACCOUNT, account, mention
from tests.plans import whole_reads_of


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(at("2026-11-10 08:00"), tick=False) as traveller:
        yield traveller


def poll() -> None:
    polling.poll(account().id)


def later(clock: Any, **span: float) -> None:
    clock.shift(timedelta(**span))


def step(number: int, *values: Any) -> Polled:
    return Polled(values=values, cursor={"since": number})


def filed() -> list[str | None]:
    query = select(Message.external_id).order_by(Message.id)
    db.session.rollback()
    return list(db.session.scalars(query))


# --- When ---------------------------------------------------------------------------------------


def test_an_account_is_due_once_connected_and_then_at_the_channels_own_pace(fake, clock):
    assert polling.due() == [account().id]
    poll()
    assert polling.due() == []
    later(clock, seconds=119)
    assert polling.due() == []
    later(clock, seconds=1)
    assert polling.due() == [account().id]


def test_only_accounts_that_are_well_of_channels_that_are_polled_and_on_are_due(app, fake):
    create_account()  # Facebook pushes
    account().broken_because = "token_dead"
    db.session.commit()
    assert polling.due() == []
    accounts.connect("fake", ACCOUNT, name="Région", credentials={})
    off = app.extensions["hub.channels"].pop("fake")
    assert polling.due() == []
    app.extensions["hub.channels"]["fake"] = off
    fake.poll_every = None
    assert polling.due() == []


def test_an_account_that_is_not_due_is_not_polled_by_a_late_ring(fake):
    poll()
    poll()
    assert len(fake.cursors) == 1


def test_the_sweep_rings_for_an_account_that_is_due(fake, work):
    fake.polls = [[step(1, mention(external_id="in_a"))]]
    work()
    assert filed() == ["in_a"]


def test_connecting_again_polls_at_once(fake, clock):
    poll()
    accounts.connect("fake", ACCOUNT, name="Région", credentials={"access_token": "second"})
    poll()
    assert [used["access_token"] for used in fake.used] == ["first", "second"]


def test_no_search_for_what_is_due_reads_all_accounts(fake):
    assert whole_reads_of("account", polling.due) == []


# --- The cursor ---------------------------------------------------------------------------------


def test_each_poll_goes_on_from_the_last_step_of_the_one_before(fake, clock):
    fake.polls = [[step(1, mention()), step(2, mention())], [step(3, mention())], []]
    for _time in range(3):
        poll()
        later(clock, minutes=2)
    assert fake.cursors == [{}, {"since": 2}, {"since": 3}]
    assert len(filed()) == 3


def test_the_cursor_moves_only_once_what_was_brought_is_filed(fake):
    def look_at_the_rows() -> Polled:
        assert (account().cursor, filed()) == ({"since": 1}, ["in_a"])
        db.session.rollback()
        return step(2)

    fake.polls = [[step(1, mention(external_id="in_a")), look_at_the_rows]]
    poll()
    assert account().cursor == {"since": 2}


def test_a_poll_that_breaks_in_the_middle_loses_and_doubles_nothing(fake, clock):
    first, second, third = (mention(external_id=f"in_{letter}") for letter in "abc")
    fake.polls = [
        [step(1, first), step(2, second), KeyError("a bug of the channel")],
        [step(2, second), step(3, third)],
    ]
    poll()
    assert (account().cursor, account().poll_error) == ({"since": 2}, "internal")
    poll()  # its time has not come
    assert len(fake.cursors) == 1
    later(clock, minutes=2)
    poll()
    assert account().poll_error == ""
    assert fake.cursors[1] == {"since": 2}
    assert filed() == ["in_a", "in_b", "in_c"]


def test_trouble_of_the_database_while_filing_leaves_the_cursor(fake, clock, monkeypatch):
    def no_database(_channel: str, _value: Any) -> None:
        raise OperationalError("INSERT", {}, Exception("disk I/O error"))

    fake.polls = [[step(1, mention(external_id="in_a"))]] * 2
    with monkeypatch.context() as patch:
        patch.setattr(deliveries, "file_value", no_database)
        with pytest.raises(OperationalError):
            poll()
    assert account().cursor == {}
    later(clock, minutes=6)
    poll()
    assert (filed(), account().cursor) == (["in_a"], {"since": 1})


def test_a_long_poll_keeps_its_lease_step_by_step(fake, clock):
    def slow() -> Polled:
        later(clock, minutes=4)
        assert polling.due() == []
        db.session.rollback()
        return step(1)

    fake.polls = [[slow, slow, slow]]
    poll()
    assert account().poll_lease_until is None


def test_two_workers_at_once_poll_once(app: Flask, fake):
    asked, leave = threading.Event(), threading.Event()

    def slow() -> Polled:
        asked.set()
        assert leave.wait(5)
        return step(1, mention())

    fake.polls = [[slow], [step(1, mention())]]
    account_id = account().id
    db.session.rollback()
    first = alongside(app, lambda: polling.poll(account_id))
    assert asked.wait(5)
    polling.poll(account_id)
    leave.set()
    first.join(10)
    assert (len(fake.cursors), len(filed())) == (1, 1)


# --- What comes ---------------------------------------------------------------------------------


def test_a_message_that_is_delivered_and_polled_is_one_message(fake, work):
    message = mention(external_id="in_a")
    deliveries.file_value("fake", message)
    fake.polls = [[step(1, message, mention(external_id="in_b"))]]
    work()
    assert filed() == ["in_a", "in_b"]


def test_what_means_nothing_to_the_hub_is_passed_over(fake):
    fake.polls = [[step(1, Ignored(what="a like"))]]
    poll()
    assert (filed(), db.session.scalars(select(KeptItem)).all()) == ([], [])


def test_what_cannot_be_placed_is_kept_aside_once_and_its_neighbours_are_filed(fake, clock):
    values = (
        mention(external_id="in_a"),
        Unknown(reason="no author", raw={"id": "9"}),
        mention(external_id="in_b", account="not connected"),
        mention(external_id="in_c"),
    )
    fake.polls = [[step(1, *values)], [step(1, *values)]]
    poll()
    later(clock, minutes=2)
    poll()
    assert filed() == ["in_a", "in_c"]
    kept = db.session.execute(
        select(Delivery, KeptItem)
        .join(KeptItem, KeptItem.delivery_id == Delivery.id)
        .order_by(KeptItem.id)
    ).all()
    assert [delivery.state for delivery, _item in kept] == [DeliveryState.POLLED] * 2
    (unknown, nobodys) = (item for _delivery, item in kept)
    assert (unknown.reason, unknown.raw) == ("no author", {"id": "9"})
    assert "not connected" in nobodys.reason
    assert "in_b" in nobodys.raw
    assert json.loads(kept[0][0].body) == {"id": "9"}


def test_a_bug_in_one_account_leaves_the_others_alone(fake, clock, work):
    accounts.connect("fake", "901", name="Autre", credentials={})
    fake.polls = [[KeyError("a bug of the channel")], [step(1, mention(external_id="in_a"))]]
    work()
    assert filed() == ["in_a"]
    said = dict(db.session.execute(select(Account.poll_error, Account.cursor)).all())
    assert said == {"internal": {}, "": {"since": 1}}


def test_what_a_poll_could_not_place_is_asked_for_anew_by_a_replay(fake, clock, work):
    asked_before = now()
    poll()
    later(clock, minutes=2)
    value = Unknown(reason="no author", raw={"id": "in_9"})
    fake.polls = [[step(1, value)]]
    poll()
    ids = list(db.session.scalars(select(Delivery.id)))
    fake.held = [value]
    assert deliveries.replay(ids) == Replayed(again=0, anew=1)
    work()
    assert fake.backfilled == [asked_before - MARGIN]
    assert db.session.scalars(select(KeptItem.reason)).all() == ["no author"]
    fake.held = [mention(external_id="in_9"), mention(external_id="in_8")]
    deliveries.replay(ids)
    work()
    assert filed() == ["in_9", "in_8"]
    assert db.session.scalars(select(KeptItem.id)).all() == []
    assert db.session.scalars(select(Delivery.id)).all() == []


def test_what_is_kept_aside_is_never_there_without_its_reason(fake, clock, monkeypatch):
    def dies(*_rows: Any) -> None:
        raise SystemExit

    value = Unknown(reason="no author", raw={"id": "9"})
    with monkeypatch.context() as patch:
        patch.setattr(db.session, "add", dies)
        with pytest.raises(SystemExit):
            deliveries.keep_aside(
                "fake", value, value.reason, account_id=account().id, asked_since=now()
            )
    db.session.rollback()
    fake.polls = [[step(1, value)]]
    poll()
    assert db.session.scalars(select(KeptItem.reason)).all() == ["no author"]


# --- What stops it ------------------------------------------------------------------------------


def test_a_platform_that_wants_us_later_is_asked_no_sooner(fake, clock):
    fake.polls = [[step(1, mention()), RetryLater("busy", at=at("2026-11-10 08:15"))]]
    poll()
    assert (account().poll_error, account().polled_at) == ("busy", None)
    assert account().cursor == {"since": 1}
    later(clock, minutes=14)
    assert polling.due() == []
    later(clock, minutes=1)
    poll()
    assert fake.cursors[1] == {"since": 1}
    assert (account().poll_error, account().polled_at) == ("", now())


def test_a_platform_that_wants_us_soon_is_asked_at_the_ordinary_pace(fake, clock):
    fake.polls = [[RetryLater("busy", at=at("2026-11-10 08:00") + timedelta(seconds=1))]]
    poll()
    later(clock, minutes=1)
    assert polling.due() == []


def test_an_answer_that_does_not_come_is_asked_for_again(fake, clock):
    fake.polls = [[OutcomeUnknown("no_answer")], [step(1)]]
    poll()
    later(clock, minutes=2)
    poll()
    assert account().cursor == {"since": 1}


def test_a_broken_account_is_paused_once_and_says_why(fake, clock):
    fake.polls = [[step(1, mention()), AccountBroken("token_dead", "invalid_grant")]]
    poll()
    found = account()
    assert (found.broken_because, found.broken_detail) == ("token_dead", "invalid_grant")
    assert (found.broken_at, found.cursor) == (now(), {"since": 1})
    later(clock, hours=1)
    poll()
    assert len(fake.cursors) == 1
    first = AccountBroken("revoked")
    accounts.pause_by_id(found.id, first, asked_at=now())
    assert account().broken_because == "token_dead"


def test_credentials_that_cannot_be_read_pause_the_account(fake, settings_changed):
    settings_changed(secret_key="another secret")
    poll()
    assert account().broken_because == "credentials-unreadable"
    assert fake.cursors == []


def test_a_poll_with_the_old_token_does_not_break_an_account_connected_meanwhile(fake, clock):
    def connected_again() -> Polled:
        later(clock, seconds=1)
        accounts.connect("fake", ACCOUNT, name="Région", credentials={"access_token": "second"})
        db.session.rollback()
        raise AccountBroken("token_dead")

    fake.polls = [[connected_again]]
    poll()
    assert account().broken_because == ""
    assert polling.due() == [account().id]


def test_a_dead_poll_does_not_hold_up_an_account_that_is_connected_again(fake):
    fake.polls = [[SystemExit("the worker is killed")]]
    with pytest.raises(SystemExit):
        poll()
    accounts.connect("fake", ACCOUNT, name="Région", credentials={"access_token": "second"})
    assert polling.due() == [account().id]
