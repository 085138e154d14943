"""X's bad days, and the odd deliveries that it makes."""

import json
from typing import Any

import pytest
from flask import Flask

from hub.sandbox.x.faults import FAULTS
from hub.sandbox.x.identities import ACCOUNT_ID, CREDENTIALS, HANDLE, PEOPLE
from hub.sandbox.x.oddities import ODDITIES
from hub.sandbox.x.stand_in import XStandIn
from tests.sandbox.conftest import Call, Hub
from tests.sandbox.test_faults import Wire
from tests.sandbox.test_x_access import refresh

CITIZEN = PEOPLE[0].id


def arm(x: XStandIn, name: str, **options: Any) -> None:
    with x.database.writing() as connection:
        FAULTS.arm(connection, name, **options)


def say(call: Call, text: str = "Bonjour") -> Any:
    return call("POST", "tweets", text=text)


def said(x: XStandIn) -> list[str]:
    return [post.text for post in x.posts() if post.source == "Hub"]


@pytest.mark.parametrize(
    ("name", "status"),
    [("html_503", 503), ("rate_limited", 429), ("token_dead", 401), ("credits_depleted", 402)],
)
def test_some_faults_refuse_before_anything_is_said(
    call: Call, x: XStandIn, name: str, status: int
) -> None:
    arm(x, name)
    assert call("GET", "users/me").status_code == 200  # reading is spared
    assert say(call).status_code == status
    assert said(x) == []
    assert say(call).status_code == 201


def test_when_x_is_down_it_answers_html(call: Call, x: XStandIn) -> None:
    arm(x, "html_503", any_call=True)
    assert call("GET", "users/me").mimetype == "text/html"


def test_too_many_calls_says_until_when(call: Call, x: XStandIn) -> None:
    arm(x, "rate_limited", seconds=60)
    headers = say(call).headers
    assert headers["x-rate-limit-remaining"] == "0"
    assert headers["x-rate-limit-reset"] == str(1794300000 + 60)


def test_an_error_may_hide_that_the_reply_was_posted(call: Call, x: XStandIn) -> None:
    arm(x, "error_but_posted")
    assert say(call).status_code == 500
    assert said(x) == ["Bonjour"]


def test_the_connection_may_break_after_the_reply_was_posted(app: Flask, x: XStandIn) -> None:
    arm(x, "answer_lost")
    wire = Wire()
    app.test_client().post(
        "/sandbox/x/2/tweets",
        json={"text": "Bonjour"},
        headers={"Authorization": f"Bearer {CREDENTIALS['access_token']}"},
        environ_overrides={"werkzeug.socket": wire},
    )
    assert wire.closed
    assert said(x) == ["Bonjour"]


def test_a_late_answer_comes_after_the_reply_was_posted(
    call: Call, x: XStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("hub.sandbox.wire.time.sleep", waited.append)
    arm(x, "answer_slow", seconds=12)
    assert say(call).status_code == 201
    assert waited == [12]


def test_the_echo_may_come_before_the_answer(call: Call, x: XStandIn, hub: Hub) -> None:
    say(call, "D’abord")
    assert hub.received == []
    arm(x, "echo_first")
    say(call, "Ensuite")
    assert len(hub.received) == 2
    x.write(CITIZEN, "Bonjour")
    arm(x, "echo_first")
    call("POST", f"dm_conversations/with/{CITIZEN}/messages", text="Bonjour")
    assert b"dm.sent" in hub.received[-1][1]


def test_the_echo_may_never_come(call: Call, x: XStandIn) -> None:
    x.write(CITIZEN, "Bonjour")
    before = len(x.deliveries())
    for path, body in (
        ("tweets", {"text": "Bonjour"}),
        (f"dm_conversations/with/{CITIZEN}/messages", {"text": "Bonjour"}),
    ):
        arm(x, "echo_never")
        assert call("POST", path, **body).status_code == 201
    assert len(x.deliveries()) == before


def test_access_may_not_be_renewed(app: Flask, x: XStandIn) -> None:
    arm(x, "renewal_refused")
    assert refresh(app, CREDENTIALS["refresh_token"]).status_code == 400
    assert refresh(app, CREDENTIALS["refresh_token"]).status_code == 200


def test_a_proof_may_come_too_late(app_call: Call, x: XStandIn) -> None:
    (webhook,) = app_call("GET", "webhooks").json["data"]  # type: ignore[index]
    arm(x, "check_slow")
    assert app_call("PUT", f"webhooks/{webhook['id']}").status_code == 400
    assert app_call("GET", "webhooks").json["data"][0]["valid"] is False  # type: ignore[index]
    assert app_call("PUT", f"webhooks/{webhook['id']}").status_code == 200


def test_a_since_id_may_be_too_old(call: Call, x: XStandIn) -> None:
    arm(x, "since_id_refused")
    path = f"users/{ACCOUNT_ID}/mentions"
    assert call("GET", path).status_code == 200
    assert call("GET", path, since_id="1").status_code == 400
    assert call("GET", path, start_time="2026-11-10T00:00:00Z").status_code == 200


# --- Odd deliveries


def sent(x: XStandIn, hub: Hub, name: str) -> list[Any]:
    """The bodies of the deliveries that the oddity makes."""
    ODDITIES[name].send(x)
    x.deliver_pending()
    return [json.loads(body) for _, body in hub.received]


@pytest.mark.parametrize("shape", ["activity", "account_activity"])
def test_every_oddity_makes_its_delivery_in_both_shapes(x: XStandIn, hub: Hub, shape: str) -> None:
    x.switch(shape=shape)
    for name in ODDITIES:
        assert sent(x, hub, name), name
        hub.received.clear()
    with x.reading() as store:
        assert store.setting("webhooks") is not False


def test_the_same_delivery_comes_twice(x: XStandIn, hub: Hub) -> None:
    sent(x, hub, "delivered_twice")
    assert hub.received[0] == hub.received[1]


@pytest.mark.parametrize("name", ["reply_before_parent", "edit_before_post"])
def test_the_order_is_turned_round(x: XStandIn, hub: Hub, name: str) -> None:
    one, two = (body["data"]["payload"] for body in sent(x, hub, name))
    assert int(one["id"]) > int(two["id"])


def test_two_posts_come_in_one_delivery(x: XStandIn, hub: Hub) -> None:
    (body,) = sent(x, hub, "batch_of_two")
    assert len({post["id_str"] for post in body["tweet_create_events"]}) == 2


def test_ids_come_as_numbers_with_all_their_digits(x: XStandIn, hub: Hub) -> None:
    (body,) = sent(x, hub, "ids_as_numbers")
    (post,) = body["tweet_create_events"]
    assert "id_str" not in post
    assert str(post["id"]) == x.posts()[0].id


def test_a_number_is_negative(x: XStandIn, hub: Hub) -> None:
    (body,) = sent(x, hub, "negative_uuid")
    assert body["data"]["event_uuid"].startswith("-")


def test_an_envelope_names_nobody(x: XStandIn, hub: Hub) -> None:
    assert sent(x, hub, "includes_nobody")[0]["data"]["includes"] == {}
    assert "event_uuid" not in sent(x, hub, "bare_envelope")[1]["data"]


def test_the_sender_is_missing_from_the_people(x: XStandIn, hub: Hub) -> None:
    (body,) = sent(x, hub, "users_without_sender")
    assert list(body["data"]["payload"]["users"]) == [ACCOUNT_ID]


def test_a_forged_delivery_is_no_proof_and_stands_nowhere(x: XStandIn, hub: Hub) -> None:
    before = x.posts()
    sent(x, hub, "wrong_signature")
    forged, body = hub.received[0]
    x.send_raw(json.loads(body))
    x.deliver_pending()
    assert hub.received[1][1] == body
    assert forged != hub.received[1][0]
    assert x.posts() == before


def test_oddities_say_what_they_show(x: XStandIn, hub: Hub) -> None:
    sent(x, hub, "delivered_twice")
    assert x.posts()[0].text.startswith(f"@{HANDLE} ")
