"""The address of the stream."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from hub.accounts.models import User
from hub.live import queries, stream
from hub.tickets import actions
from tests.builders import create_department, create_ticket


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams that end once they have told what was missed."""
    monkeypatch.setattr(stream, "LIFE_SECONDS", 0.0)


def test_the_stream_is_never_stored_nor_held_back_by_a_proxy(agent: User, signed_in: Any) -> None:
    response = signed_in(agent).get("/live")
    assert response.mimetype == "text/event-stream"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Accel-Buffering"] == "no"


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("/live?after={}", {}),
        ("/live", {"Last-Event-ID": "{}"}),
        ("/live?after=0", {"Last-Event-ID": "{}"}),
    ],
)
def test_it_begins_after_the_last_event_that_the_page_knows(
    address: str, headers: dict[str, str], agent: User, signed_in: Any
) -> None:
    ticket = create_ticket(create_department("transports"))
    known = queries.latest()
    actions.take(ticket, agent)
    newest = queries.latest()
    response = signed_in(agent).get(
        address.format(known), headers={k: v.format(known) for k, v in headers.items()}
    )
    assert f"id: {newest}\n" in response.get_data(as_text=True)


@pytest.mark.parametrize("after", ["", "abc", "-1", "9" * 40, "²"])
def test_what_is_no_event_number_means_from_now_on(after: str, agent: User, signed_in: Any) -> None:
    create_ticket(create_department("transports"))
    response = signed_in(agent).get("/live", query_string={"after": after})
    assert response.get_data(as_text=True) == "retry: 2000\n\nevent: present\ndata: []\n\n"


def test_nobody_listens_without_signing_in(app: Flask, client: FlaskClient) -> None:
    response = client.get("/live", headers={"Accept": "text/event-stream"})
    assert response.status_code == 401


def test_a_browser_that_is_not_signed_in_is_asked_to(app: Flask, client: FlaskClient) -> None:
    response = client.get("/live", headers={"Accept": "text/html,*/*;q=0.8"})
    assert response.status_code == 302
