"""The commands that connect an account of X and manage what X delivers."""

import json

import pytest
import time_machine
from sqlalchemy import select

from hub.channels import accounts
from hub.channels.models import Account
from hub.channels.twitter.webhooks import EVENTS
from hub.extensions import db
from tests.channels.twitter.wire import (
    ACCOUNT,
    HANDLE,
    NOW,
    OAUTH_1,
    OAUTH_2,
    Answer,
    StandIn,
    by_line,
    problem,
)

URL = "https://contact.region.example/hooks/twitter"
HOOK = {"id": "21", "url": URL, "valid": True}
LISTED = {"GET /2/webhooks": {"data": [HOOK]}}
SUBSCRIBED = {
    "data": [
        {"subscription_id": "31", "event_type": "dm.sent", "filter": {"user_id": ACCOUNT}},
        {"subscription_id": "32", "event_type": "dm.sent", "filter": {"user_id": "5"}},
    ]
}
ANSWER = {
    "token_type": "bearer",
    "expires_in": 7200,
    "access_token": "access-token-ONE",
    "scope": "tweet.read offline.access",
    "refresh_token": "refresh-token-ONE",
}


@pytest.fixture
def run(app, settings_changed):
    """Gives a function: answers of X, words of a command, standard input -> the result and what
    X was asked."""

    def invoke(answers, *words, stdin="", base_url="https://contact.region.example", api_url=""):
        db.session.rollback()
        with StandIn(by_line(answers)) as x:
            environ = {
                "TWITTER_API_URL": api_url or x.url,
                "TWITTER_BEARER_TOKEN": "app-bearer-token",
                "TWITTER_CONSUMER_KEY": "consumer-key",
                "TWITTER_CONSUMER_SECRET": "consumer-secret",
            }
            settings_changed(environ=environ, base_url=base_url)
            done = app.test_cli_runner().invoke(args=["channels", *words], input=stdin)
        return done, x.requests

    return invoke


def connect(run, given, user_id=ACCOUNT, handle=HANDLE):
    words = ["--user-id", user_id, "--handle", handle, "--token-stdin"]
    text = given if isinstance(given, str) else json.dumps(given, indent=1)
    return run({}, "connect", "twitter", *words, stdin=text)[0]


def stored():
    db.session.rollback()
    account = db.session.scalars(select(Account)).one()
    return account, dict(accounts.access(account).credentials)


# --- connect -------------------------------------------------------------------------------------


def test_an_account_is_connected_with_oauth_2_and_the_end_of_its_token(run):
    with time_machine.travel(NOW, tick=False):
        done = connect(run, ANSWER, handle="@RegionExemple")

    assert done.exit_code == 0, done.output
    account, credentials = stored()
    assert (account.channel, account.external_id, account.name) == ("twitter", ACCOUNT, HANDLE)
    assert credentials == {
        "access_token": "access-token-ONE",
        "refresh_token": "refresh-token-ONE",
        "scope": "tweet.read offline.access",
        "expires_at": "2026-11-10T14:00:00+00:00",
    }
    assert "token-ONE" not in done.output + account.sealed_credentials


@pytest.mark.parametrize("more", [{}, {"user_id": ACCOUNT, "screen_name": HANDLE}])
def test_an_account_is_connected_with_oauth_1(run, more):
    assert connect(run, {**OAUTH_1, **more}).exit_code == 0

    assert stored()[1] == OAUTH_1


def test_an_access_that_cannot_be_renewed_is_connected_with_a_warning(run):
    given = {name: value for name, value in ANSWER.items() if name != "refresh_token"}

    done = connect(run, given)

    assert done.exit_code == 0
    assert "offline.access" in done.stderr


@pytest.mark.parametrize(
    "given",
    [
        "",
        "EAAtoken",
        "[]",
        "null",
        {},
        {"access_token": "a"},
        {"token_type": "mac", "access_token": "a"},
        {"token_type": "bearer", "access_token": ""},
        {"token_type": "bearer", "access_token": ["a"]},
        {"oauth_token": "a"},
        {"oauth_token": "a", "oauth_token_secret": ""},
        {**ANSWER, **OAUTH_1},
        {"error": "invalid_grant"},
    ],
)
def test_anything_else_is_refused_with_a_sentence(run, given):
    done = connect(run, given)

    assert done.exit_code == 1
    assert "Standard input must hold" in done.output
    assert db.session.scalars(select(Account)).all() == []


@pytest.mark.parametrize("user_id", ["RegionExemple", "", "12a", "²"])
def test_an_id_that_is_none_is_refused(run, user_id):
    assert connect(run, ANSWER, user_id=user_id).exit_code == 1


def test_tokens_of_another_account_are_refused(run):
    done = connect(run, {**OAUTH_1, "user_id": "5"})

    assert "another account" in done.output
    assert db.session.scalars(select(Account)).all() == []


# --- webhook -------------------------------------------------------------------------------------


def test_the_hubs_address_is_registered(run):
    done, (request,) = run({"POST /2/webhooks": {"data": HOOK}}, "twitter", "webhook", "register")

    assert done.exit_code == 0, done.output
    assert request.fields == {"url": URL}
    assert done.output.split() == ["21", "valid", URL]


@pytest.mark.parametrize(
    "base_url",
    [
        "http://contact.region.example",
        "https://contact.region.example:8443",
        "https://a" + "b" * 190,
    ],
)
def test_an_address_x_would_refuse_is_refused_before(run, base_url):
    done, requests = run(
        {}, "twitter", "webhook", "register", base_url=base_url, api_url="https://api.x.com"
    )

    assert done.exit_code == 1
    assert "BASE_URL must be" in done.output
    assert requests == []


def test_a_refusal_is_told_with_its_repair(run):
    refusal = Answer({"errors": [problem(detail="CrcValidationFailed")]}, 400)

    done, _ = run({"POST /2/webhooks": refusal}, "twitter", "webhook", "register")

    assert done.exit_code == 1
    assert "TWITTER_CONSUMER_SECRET" in done.output
    assert "CrcValidationFailed" in done.output


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(b"<html>", 503), "List what there is"),
        (Answer({}, 429), "Try again in a few minutes"),
        (Answer(problem(detail="Nope"), 403), "X refused. Nothing was changed. (HTTP 403"),
        (Answer({}, 401), "TWITTER_BEARER_TOKEN"),
    ],
)
def test_no_error_on_the_command_line_speaks_of_replies(run, answer, words):
    done, _ = run({"DELETE /2/webhooks/21": answer}, "twitter", "webhook", "remove", "21")

    assert done.exit_code == 1
    assert words in done.output
    assert "reply" not in done.output


def test_webhooks_are_listed_with_their_state(run):
    invalid = {"id": "22", "url": "https://autre.example/hook", "valid": False}

    done, _ = run({"GET /2/webhooks": {"data": [HOOK, invalid]}}, "twitter", "webhook", "list")

    assert [line.split()[0] for line in done.output.splitlines()] == ["21", "22"]
    assert "not valid" in done.output.splitlines()[1]


def test_a_webhook_is_validated_again(run):
    line = "PUT /2/webhooks/21"

    done, _ = run({line: {"data": {"valid": True}}}, "twitter", "webhook", "validate", "21")
    assert done.exit_code == 0

    done, _ = run({line: {"data": {"valid": False}}}, "twitter", "webhook", "validate", "21")
    assert done.exit_code == 1
    assert "did not like the answer" in done.output


def test_a_webhook_is_removed(run):
    done, (request,) = run(
        {"DELETE /2/webhooks/21": {"data": {"deleted": True}}}, "twitter", "webhook", "remove", "21"
    )

    assert done.exit_code == 0
    assert request.method == "DELETE"


# --- subscriptions -------------------------------------------------------------------------------


@pytest.fixture
def connected(app):
    """Two accounts: one by OAuth 2, one by OAuth 1.0a."""
    later = {**OAUTH_2, "expires_at": "2099-01-01T00:00:00+00:00"}
    accounts.connect("twitter", ACCOUNT, name=HANDLE, credentials=later)
    accounts.connect("twitter", "5", name="Autre", credentials=OAUTH_1)
    accounts.connect("facebook", "7", name="La page", credentials={})


ALL = "POST /2/account_activity/webhooks/21/subscriptions/all"


def test_each_event_is_subscribed_to_for_an_account(run, connected):
    answers = {**LISTED, "POST /2/activity/subscriptions": {"data": {}}}

    done, requests = run(answers, "twitter", "subscriptions", "add", "--user-id", ACCOUNT)

    assert done.exit_code == 0, done.output
    asked = [request.fields for request in requests if request.method == "POST"]
    assert [fields["event_type"] for fields in asked] == list(EVENTS)
    assert {fields["filter"]["user_id"] for fields in asked} == {ACCOUNT}
    assert {fields["webhook_id"] for fields in asked} == {"21"}


@pytest.mark.parametrize("product", ["activity", "account"])
def test_subscribing_again_does_no_harm(run, connected, product):
    known = Answer({"errors": [problem(detail="DuplicateSubscriptionFailed")]}, 400)
    answers = {**LISTED, "POST /2/activity/subscriptions": known, ALL: known}

    done, _ = run(answers, "twitter", "subscriptions", "add", "--product", product)

    assert done.exit_code == 0, done.output
    assert done.output.count("X delivers") == 2


def test_all_of_an_account_is_subscribed_to_as_the_account(run, connected):
    answers = {**LISTED, ALL: {"data": {"subscribed": True}}}

    done, requests = run(answers, "twitter", "subscriptions", "add", "--product", "account")

    assert done.exit_code == 0, done.output
    signed = [request.headers["authorization"] for request in requests if request.line == ALL]
    assert len(signed) == 2
    assert any(proof.startswith("OAuth ") for proof in signed)
    assert "Bearer access-token-ONE" in signed


def test_another_refusal_is_told(run, connected):
    full = Answer({"errors": [problem(detail="SubscriptionLimitExceeded")]}, 400)

    done, _ = run({**LISTED, ALL: full}, "twitter", "subscriptions", "add", "--product", "account")

    assert done.exit_code == 1
    assert "no further subscription" in done.output


def test_without_a_webhook_subscribing_says_what_to_do_first(run, connected):
    done, _ = run({"GET /2/webhooks": {"data": []}}, "twitter", "subscriptions", "add")

    assert done.exit_code == 1
    assert "webhook register" in done.output


def test_without_an_account_subscribing_says_what_to_do_first(run):
    done, _ = run(LISTED, "twitter", "subscriptions", "add")

    assert done.exit_code == 1
    assert "channels connect twitter" in done.output


def test_subscriptions_are_listed(run):
    done, _ = run({"GET /2/activity/subscriptions": SUBSCRIBED}, "twitter", "subscriptions", "list")

    assert [line.split() for line in done.output.splitlines()] == [
        ["31", ACCOUNT, "dm.sent"],
        ["32", "5", "dm.sent"],
    ]


def test_accounts_subscribed_to_as_a_whole_are_listed(run):
    answers = {**LISTED, f"GET{ALL[4:]}/list": {"data": {"subscriptions": [{"user_id": "5"}]}}}

    done, _ = run(answers, "twitter", "subscriptions", "list", "--product", "account")

    assert done.output.split() == ["-", "5", "all"]


def test_subscriptions_of_one_account_are_removed(run, connected):
    answers = {
        "GET /2/activity/subscriptions": SUBSCRIBED,
        "DELETE /2/activity/subscriptions/31": {"data": {"deleted": True}},
    }

    done, requests = run(answers, "twitter", "subscriptions", "remove", "--user-id", ACCOUNT)

    assert done.exit_code == 0, done.output
    assert [request.method for request in requests] == ["GET", "DELETE"]


def test_an_account_subscribed_to_as_a_whole_is_no_more(run, connected):
    base = "/2/account_activity/webhooks/21/subscriptions"
    answers = {
        **LISTED,
        f"GET {base}/all/list": {"data": {"subscriptions": [{"user_id": "5"}, {"user_id": "6"}]}},
        f"DELETE {base}/5/all": {"data": {"subscribed": False}},
    }

    done, _ = run(answers, "twitter", "subscriptions", "remove", "--product", "account")

    assert done.exit_code == 0, done.output
    assert done.output == "Removed: all of 5.\n"


def test_the_channels_own_commands_are_listed_with_the_others(run):
    done, _ = run({}, "--help")

    assert {"check", "connect", "list", "twitter"} <= set(done.output.split())
