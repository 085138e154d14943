"""Hiding a citizen's comment in a real browser: the open page follows what the platform does."""

from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Hub
from tests.e2e.test_journeys import SUPERVISOR, open_ticket, unlike_any_other

pytestmark = pytest.mark.browser


def test_the_open_page_follows_a_comment_that_shows_a_number(
    hub: Hub, open_as: Callable[..., Page]
) -> None:
    control = f"{hub.url}/sandbox/_control"
    state = requests.get(f"{control}/state", timeout=10).json()
    post, author = state["posts"][-1]["id"], state["people"][-1]["id"]

    def comment(text: str) -> None:
        event = {"kind": "comment", "post_id": post, "author": author, "text": text}
        requests.post(f"{control}/events", json=event, timeout=10).raise_for_status()

    text = unlike_any_other("Rappelez-moi au 06 12 34 56 78")
    comment(text)
    page = open_as(SUPERVISOR)
    open_ticket(page, text)
    told = page.locator("#thread .message-in", has_text=text)
    expect(told.get_by_text("Tout le monde peut lire")).to_be_visible()

    more = unlike_any_other("C’est urgent.")
    comment(more)
    expect(page.locator("#thread .message-in", has_text=more)).to_be_visible()

    told.locator("summary", has_text="Le masquer").press("Enter")
    told.locator("button", has_text="Le masquer").press("Enter")
    expect(told.get_by_text("Masqué au public")).to_be_visible()
    expect(told.locator("summary", has_text="Le réafficher")).to_be_visible()
