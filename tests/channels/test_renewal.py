"""New credentials in exchange for old ones: once, however many want them."""

import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from hub.channels import accounts, renewal
from hub.channels.base import (
    AccountAccess,
    AccountBroken,
    ChannelError,
    OutcomeUnknown,
    RetryLater,
)
from hub.clock import now
from hub.extensions import db
from tests.alongside import alongside
from tests.fake import ACCOUNT, account

FRESH = {"access_token": "new", "refresh_token": "good for one use"}


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewal, "LOOK_SECONDS", 0.01)


@pytest.fixture
def stale(fake) -> AccountAccess:
    """The account as a worker holds it while its token expires."""
    opened = accounts.access(account())
    db.session.rollback()
    return opened


def credentials() -> Mapping[str, str]:
    found = accounts.access(account()).credentials
    db.session.rollback()
    return found


def is_leased() -> bool:
    leased = account().renewing_until is not None
    db.session.rollback()
    return leased


class Slow:
    """A platform that answers when the test lets it."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked, self.may_answer = threading.Event(), threading.Event()

    def __call__(self) -> Any:
        self.asked.set()
        assert self.may_answer.wait(5)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def renewing(app: Flask, access: AccountAccess) -> tuple[threading.Thread, list[Any]]:
    """Renew in another worker. Gives what came of it once the thread has ended."""
    outcome: list[Any] = []

    def renew() -> None:
        try:
            outcome.append(access.renewed().credentials)
        except ChannelError as error:
            outcome.append(error)

    return alongside(app, renew), outcome


def test_the_new_pair_is_given_and_kept_sealed(fake, stale):
    fake.renewals = [FRESH]
    fresh = stale.renewed()
    assert fresh.credentials == credentials() == FRESH
    assert (fresh.external_id, fresh.name) == (stale.external_id, stale.name)
    assert "good for one use" not in account().sealed_credentials
    assert fake.renewed_with == [{"access_token": "first"}]
    assert not is_leased()


def test_what_was_renewed_can_be_renewed_again(fake, stale):
    fake.renewals = [FRESH, {"access_token": "newest"}]
    stale.renewed().renewed()
    assert fake.renewed_with[1] == FRESH
    assert credentials() == {"access_token": "newest"}


def test_who_comes_late_with_the_old_token_gets_what_is_there(fake, stale):
    fake.renewals = [FRESH]
    stale.renewed()
    assert stale.renewed().credentials == FRESH
    assert len(fake.renewed_with) == 1


def test_two_at_once_renew_once_and_both_get_the_new_pair(app: Flask, fake, stale):
    slow = Slow(FRESH)
    fake.renewals = [slow]
    first, given = renewing(app, stale)
    assert slow.asked.wait(5)
    second, also_given = renewing(app, stale)
    second.join(0.1)
    assert second.is_alive()
    slow.may_answer.set()
    for thread in (first, second):
        thread.join(10)
    assert given == also_given == [FRESH]
    assert len(fake.renewed_with) == 1


def test_who_waits_in_vain_tries_later(app: Flask, fake, stale, monkeypatch):
    monkeypatch.setattr(renewal, "WAIT_SECONDS", 0.05)
    slow = Slow(FRESH)
    fake.renewals = [slow]
    first, given = renewing(app, stale)
    assert slow.asked.wait(5)
    with pytest.raises(RetryLater):
        stale.renewed()
    slow.may_answer.set()
    first.join(10)
    assert given == [FRESH]


# --- When it fails -------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [AccountBroken("token_dead"), RetryLater("busy")])
def test_a_failure_changes_nothing_and_lets_the_next_one_try(fake, stale, error):
    fake.renewals = [error, FRESH]
    with pytest.raises(type(error)) as raised:
        stale.renewed()
    assert raised.value is error
    assert (credentials(), is_leased()) == ({"access_token": "first"}, False)
    assert stale.renewed().credentials == FRESH


def test_an_answer_that_does_not_come_is_asked_for_later(fake, stale):
    fake.renewals = [OutcomeUnknown("no_answer", "read time-out"), FRESH]
    with pytest.raises(RetryLater) as raised:
        stale.renewed()
    assert (raised.value.code, raised.value.detail) == ("no_answer", "read time-out")
    assert stale.renewed().credentials == FRESH


def test_who_waited_for_one_that_failed_tries_in_their_turn(app: Flask, fake, stale):
    slow = Slow(RetryLater("busy"))
    fake.renewals = [slow, FRESH]
    first, failed = renewing(app, stale)
    assert slow.asked.wait(5)
    second, given = renewing(app, stale)
    slow.may_answer.set()
    for thread in (first, second):
        thread.join(5)
    assert [error.code for error in failed] == ["busy"]
    assert given == [FRESH]


def test_the_lease_of_one_that_died_passes(fake, stale):
    fake.renewals = [SystemExit(), FRESH]
    with pytest.raises(SystemExit):
        stale.renewed()
    assert is_leased()
    with time_machine.travel(now() + renewal.LEASE + timedelta(seconds=1)):
        assert stale.renewed().credentials == FRESH


# --- A person connects the account meanwhile -----------------------------------------------------


def connect_again() -> None:
    accounts.connect("fake", ACCOUNT, name="Région", credentials={"access_token": "a person's"})
    db.session.rollback()


@pytest.fixture(params=[FRESH, AccountBroken("token_dead"), OutcomeUnknown("no_answer")])
def overtaken(request: pytest.FixtureRequest, fake) -> None:
    """A renewal during which a person connects the account, whatever becomes of it."""

    def renewed() -> Any:
        connect_again()
        if isinstance(request.param, Exception):
            raise request.param
        return request.param

    fake.renewals = [renewed]


def test_what_a_person_connects_meanwhile_stays(stale, overtaken):
    assert stale.renewed().credentials == {"access_token": "a person's"}
    assert credentials() == {"access_token": "a person's"}
    assert not is_leased()


def test_who_waits_gets_what_a_person_connected(app: Flask, fake, stale):
    slow = Slow(FRESH)
    fake.renewals = [slow]
    first, given = renewing(app, stale)
    assert slow.asked.wait(5)
    second, also_given = renewing(app, stale)
    connect_again()
    second.join(10)
    slow.may_answer.set()
    first.join(10)
    assert given == also_given == [{"access_token": "a person's"}]
