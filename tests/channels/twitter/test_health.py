from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask_babel import Babel

from hub.channels.base import RetryLater
from hub.channels.twitter import health
from hub.channels.twitter.scopes import NEEDED
from hub.channels.twitter.webhooks import EVENTS
from tests.channels.twitter.wire import (
    ACCOUNT,
    NOW,
    OAUTH_1,
    OAUTH_2,
    RESET,
    Answer,
    StandIn,
    access,
    by_line,
    problem,
    settings,
)

ME = {"data": {"id": ACCOUNT, "username": "RegionExemple", "name": "Région Exemple"}}
HOOK = {"id": "21", "url": "https://contact.region.example/hooks/twitter", "valid": True}
RATE = {
    "x-rate-limit-limit": "75",
    "x-rate-limit-remaining": "74",
    "x-rate-limit-reset": RESET,
}
NOT_ALL = Answer(problem("client-forbidden"), 403)


@pytest.fixture(autouse=True)
def _at_noon():
    reader = Flask("reader")
    Babel(reader, default_locale="en")
    with reader.app_context(), time_machine.travel(NOW, tick=False):
        yield


def subscribed(events=EVENTS, user_id=ACCOUNT):
    found = [
        {"subscription_id": str(n), "event_type": event, "filter": {"user_id": user_id}}
        for n, event in enumerate(events)
    ]
    return {"data": found}


def check(credentials=OAUTH_2, *, me=None, hooks=(HOOK,), events=None, everything=NOT_ALL, **given):
    """Check against a stand-in with this account, these webhooks and subscriptions."""
    answers = {
        "GET /2/users/me": me or Answer(ME, headers=RATE),
        "GET /2/webhooks": hooks if isinstance(hooks, Answer) else {"data": list(hooks)},
        "GET /2/activity/subscriptions": subscribed() if events is None else events,
        "GET /2/account_activity/webhooks/21/subscriptions/all/list": everything,
    }
    with StandIn(by_line(answers)) as x:
        found = health.check(settings(api_url=x.url, **given), access(credentials))
    return found, x.asked()


def problem_of(*args, **given):
    (found,) = check(*args, **given)[0].problems
    return found


def test_an_account_in_order_has_no_problem_and_its_facts():
    found, _ = check()

    assert found.problems == ()
    assert found.facts["Account"] == "@RegionExemple"
    assert found.facts["Access"] == "pay_per_use"
    assert found.facts["Polling"] == "every 120 seconds"
    assert found.facts["Webhook"] == f"{HOOK['url']} (valid)"
    assert "dm.received" in found.facts["Events it tells us of"]
    assert "dm.write" in found.facts["Permissions"]
    assert found.facts["Access token ends"].isoformat() == OAUTH_2["expires_at"]
    assert found.facts["Questions left (users/me)"] == "74 of 75"


def test_an_oauth_1_account_in_order_has_no_problem():
    assert check(OAUTH_1)[0].problems == ()


def test_a_token_of_another_account_is_a_problem():
    other = {"data": {"id": "5", "username": "Autre"}}

    assert "another account, @Autre" in problem_of(me=other)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer({"title": "Unauthorized"}, 401), "no longer accepts"),
        (Answer(problem("client-forbidden", "no project"), 403), "no project"),
        (Answer(problem("credits"), 402), "credits"),
    ],
)
def test_what_x_refuses_is_a_problem_in_words(answer, words):
    assert words in problem_of(OAUTH_1, me=answer)


@pytest.mark.parametrize("scope", sorted(NEEDED))
def test_a_missing_scope_is_named(scope):
    granted = " ".join(NEEDED - {scope})

    found = problem_of({**OAUTH_2, "scope": granted})

    assert f"did not grant: {scope}." in found
    assert "flask channels connect twitter" in found


def test_an_access_that_cannot_be_renewed_is_a_problem():
    known = {name: value for name, value in OAUTH_2.items() if name != "refresh_token"}

    assert "no refresh token" in problem_of(known)
    assert "TWITTER_CLIENT_ID" in problem_of(client_id="")


@pytest.mark.parametrize("missing", [{"consumer_key": ""}, {"consumer_secrets": ()}])
def test_an_oauth_1_account_needs_the_keys_of_the_app(missing):
    found, _ = check(OAUTH_1, **missing)

    assert "TWITTER_CONSUMER_KEY" in found.problems[0]


def test_an_account_without_tokens_is_a_problem_and_x_is_not_asked_for_it():
    found, asked = check({})

    assert "no access token" in found.problems[0]
    assert "GET /2/users/me" not in asked


def test_when_nothing_can_come_in_that_is_a_problem():
    found = problem_of(poll_every=None, consumer_secrets=(), bearer_token="")

    assert "Nothing comes in" in found


def test_without_the_bearer_token_webhooks_are_not_looked_at():
    found, asked = check(bearer_token="")

    assert found.problems == ()
    assert asked == ["GET /2/users/me"]


@pytest.mark.parametrize("hooks", [(), ({**HOOK, "url": "https://autre.example/hook"},)])
def test_without_a_webhook_polling_is_enough(hooks):
    found, _ = check(hooks=hooks)
    assert found.problems == ()
    assert found.facts["Webhook"] == "none yet"

    assert "webhook register" in problem_of(hooks=hooks, poll_every=None)


def test_polling_that_is_off_is_a_fact():
    assert check(poll_every=None)[0].facts["Polling"] == "switched off"
    assert check(poll_every=timedelta(minutes=5))[0].facts["Polling"] == "every 300 seconds"


def test_a_webhook_that_x_no_longer_delivers_to_is_a_problem_with_its_repair():
    found = problem_of(hooks=[{**HOOK, "valid": False}])

    assert "flask channels twitter webhook validate 21." in found


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_that_is_not_delivered_is_named(event):
    others = [other for other in EVENTS if other != event]

    assert f": {event}. Subscribe" in problem_of(events=subscribed(others))


def test_an_account_that_x_may_not_deliver_for_is_deaf():
    refused = Answer(problem("client-forbidden"), 403)
    for changes in (
        {"hooks": [{**HOOK, "valid": False}]},
        {"events": subscribed(user_id="5")},
        {"me": refused},
    ):
        assert check(**changes)[0].deaf, changes
    assert not check(hooks=refused)[0].deaf
    assert not check()[0].deaf


def test_subscriptions_of_another_account_do_not_count():
    assert "dm.received" in problem_of(events=subscribed(user_id="5"))


def test_account_activity_delivers_everything():
    everything = {"data": {"subscriptions": [{"user_id": ACCOUNT}]}}

    found, _ = check(events={"meta": {}}, everything=everything)

    assert found.problems == ()
    assert found.facts["Events it tells us of"] == "all"


def test_when_the_app_may_not_ask_about_webhooks_the_rest_is_checked():
    found, _ = check(hooks=Answer(problem("client-forbidden"), 403))

    assert "does not tell about webhooks" in found.problems[0]
    assert found.facts["Account"] == "@RegionExemple"


@pytest.mark.parametrize("place", ["me", "hooks"])
def test_x_out_of_reach_means_later(place):
    with pytest.raises(RetryLater):
        check(**{place: Answer(b"<html>", 503)})
