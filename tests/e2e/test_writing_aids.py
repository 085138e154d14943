"""What helps an agent write, in a browser: canned replies by keyboard, drafts that are there on a
second device, personal data that is masked before everybody reads it."""

from collections.abc import Callable
from itertools import cycle

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.e2e.citizens import PEOPLE
from tests.e2e.conftest import Hub
from tests.e2e.test_journeys import SUPERVISOR, open_ticket, unlike_any_other

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]

#: Each test is about a ticket of its own, in which nobody has written yet.
AUTHORS = cycle(PEOPLE[5:])


@pytest.fixture
def page(hub: Hub, open_as: OpenPage) -> Page:
    """An agent before the ticket of a new public comment, on a transport matter."""
    question = unlike_any_other("Le car scolaire n’est pas passé.")
    control = f"{hub.url}/sandbox/_control"
    state = requests.get(f"{control}/state", timeout=10).json()
    event = {
        "kind": "comment",
        "post_id": state["posts"][0]["id"],
        "author": next(AUTHORS),
        "text": question,
    }
    requests.post(f"{control}/events", json=event, timeout=10).raise_for_status()
    opened = open_as(SUPERVISOR)
    open_ticket(opened, question)
    return opened


def test_a_slash_finds_a_canned_reply_by_keyboard_alone(page: Page) -> None:
    area = page.locator("#composer-text")
    area.focus()
    page.keyboard.type("/")
    expect(page.locator("#canned-search")).to_be_focused()
    expect(page.locator("#canned-options [role=option]").first).to_be_visible()
    page.keyboard.type("retard")
    expect(page.locator("#canned-options [role=option]")).to_have_count(1)
    expect(page.locator("#canned-search")).to_have_attribute(
        "aria-activedescendant", "canned-option-0"
    )
    page.keyboard.press("Enter")
    expect(area).to_be_focused()
    assert area.input_value().startswith("Bonjour")
    assert "/" not in area.input_value()
    area.press("Control+End")
    page.keyboard.type("\n/")
    page.keyboard.press("Escape")
    expect(area).to_be_focused()
    assert area.input_value().endswith("\n/")


def test_a_draft_is_there_on_a_second_device_and_gone_once_it_is_sent(
    page: Page, open_as: OpenPage
) -> None:
    page.locator("#composer-text").fill("Nous cherchons la réponse.")
    expect(page.locator("[data-draft-said]").first).not_to_be_empty()
    address = page.url.split("#")[0].removeprefix(page.url.split("/tickets")[0])
    second = open_as(SUPERVISOR, address)
    expect(second.locator("#composer-text")).to_have_value("Nous cherchons la réponse.")
    second.locator("#send").click()
    expect(second.locator(".message-out")).to_contain_text("Nous cherchons la réponse.")
    expect(second.locator("#composer-text")).to_have_value("")


def test_personal_data_is_masked_where_it_stands(page: Page) -> None:
    area = page.locator("#composer-text")
    area.fill("Nous appelons le 06 12 34 56 42.")
    page.locator("[data-mask]").click()
    expect(area).to_have_value("Nous appelons le 06 •• •• •• 42.")
    expect(area).to_be_focused()
    expect(page.locator(".exposed")).to_have_count(0)
