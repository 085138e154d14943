"""Naming a colleague in a note by keyboard, in a real browser; and the bell that rings for them."""

from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Hub
from tests.e2e.test_journeys import SUPERVISOR, open_ticket, unlike_any_other

pytestmark = pytest.mark.browser

COLLEAGUE = "camille.roussel@region-montvallee.example"


def test_a_colleague_is_named_by_keyboard_asked_and_hears_the_bell(
    hub: Hub, open_as: Callable[..., Page]
) -> None:
    question = unlike_any_other("@Montvallee le car de 7 h 05 n’est pas passé.")
    control = f"{hub.url}/sandbox/x/_control"
    author = requests.get(f"{control}/state", timeout=10).json()["people"][0]["id"]
    event = {"kind": "post", "author": author, "text": question}
    requests.post(f"{control}/events", json=event, timeout=10).raise_for_status()
    colleague, page = open_as(COLLEAGUE), open_as(SUPERVISOR)
    expect(colleague.locator(".bell-count")).to_have_count(0)
    open_ticket(page, question)
    page.locator("[data-write=note]").click()
    note = page.locator("#composer-note")
    note.press_sequentially("Est-ce à vous, @roussel")
    expect(page.get_by_role("option", name="Camille Roussel")).to_have_attribute(
        "aria-selected", "true"
    )
    expect(note).to_have_attribute("aria-activedescendant", "name-offered-0")
    note.press("Enter")
    expect(note).to_have_value("Est-ce à vous, @camille.roussel ")
    note.press("Control+Enter")
    expect(note).to_have_attribute("aria-invalid", "true")  # she does not see the ticket
    expect(note).to_have_value("Est-ce à vous, @camille.roussel")
    page.locator("#add-note").press("Enter")
    expect(page.locator(".message-note .mention")).to_have_text("@Camille Roussel")
    colleague.reload()  # her stream is told of what she may hear, and of this since a moment alone
    expect(colleague.locator(".bell-count")).to_have_text("1", timeout=20_000)
    colleague.locator("#bell").click()
    colleague.locator(".told a").click()
    expect(colleague.locator(".bell-count")).to_have_count(0)
    expect(colleague.locator("#send")).to_have_count(0)
