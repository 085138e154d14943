import pytest
import time_machine

from hub.channels.base import AccountBroken, Refused
from hub.channels.twitter import webhooks
from hub.channels.twitter.client import AccountApi, AppApi
from hub.channels.twitter.webhooks import Subscription, Webhook
from tests.channels.twitter.wire import (
    ACCOUNT,
    NOW,
    Answer,
    StandIn,
    access,
    answering,
    problem,
    settings,
)

HOOK = "2119000000000000001"
URL = "https://contact.region.example/hooks/twitter"
REGISTERED = {"id": HOOK, "url": URL, "valid": True, "created_at": "2026-11-10T08:40:00.000Z"}
SUBSCRIBED = {
    "subscription_id": "1976325569252868096",
    "event_type": "dm.received",
    "filter": {"user_id": ACCOUNT},
    "webhook_id": HOOK,
    "tag": "hub dm.received",
}
ONE = Subscription(
    event="dm.received",
    user_id=ACCOUNT,
    webhook_id=HOOK,
    subscription_id="1976325569252868096",
)


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


def ask(question, *answers, api=AppApi):
    """What a question gives when X answers so, and the requests X saw."""
    with StandIn(answering(*answers)) as x:
        known = settings(api_url=x.url)
        asking = AppApi(known) if api is AppApi else AccountApi(known, access())
        return question(asking), x.requests


def test_an_address_is_registered_as_the_app():
    hook, (request,) = ask(lambda api: webhooks.register(api, URL), {"data": REGISTERED})

    assert hook == Webhook(webhook_id=HOOK, url=URL, valid=True)
    assert request.line == "POST /2/webhooks"
    assert request.fields == {"url": URL}
    assert request.headers["authorization"] == "Bearer app-bearer-token"


@pytest.mark.parametrize("data", [[REGISTERED], REGISTERED, {"webhook": REGISTERED}])
def test_webhooks_are_listed_in_each_shape(data):
    assert ask(webhooks.webhooks, {"data": data})[0] == [
        Webhook(webhook_id=HOOK, url=URL, valid=True)
    ]


@pytest.mark.parametrize("answer", [{"meta": {"result_count": 0}}, {"data": []}, {"data": {}}])
def test_no_webhook_is_an_empty_list(answer):
    assert ask(webhooks.webhooks, answer)[0] == []


@pytest.mark.parametrize(
    ("data", "works"),
    [({"valid": True}, True), ({"valid": False}, False), ({"attempted": True}, True), ({}, False)],
)
def test_an_address_is_validated_again(data, works):
    found, (request,) = ask(lambda api: webhooks.validate(api, HOOK), {"data": data})

    assert found is works
    assert request.line == f"PUT /2/webhooks/{HOOK}"


def test_an_address_is_removed():
    _, (request,) = ask(lambda api: webhooks.remove(api, HOOK), {"data": {"deleted": True}})

    assert request.line == f"DELETE /2/webhooks/{HOOK}"


@pytest.mark.parametrize("data", [[SUBSCRIBED], SUBSCRIBED, {"subscription": SUBSCRIBED}])
def test_subscriptions_are_listed_in_each_shape(data):
    assert ask(webhooks.subscriptions, {"data": data})[0] == [ONE]


def test_an_event_is_subscribed_to_as_the_account():
    _, (request,) = ask(
        lambda api: webhooks.subscribe(api, ACCOUNT, HOOK, "dm.received"),
        {"data": [SUBSCRIBED]},
        api=AccountApi,
    )

    assert request.line == "POST /2/activity/subscriptions"
    assert request.fields == {
        "event_type": "dm.received",
        "filter": {"user_id": ACCOUNT},
        "tag": "hub dm.received",
        "webhook_id": HOOK,
    }
    assert request.headers["authorization"] == "Bearer access-token-ONE"


def test_a_subscription_is_removed():
    _, (request,) = ask(
        lambda api: webhooks.unsubscribe(api, "1976325569252868096"), {"data": {"deleted": True}}
    )

    assert request.line == "DELETE /2/activity/subscriptions/1976325569252868096"


def test_an_account_is_subscribed_to_as_a_whole():
    _, (request,) = ask(
        lambda api: webhooks.subscribe_all(api, HOOK),
        {"data": {"subscribed": True}},
        api=AccountApi,
    )

    assert request.line == f"POST /2/account_activity/webhooks/{HOOK}/subscriptions/all"
    assert request.headers["authorization"] == "Bearer access-token-ONE"


def test_accounts_that_are_subscribed_to_as_a_whole_are_listed():
    answer = {"data": {"webhook_id": HOOK, "subscriptions": [{"user_id": ACCOUNT}, {}]}}

    found, (request,) = ask(lambda api: webhooks.subscribed_to_all(api, HOOK), answer)

    assert found == [Subscription(event="all", user_id=ACCOUNT, webhook_id=HOOK)]
    assert request.line == f"GET /2/account_activity/webhooks/{HOOK}/subscriptions/all/list"


def test_an_account_is_subscribed_to_no_more():
    _, (request,) = ask(
        lambda api: webhooks.unsubscribe_all(api, HOOK, ACCOUNT), {"data": {"subscribed": False}}
    )

    path = f"/2/account_activity/webhooks/{HOOK}/subscriptions/{ACCOUNT}/all"
    assert request.line == f"DELETE {path}"


@pytest.mark.parametrize(
    "question",
    [
        lambda api: webhooks.validate(api, "../tweets"),
        lambda api: webhooks.remove(api, ""),
        lambda api: webhooks.unsubscribe(api, "1/../2"),
        lambda api: webhooks.unsubscribe_all(api, HOOK, "me/all"),
        lambda api: webhooks.subscribed_to_all(api, "²"),
    ],
)
def test_what_is_no_id_never_becomes_part_of_an_address(question):
    with pytest.raises(Refused):
        ask(question)


def test_without_the_bearer_token_of_the_app_x_is_not_asked():
    with pytest.raises(AccountBroken) as caught:
        webhooks.webhooks(AppApi(settings(bearer_token="")))

    assert caught.value.code == "bearer_missing"


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("CrcValidationFailed", "webhook_crc"),
        ("UrlValidationFailed", "webhook_url"),
        ("DuplicateUrlFailed", "webhook_duplicate"),
        ("WebhookLimitExceeded", "webhook_limit"),
    ],
)
@pytest.mark.parametrize("place", ["detail", "title"])
def test_the_reason_x_names_picks_the_sentence(reason, code, place):
    answer = Answer({"errors": [problem("invalid-request", **{place: f"{reason}: no"})]}, 400)
    with pytest.raises(Refused) as caught:
        ask(lambda api: webhooks.register(api, URL), answer)

    assert caught.value.code == code


@pytest.mark.parametrize("api_url", ["https://api.x.com", "https://api.twitter.com"])
@pytest.mark.parametrize(
    ("url", "taken"),
    [
        (URL, True),
        ("http://contact.region.example/hooks/twitter", False),
        ("https://contact.region.example:8443/hooks/twitter", False),
        ("https://contact.region.example:443/hooks/twitter", False),
        ("https://contact.region.example:x/hooks/twitter", False),
        ("https://contact.region.example/" + "a" * 169, True),
        ("https://contact.region.example/" + "a" * 170, False),
    ],
)
def test_x_takes_https_without_a_port_and_200_characters(api_url, url, taken):
    assert webhooks.is_acceptable(url, api_url) is taken


def test_a_sandbox_takes_any_address():
    assert webhooks.is_acceptable("http://127.0.0.1:8000/hooks/twitter", "http://127.0.0.1:8000/x")
