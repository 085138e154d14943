"""Meta's bad days, switched on for a number of calls."""

from typing import Any

import pytest
from flask import Flask

from hub.sandbox.meta.faults import FAULTS
from hub.sandbox.meta.identities import PAGE_ID, PEOPLE
from hub.sandbox.meta.stand_in import MetaStandIn
from tests.sandbox.conftest import Graph, refusal

CITIZEN = PEOPLE[0].id


def arm(meta: MetaStandIn, name: str, times: int = 1, seconds: float = 0) -> None:
    with meta.database.writing() as connection:
        FAULTS.arm(connection, name, times, seconds)


def send(graph: Graph) -> Any:
    return graph(
        "POST", f"{PAGE_ID}/messages", recipient={"id": CITIZEN}, message={"text": "Bonjour"}
    )


@pytest.fixture(autouse=True)
def open_window(meta: MetaStandIn) -> None:
    meta.write(CITIZEN, "Bonjour")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("token_dead", (190, 460)),
        ("page_blocked", (368, None)),
        ("rate_limited", (613, None)),
        ("thread_held", (10, 2018300)),
    ],
)
def test_some_faults_refuse_before_anything_is_said(
    graph: Graph, meta: MetaStandIn, name: str, expected: tuple[int, int | None]
) -> None:
    arm(meta, name)
    assert refusal(send(graph)) == expected
    assert len(meta.conversation(CITIZEN)) == 1
    assert send(graph).status_code == 200


def test_when_facebook_is_down_it_answers_html(graph: Graph, meta: MetaStandIn) -> None:
    arm(meta, "html_503")
    answer = send(graph)
    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert len(meta.conversation(CITIZEN)) == 1


def test_an_error_may_hide_that_the_message_was_said(graph: Graph, meta: MetaStandIn) -> None:
    arm(meta, "error_but_posted")
    answer = send(graph)
    assert answer.status_code == 500
    assert refusal(answer)[0] == 2
    assert len(meta.conversation(CITIZEN)) == 2


class Wire:
    """A server's socket that notes its end."""

    def __init__(self) -> None:
        self.closed = False

    def shutdown(self, how: int) -> None:
        self.closed = True


@pytest.mark.parametrize("key", ["gunicorn.socket", "werkzeug.socket"])
def test_the_connection_may_break_after_the_message_was_said(
    app: Flask, graph: Graph, meta: MetaStandIn, key: str
) -> None:
    wire = Wire()
    arm(meta, "answer_lost")
    app.test_client().post("/sandbox/graph/me/messages", json={}, environ_overrides={key: wire})
    assert wire.closed


def test_a_late_answer_comes_after_the_message_was_said(
    graph: Graph, meta: MetaStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("hub.sandbox.wire.time.sleep", waited.append)
    arm(meta, "answer_slow", seconds=12)
    assert send(graph).status_code == 200
    assert waited == [12]
    assert len(meta.conversation(CITIZEN)) == 2


def test_high_usage_shows_in_the_headers_alone(graph: Graph, meta: MetaStandIn) -> None:
    arm(meta, "usage_high")
    answer = send(graph)
    assert answer.status_code == 200
    assert '"call_count": 96' in answer.headers["X-Business-Use-Case-Usage"]
    assert '"call_count": 96' not in send(graph).headers["X-App-Usage"]


def test_a_fault_strikes_as_often_as_it_was_switched_on(graph: Graph, meta: MetaStandIn) -> None:
    arm(meta, "rate_limited", times=2)
    assert [send(graph).status_code for _ in range(3)] == [400, 400, 200]


def test_too_many_calls_say_for_how_many_minutes(graph: Graph, meta: MetaStandIn) -> None:
    arm(meta, "rate_limited")
    name = "X-Business-Use-Case-Usage"
    minutes = '"estimated_time_to_regain_access": '
    assert f"{minutes}1" in send(graph).headers[name]
    assert f"{minutes}0" in send(graph).headers[name]


def test_reading_spares_the_faults_of_writing(graph: Graph, meta: MetaStandIn) -> None:
    arm(meta, "error_but_posted")
    assert graph("GET", "me").status_code == 200
    assert send(graph).status_code == 500


def test_two_faults_strike_one_after_the_other(graph: Graph, meta: MetaStandIn) -> None:
    arm(meta, "rate_limited")
    arm(meta, "error_but_posted")
    assert [refusal(send(graph))[0] for _ in range(2)] == [2, 613]
