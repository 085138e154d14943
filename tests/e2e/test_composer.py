"""Writing an answer on X in a real browser: what it will be and cost while it is typed, and the
pictures that go with it, all by keyboard."""

from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Hub
from tests.e2e.test_journeys import SUPERVISOR, open_ticket, unlike_any_other

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "ticket.png"
ALT_TEXT = "La liste des demandes à traiter."


@pytest.fixture
def page(hub: Hub, open_as: OpenPage) -> Page:
    """An agent before the ticket of a new mention of the council."""
    question = unlike_any_other("@Montvallee le car de 7 h 05 n’est pas passé.")
    control = f"{hub.url}/sandbox/x/_control"
    author = requests.get(f"{control}/state", timeout=10).json()["people"][0]["id"]
    event = {"kind": "post", "author": author, "text": question}
    requests.post(f"{control}/events", json=event, timeout=10).raise_for_status()
    opened = open_as(SUPERVISOR)
    open_ticket(opened, question)
    return opened


def choose_by_keyboard(page: Page, picture: Path) -> None:
    page.locator("#send-and-close").focus()
    for _other_choice in range(5):
        page.keyboard.press("Tab")
        if page.locator("#reply-files:focus").count():
            break
    expect(page.locator("#reply-files")).to_be_focused()
    page.locator("#reply-files").set_input_files(picture)  # the dialogue is the browser's own
    expect(page.locator(".reply-file")).to_have_count(1)


def test_the_count_and_the_price_are_the_platforms_own(page: Page) -> None:
    signature = page.locator(".composer-signature p span").last.inner_text()
    page.locator("#composer-text").fill("山" * 100)
    left = 280 - 2 * 100 - len(f"\n\n{signature}")
    expect(page.locator("[data-count-for=composer-text]")).to_contain_text(str(left))
    expect(page.locator("#composer .preview")).to_contain_text("USD")
    page.locator("#composer-text").fill("")
    expect(page.locator("#composer .preview")).to_be_empty()


def test_a_picture_is_described_before_it_goes_and_nothing_typed_is_lost(page: Page) -> None:
    page.locator("#composer-text").fill("Voici les horaires.")
    choose_by_keyboard(page, PICTURE)
    words = page.locator(".reply-file textarea")
    expect(words).to_be_focused()
    page.locator("#composer-text").press("Control+Enter")
    expect(words).to_have_attribute("aria-invalid", "true")
    expect(words).to_be_focused()
    expect(page.locator("#composer-text")).to_have_value("Voici les horaires.")
    words.fill(ALT_TEXT)
    words.press("Control+Enter")
    sent = page.locator("#thread .message-out")
    expect(sent.locator(".sign-delivery-sent")).to_be_visible(timeout=20_000)
    expect(sent.get_by_role("img", name=ALT_TEXT)).to_be_visible()
    expect(page.locator(".reply-file")).to_have_count(0)


def test_a_picture_stays_with_what_is_being_written_and_can_be_taken_out(page: Page) -> None:
    choose_by_keyboard(page, PICTURE)
    page.locator(".reply-file textarea").fill(ALT_TEXT)
    page.locator("#take").click()
    expect(page.locator("#release")).to_be_visible()
    expect(page.locator(".reply-file textarea")).to_have_value(ALT_TEXT)
    page.wait_for_load_state("load")
    page.locator(".reply-file button").press("Enter")
    expect(page.locator(".reply-file")).to_have_count(0)
    expect(page.locator("#reply-files")).to_be_focused()


def test_a_file_of_the_wrong_kind_is_told_at_once(page: Page, tmp_path: Path) -> None:
    program = tmp_path / "horaires.png"
    program.write_bytes(b"MZ a program")
    page.locator("#reply-files").set_input_files(program)
    expect(page.locator(".reply-files .field-error")).to_contain_text("horaires.png")
    expect(page.locator(".reply-file")).to_have_count(0)
