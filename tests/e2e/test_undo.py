"""Taking back an answer before it leaves, by keyboard alone."""

from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Hub
from tests.e2e.test_journeys import SUPERVISOR, open_ticket, unlike_any_other

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]


@pytest.fixture
def page(hub: Hub, open_as: OpenPage) -> Page:
    """An agent before the ticket of a new message on Messenger."""
    question = unlike_any_other("Où en est mon dossier ?")
    control = f"{hub.url}/sandbox/_control"
    author = requests.get(f"{control}/state", timeout=10).json()["people"][0]["id"]
    event = {"kind": "write", "author": author, "text": question}
    requests.post(f"{control}/events", json=event, timeout=10).raise_for_status()
    opened = open_as(SUPERVISOR)
    open_ticket(opened, question)
    return opened


def test_an_answer_that_is_taken_back_is_typed_on_and_never_reaches_the_citizen(
    page: Page, open_page: OpenPage
) -> None:
    mistake = unlike_any_other("Votre dossier est complété.")
    composer = page.locator("#composer-text")
    composer.fill(mistake)
    page.keyboard.press("Control+Enter")
    message = page.locator(".message-out", has_text=mistake)
    expect(message.locator("[data-leaves-in]")).to_be_visible()
    expect(page.locator("[data-undo-said]")).not_to_be_empty()
    composer.fill("Et bonne journée.")
    page.keyboard.press("Escape")
    expect(message.locator(".sign-delivery-cancelled")).to_be_visible()
    expect(composer).to_have_value(f"{mistake}\n\nEt bonne journée.")
    expect(composer).to_be_focused()
    right = unlike_any_other("Votre dossier est complet.")
    composer.fill(right)
    page.keyboard.press("Control+Enter")
    answer = page.locator(".message-out", has_text=right)
    expect(answer.locator(".sign-delivery-sent")).to_be_visible(timeout=20_000)
    expect(page.locator("[data-undo-said]")).not_to_be_empty()
    citizen = open_page("/sandbox/")
    expect(citizen.locator(".said", has_text=right)).to_be_visible()
    expect(citizen.locator(".said", has_text=mistake)).to_have_count(0)
