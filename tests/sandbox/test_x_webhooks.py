"""Webhooks that must prove themselves, and subscriptions in three shapes."""

import json
from datetime import timedelta
from typing import Any

import pytest

from hub.sandbox.x.identities import ACCOUNT_ID, EVENT_TYPES, PEOPLE
from hub.sandbox.x.stand_in import XStandIn
from tests import x as x_wire
from tests.sandbox.conftest import APP, Call, Callback, Hub

PUBLIC = "https://contact.region.example/hooks/x"


@pytest.fixture
def callback(x: XStandIn) -> Callback:
    """The callback of the stand-in, which the test may spoil."""
    answering = Callback(x.keys.consumer_secret)
    x._ask = answering
    return answering


@pytest.fixture
def seeded(app_call: Call) -> str:
    """Id of the webhook that stands from the start."""
    listed: Any = app_call("GET", "webhooks").json
    assert listed["meta"] == {"result_count": 1}
    return str(listed["data"][0]["id"])


@pytest.fixture
def nothing(app_call: Call, seeded: str) -> None:
    """No webhook stands."""
    assert app_call("DELETE", f"webhooks/{seeded}").json == {"data": {"deleted": True}}


def refusal(answer: Any) -> str:
    assert answer.status_code == 400
    return str(answer.json["errors"][0]["message"]).partition(":")[0]


def test_one_valid_webhook_stands_from_the_start_beside_the_stand_in(app_call: Call) -> None:
    (webhook,) = app_call("GET", "webhooks").json["data"]  # type: ignore[index]
    assert webhook["url"] == f"{APP.base_url}/hooks/twitter"
    assert webhook["valid"] is True
    assert webhook["created_at"] == "2026-11-10T08:40:00.000Z"


@pytest.mark.usefixtures("nothing")
def test_a_new_webhook_proves_itself_within_the_call(app_call: Call, callback: Callback) -> None:
    answer = app_call("POST", "webhooks", url=PUBLIC)
    assert answer.json["data"]["valid"] is True  # type: ignore[index]
    assert callback.asked == [PUBLIC]


@pytest.mark.usefixtures("nothing")
@pytest.mark.parametrize(("status", "secret"), [(200, "wrong"), (302, ""), (500, ""), (0, "")])
def test_a_webhook_without_proof_is_refused(
    app_call: Call, callback: Callback, status: int, secret: str
) -> None:
    callback.status, callback.secret = status, secret or callback.secret
    assert refusal(app_call("POST", "webhooks", url=PUBLIC)) == "CrcValidationFailed"
    assert app_call("GET", "webhooks").json["data"] == []  # type: ignore[index]


@pytest.mark.usefixtures("nothing")
@pytest.mark.parametrize(
    "url",
    [
        "http://contact.region.example/hooks/x",
        "https://contact.region.example:8443/hooks/x",
        "https:///hooks/x",
        "contact.region.example",
        PUBLIC + "a" * 200,
    ],
)
def test_the_address_must_be_public(app_call: Call, callback: Callback, url: str) -> None:
    assert refusal(app_call("POST", "webhooks", url=url)) == "UrlValidationFailed"
    assert callback.asked == []


def test_one_webhook_is_all_there_may_be(app_call: Call, callback: Callback) -> None:
    own = f"{APP.base_url}/hooks/twitter"
    assert refusal(app_call("POST", "webhooks", url=own)) == "DuplicateUrlFailed"
    assert refusal(app_call("POST", "webhooks", url=PUBLIC)) == "WebhookLimitExceeded"
    assert refusal(app_call("PUT", "webhooks/12")) == "WebhookIdInvalid"


def test_an_invalid_webhook_becomes_valid_by_proving_itself(
    app_call: Call, callback: Callback, x: XStandIn, seeded: str
) -> None:
    x.invalidate_webhook()
    assert app_call("GET", "webhooks").json["data"][0]["valid"] is False  # type: ignore[index]
    callback.status = 503
    assert refusal(app_call("PUT", f"webhooks/{seeded}")) == "CrcValidationFailed"
    callback.status = 200
    assert app_call("PUT", f"webhooks/{seeded}").json == {"data": {"valid": True}}


def test_a_wrong_answer_is_final_and_silence_is_borne_for_a_day(
    callback: Callback, x: XStandIn
) -> None:
    def valid() -> bool:
        webhook = x.check_webhook()
        assert webhook is not None
        return webhook.valid

    callback.status = 500
    x.advance(timedelta(hours=27))
    assert valid()
    x.advance(timedelta(hours=2))
    assert not valid()
    callback.status = 200
    assert valid()
    callback.secret = "wrong"
    assert not valid()


def test_without_a_webhook_there_is_nothing_to_check(
    app_call: Call, x: XStandIn, nothing: None
) -> None:
    assert x.check_webhook() is None


def test_the_own_address_may_move_to_another_port(
    app_call: Call, callback: Callback, x: XStandIn, nothing: None
) -> None:
    app_call("POST", "webhooks", url=f"{APP.base_url}/hooks/twitter")
    moved = XStandIn(x.database, x_wire.keys("http://localhost:9999"))
    assert moved.callback_url() == "http://localhost:9999/hooks/twitter"


# --- X Activity


def subscription(hook: str, **changes: Any) -> dict[str, Any]:
    body = {
        "event_type": "like.create",
        "filter": {"user_id": ACCOUNT_ID},
        "tag": "likes",
        "webhook_id": hook,
    }
    return body | changes


def test_all_that_a_council_needs_is_subscribed_from_the_start(app_call: Call) -> None:
    listed: Any = app_call("GET", "activity/subscriptions").json
    assert {one["event_type"] for one in listed["data"]} == set(EVENT_TYPES)


@pytest.mark.parametrize("shape", ["array", "object", "nested"])
def test_a_new_subscription_is_answered_in_one_of_three_shapes(
    call: Call, x: XStandIn, seeded: str, shape: str
) -> None:
    x.switch(subscription_answer=shape)
    answer: Any = call("POST", "activity/subscriptions", **subscription(seeded)).json
    data = answer["data"]
    found = {
        "array": lambda: data[0],
        "object": lambda: data,
        "nested": lambda: data["subscription"],
    }
    assert found[shape]()["event_type"] == "like.create"
    assert answer["meta"] == {"total_subscriptions": len(EVENT_TYPES) + 1}


def test_a_subscription_brings_its_events(call: Call, x: XStandIn, hub: Hub, seeded: str) -> None:
    call("POST", "activity/subscriptions", **subscription(seeded))
    own = x.council_posts("Du nouveau")
    x.like(PEOPLE[0].id, own.id)
    x.deliver_pending()
    told = json.loads(hub.received[-1][1])["data"]
    assert (told["event_type"], told["tag"]) == ("like.create", "likes")


NONSENSE: tuple[dict[str, Any], ...] = (
    {"event_type": "nothing.happens"},
    {"filter": {"user_id": "12"}},
    {"filter": None},
    {"tag": "a" * 201},
    {"webhook_id": "12"},
    {"colour": "blue"},
    {"event_type": "post.mention.create"},
)


def test_a_subscription_that_makes_no_sense_is_refused(call: Call, seeded: str) -> None:
    for changes in NONSENSE:
        answer = call("POST", "activity/subscriptions", **subscription(seeded, **changes))
        assert answer.status_code == 400, changes


def test_private_events_need_the_accounts_own_access(app_call: Call, seeded: str) -> None:
    answer = app_call("POST", "activity/subscriptions", **subscription(seeded))
    assert answer.status_code == 403
    public = subscription(seeded, event_type="profile.update.bio")
    assert app_call("POST", "activity/subscriptions", **public).status_code == 200


def test_only_tag_and_webhook_of_a_subscription_change(app_call: Call, seeded: str) -> None:
    one: Any = app_call("GET", "activity/subscriptions").json["data"][0]  # type: ignore[index]
    path = f"activity/subscriptions/{one['subscription_id']}"
    assert app_call("PUT", path, tag="neu").json["data"][0]["tag"] == "neu"  # type: ignore[index]
    assert app_call("PUT", path, event_type="dm.read").status_code == 400
    assert app_call("DELETE", path).json == {
        "data": {"deleted": True},
        "meta": {"total_subscriptions": len(EVENT_TYPES) - 1},
    }
    assert app_call("DELETE", path).status_code == 404


def test_events_without_a_webhook_go_nowhere(
    app_call: Call, x: XStandIn, hub: Hub, nothing: None
) -> None:
    x.post(PEOPLE[0].id, "@Montvallee bonjour")
    x.deliver_pending()
    assert hub.received == []


# --- Account Activity


def test_the_account_subscribes_and_the_app_looks_and_ends_it(
    call: Call, app_call: Call, seeded: str
) -> None:
    path = f"account_activity/webhooks/{seeded}/subscriptions"
    assert call("GET", f"{path}/all").json == {"data": {"subscribed": True}}
    listed: Any = app_call("GET", f"{path}/all/list").json
    assert listed["data"]["subscriptions"] == [{"user_id": ACCOUNT_ID}]
    assert app_call("DELETE", f"{path}/{ACCOUNT_ID}/all").status_code == 200
    assert call("GET", f"{path}/all").json == {"data": {"subscribed": False}}
    counted: Any = app_call("GET", "account_activity/subscriptions/count").json
    assert counted["data"]["subscriptions_count_all"] == "0"
    assert call("POST", f"{path}/all").json == {"data": {"subscribed": True}}
    assert call("POST", "account_activity/webhooks/12/subscriptions/all").status_code == 400


def test_deleting_the_webhook_ends_the_subscription(
    call: Call, app_call: Call, seeded: str
) -> None:
    app_call("DELETE", f"webhooks/{seeded}")
    answer = call("GET", f"account_activity/webhooks/{seeded}/subscriptions/all")
    assert answer.json == {"data": {"subscribed": False}}
