"""Connecting and checking accounts from the command line."""

from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import select

from hub.channels import accounts, checks
from hub.channels.base import AccountAccess, AccountBroken, Channel, Health, RetryLater
from hub.channels.models import Account
from hub.clock import now
from hub.extensions import db
from hub.sandbox.meta.identities import PAGE_ID, PAGE_NAME, PAGE_TOKEN
from tests.builders import create_account

TOKEN = "EAAnewPAGEtoken000"


@pytest.fixture
def run(app):
    """Gives a function: words of a command, standard input -> its result."""

    def invoke(*words: str, stdin: str = "") -> Result:
        db.session.rollback()
        return app.test_cli_runner().invoke(args=["channels", *words], input=stdin)

    return invoke


def connect(run, token: str = TOKEN, name: str = "Région") -> Result:
    words = ["connect", "facebook", "--page-id", PAGE_ID, "--name", name, "--token-stdin"]
    return run(*words, stdin=f"{token}\n")


def access(app) -> AccountAccess:
    db.session.rollback()
    account = db.session.scalars(select(Account)).one()
    return accounts.access(account)


def test_a_page_is_connected_with_its_token_sealed(app, run):
    done = connect(run)
    assert done.exit_code == 0, done.output
    assert (access(app).external_id, access(app).name) == (PAGE_ID, "Région")
    assert access(app).credentials == {"access_token": TOKEN}
    assert TOKEN not in db.session.scalars(select(Account.sealed_credentials)).one()
    assert TOKEN not in done.output


def test_a_connected_page_delivers_to_the_hub(run, meta):
    done = connect(run, token=PAGE_TOKEN, name=PAGE_NAME)
    assert done.exit_code == 0
    assert done.stderr == ""
    assert run("check").exit_code == 0


def test_a_page_out_of_reach_is_connected_all_the_same_and_the_reason_is_told(app, run):
    done = connect(run)
    assert "does not deliver to the hub yet" in done.stderr
    assert access(app).credentials


def test_connecting_again_replaces_the_token_and_counts_as_mended(app, run):
    account = create_account(broken_because="token_expired", broken_at=now())
    account.broken_detail = "code 190"
    db.session.commit()
    connect(run, name="Région Exemple")
    db.session.rollback()
    db.session.expire_all()
    found = db.session.scalars(select(Account)).one()
    assert (found.broken_because, found.broken_detail, found.broken_at) == ("", "", None)
    assert access(app).credentials == {"access_token": TOKEN}


def test_without_a_token_nothing_is_connected(run):
    assert connect(run, token="").exit_code == 1
    assert db.session.scalars(select(Account)).all() == []


def test_help_lists_the_channels_that_can_be_connected(run):
    done = run("connect", "--help")
    assert "facebook" in done.output
    assert "  web" not in done.output


def test_an_unknown_channel_is_refused(run):
    assert run("connect", "pigeon").exit_code == 2


def test_the_list_says_which_accounts_are_paused(run):
    create_account(name="La page")
    create_account("web", name="Le formulaire", broken_because="mail")
    listed = run("list").output.splitlines()
    assert "(connected)" in next(line for line in listed if "La page" in line)
    assert "(paused: mail)" in next(line for line in listed if "Le formulaire" in line)


class Spoken(Channel):
    """A channel whose check gives, or raises, what a test says."""

    label = "Spoken"

    def __init__(self, outcome: Health | Exception) -> None:
        self.sentences = {"token_expired": "The token has expired. Make a new one."}
        self.outcome = outcome
        self.in_transaction: bool | None = None

    def check(self, _access) -> Health:
        self.in_transaction = db.session().in_transaction()
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture
def spoken(app, monkeypatch):
    """Gives a function: outcome -> a connected channel whose check has this outcome."""

    def connected(outcome: Health | Exception, **state: Any) -> Spoken:
        channel = Spoken(outcome)
        monkeypatch.setitem(app.extensions["hub.channels"], "spoken", channel)
        create_account("spoken", name="Le compte", **state)
        return channel

    return connected


def test_check_tells_the_facts_of_a_healthy_account(run, spoken):
    spoken(Health(facts={"Token valid until": "2027"}))
    done = run("check")
    assert done.exit_code == 0
    assert "Token valid until: 2027" in done.output


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Health(problems=("The token ends tomorrow.",)), "The token ends tomorrow."),
        (AccountBroken("token_expired", "code 190"), "Make a new one. (code 190)"),
        (AccountBroken("never-heard"), "never-heard"),
        (RetryLater("x", "timeout"), "could not be reached"),
    ],
)
def test_check_tells_each_problem_and_fails(run, spoken, outcome, said):
    spoken(outcome)
    done = run("check")
    assert done.exit_code == 1
    assert said in done.output


def test_an_account_that_is_paused_is_not_well_whatever_its_platform_says(run, spoken):
    spoken(Health(), broken_because="token_expired", broken_at=now())
    done = run("check")
    assert done.exit_code == 1
    assert "Paused: The token has expired." in done.output
    assert "All is well." not in done.output


def test_a_disconnected_account_is_said_to_be_so_once(run, spoken):
    spoken(AccountBroken("token_expired"), broken_because="disconnected", broken_at=now())
    problems = run("check").output.split("Problem: ")[1:]
    assert len(problems) == 1
    assert "disconnected this account" in problems[0]


def test_check_goes_on_after_an_account_with_a_problem(run, spoken):
    create_account("another", name="Un autre")
    spoken(Health())
    done = run("check")
    assert done.exit_code == 1
    assert "another is not in the setting CHANNELS" in done.output
    assert "All is well." in done.output


def test_check_keeps_no_transaction_open_while_it_asks(run, spoken):
    channel = spoken(Health())
    run("check")
    assert channel.in_transaction is False


def test_check_without_any_account_says_so(run):
    done = run("check")
    assert (done.exit_code, done.output) == (0, "No account is connected.\n")


def test_credentials_sealed_with_another_key_name_the_setting(app, run, spoken):
    spoken(Health())
    db.session.scalars(select(Account)).one().sealed_credentials = "gAAAAAother"
    db.session.commit()
    assert "SECRET_KEY" in run("check").output
    assert "SECRET_KEY" in checks.said("spoken", "credentials-unreadable")
