"""The switches for programs."""

from typing import Any

import pytest
from flask import Flask

from hub.sandbox.meta.identities import PEOPLE
from hub.sandbox.meta.stand_in import MetaStandIn
from tests.sandbox.conftest import Graph, Hub, refusal

CITIZEN = PEOPLE[0].id


@pytest.fixture
def switch(app: Flask) -> Any:
    def post(path: str, **body: Any) -> Any:
        return app.test_client().post(f"/sandbox/_control/{path}", json=body)

    return post


def state(app: Flask) -> dict[str, Any]:
    answer = app.test_client().get("/sandbox/_control/state").json
    assert answer is not None
    return dict(answer)


def test_an_event_happens_as_if_a_person_had_done_it(switch: Any, meta: MetaStandIn) -> None:
    post = meta.posts()[0]
    made = switch("events", kind="comment", post_id=post.id, author=CITIZEN, text="Bonjour")
    assert meta.thread(post.id)[-1].id == made.json["id"]
    assert len(meta.deliveries()) == 1


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("events", {"kind": "page_says", "psid": CITIZEN}, 400),
        ("events", {"kind": "write"}, 400),
        ("events", {"kind": "remove_comment", "comment_id": "1_2"}, 404),
        ("oddities", {"name": "nothing"}, 400),
        ("faults", {"name": "nothing"}, 400),
        ("clock", {}, 400),
    ],
)
def test_a_mistaken_switch_says_so(
    switch: Any, path: str, body: dict[str, Any], status: int
) -> None:
    answer = switch(path, **body)
    assert answer.status_code == status
    assert answer.json["error"]


def test_a_form_of_another_site_moves_nothing(app: Flask, meta: MetaStandIn) -> None:
    answer = app.test_client().post("/sandbox/_control/reset", data="{}")
    assert answer.status_code == 415


def test_faults_are_switched_on_and_off(switch: Any, graph: Graph) -> None:
    armed = switch("faults", name="rate_limited", times=5).json["faults"]
    assert [(fault["name"], fault["remaining"]) for fault in armed] == [("rate_limited", 5)]
    assert refusal(graph("GET", "me")) == (613, None)
    assert switch("faults", clear=True).json == {"faults": []}
    assert graph("GET", "me").status_code == 200


def test_the_clock_moves_and_comes_back(switch: Any) -> None:
    assert switch("clock", advance_seconds=3600).json["now"] == "2026-11-10T09:40:00+00:00"
    assert switch("clock", real=True).json["now"] == "2026-11-10T08:40:00+00:00"


def test_what_waits_is_due_again_when_the_clock_comes_back(
    switch: Any, meta: MetaStandIn, hub: Hub
) -> None:
    switch("clock", advance_seconds=86400)
    hub.status = 500
    meta.write(CITIZEN, "Bonjour")
    meta.deliver_pending()
    switch("clock", real=True)
    assert meta.deliver_pending() == 1


def test_people_and_page_can_be_changed(switch: Any, app: Flask, meta: MetaStandIn) -> None:
    switch("people", id=CITIZEN, blocked=True)
    switch("page", subscribed=False)
    meta.write(CITIZEN, "Bonjour")
    shown = state(app)
    assert shown["people"][0]["blocked"]
    assert shown["deliveries"] == []
    switch("page", subscribed=True, human_agent=True)
    meta.write(CITIZEN, "Bonjour")
    assert len(state(app)["deliveries"]) == 1


def test_an_oddity_and_a_delivery_of_ones_own_are_sent(
    switch: Any, meta: MetaStandIn, hub: Hub
) -> None:
    switch("oddities", name="entry_with_only_id")
    switch("deliveries", entry=[{"id": "1"}])
    meta.deliver_pending()
    assert hub.received[1][1] == b'{"object":"page","entry":[{"id":"1"}]}'


def test_every_call_of_graph_is_logged(app: Flask, graph: Graph) -> None:
    graph("POST", "nobody/comments", message="Bonjour")
    log = app.test_client().get("/sandbox/_control/requests").json
    assert log is not None
    (entry,) = log["requests"]
    assert (entry["method"], entry["path"], entry["status"]) == (
        "POST", "/sandbox/graph/v25.0/nobody/comments", 400,
    )  # fmt: skip
    assert '"message": "Bonjour"' in entry["body"]
    assert "Content-Type" in entry["headers"]


def test_a_reset_forgets_all_but_never_gives_an_id_twice(
    switch: Any, app: Flask, meta: MetaStandIn, frozen: Any
) -> None:
    post = meta.posts()[0]
    before = meta.comment(post.id, CITIZEN, "Avant")
    frozen.shift(1)
    switch("reset")
    assert state(app)["deliveries"] == []
    after = meta.comment(post.id, CITIZEN, "Après")
    assert len(meta.thread(post.id)) == 3
    assert after.id != before.id
