"""X's switches for programs, and its command."""

import json
from typing import Any

import pytest
from flask import Flask

from hub.sandbox.x.identities import HANDLE, PEOPLE
from hub.sandbox.x.stand_in import XStandIn
from tests.sandbox.conftest import Call, Hub

CITIZEN = PEOPLE[0].id


@pytest.fixture
def switch(app: Flask) -> Any:
    def post(path: str, **body: Any) -> Any:
        return app.test_client().post(f"/sandbox/x/_control/{path}", json=body)

    return post


def state(app: Flask) -> dict[str, Any]:
    answer = app.test_client().get("/sandbox/x/_control/state").json
    assert answer is not None
    return dict(answer)


def test_an_event_happens_as_if_a_person_had_done_it(switch: Any, x: XStandIn) -> None:
    made = switch("events", kind="post", author=CITIZEN, text=f"@{HANDLE} bonjour",
                  photos=["shelter.jpg"]).json  # fmt: skip
    assert x.posts()[0].id == made["id"]
    answer = switch("events", kind="reply", author=CITIZEN, post_id=made["id"], text="Allô ?").json
    assert answer["reply_to"] == made["id"]
    assert len(x.deliveries()) == 1  # an answer to one's own post is told to nobody


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("events", {"kind": "say"}, 400),
        ("events", {"kind": "post"}, 400),
        ("events", {"kind": "delete", "post_id": "12"}, 404),
        ("oddities", {"name": "nothing"}, 400),
        ("faults", {"name": "nothing"}, 400),
        ("clock", {}, 400),
        ("switches", {"weather": "fine"}, 400),
        ("switches", {"shape": "round"}, 400),
    ],
)
def test_a_mistaken_switch_says_so(
    switch: Any, path: str, body: dict[str, Any], status: int
) -> None:
    answer = switch(path, **body)
    assert answer.status_code == status
    assert answer.json["error"]


def test_a_form_of_another_site_moves_nothing(app: Flask) -> None:
    assert app.test_client().post("/sandbox/x/_control/reset", data="{}").status_code == 415


def test_switches_are_set_and_told(switch: Any, app: Flask) -> None:
    told = switch("switches", webhooks=False, level="enterprise").json
    assert (told["webhooks"], told["level"], told["shape"]) == (False, "enterprise", "activity")
    assert state(app)["switches"] == told


def test_webhooks_are_switched_off_and_on(switch: Any, x: XStandIn) -> None:
    switch("switches", webhooks=False)
    x.post(CITIZEN, f"@{HANDLE} un")
    switch("switches", webhooks=True)
    x.post(CITIZEN, f"@{HANDLE} deux")
    assert len(x.deliveries()) == 1


def test_faults_clock_and_people_are_switched(switch: Any, app: Flask, call: Call) -> None:
    armed = switch("faults", name="rate_limited", times=2, any_call=True).json["faults"]
    assert armed == [{"name": "rate_limited", "remaining": 2, "seconds": 20.0, "any_call": True}]
    assert call("GET", "users/me").status_code == 429
    assert switch("faults", clear=True).json == {"faults": []}
    assert switch("clock", advance_seconds=3600).json["now"] == "2026-11-10T09:40:00+00:00"
    assert switch("clock", real=True).json["now"] == "2026-11-10T08:40:00+00:00"
    switch("people", id=CITIZEN, blocks=True)
    assert state(app)["people"][0]["blocks"] is True


def test_the_webhook_is_spoilt_and_checked(switch: Any, app: Flask) -> None:
    assert switch("webhook", valid=False).json["webhooks"][0]["valid"] is False
    assert switch("webhook", check=True).json["webhooks"][0]["valid"] is True


def test_a_delivery_of_ones_own_and_an_oddity_are_sent(switch: Any, x: XStandIn, hub: Hub) -> None:
    switch("oddities", name="unknown_event")
    switch("deliveries", payload={"for_user_id": "1"})
    x.deliver_pending()
    assert hub.received[1][1] == b'{"for_user_id":"1"}'


def test_every_call_is_logged_for_its_own_network(app: Flask, call: Call, switch: Any) -> None:
    call("POST", "tweets", text="Bonjour")
    client = app.test_client()
    (entry,) = client.get("/sandbox/x/_control/requests").json["requests"]  # type: ignore[index]
    assert (entry["method"], entry["path"], entry["status"]) == (
        "POST", "/sandbox/x/2/tweets", 201,
    )  # fmt: skip
    assert client.get("/sandbox/_control/requests").json == {"requests": []}


def test_access_is_granted_anew(switch: Any, call: Call) -> None:
    token = switch("grant").json["access_token"]
    assert call("GET", "users/me", token=token).status_code == 200
    assert switch("grant", code=True).json["code"]


def test_a_reset_forgets_what_was_said(switch: Any, app: Flask, x: XStandIn) -> None:
    x.post(CITIZEN, f"@{HANDLE} bonjour")
    switch("switches", shape="both")
    switch("reset")
    assert state(app)["deliveries"] == []
    assert state(app)["switches"]["shape"] == "activity"


def test_the_command_prints_what_connects_the_account(app: Flask, call: Call) -> None:
    result = app.test_cli_runner().invoke(args=["sandbox", "x-token"])
    token = json.loads(result.output)["access_token"]
    assert call("GET", "users/me", token=token).status_code == 200
