"""Two agents on one ticket: what one does reaches the other, and takes nothing from their hands."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_journeys import SUPERVISOR, open_ticket, unlike_any_other
from tests.e2e.test_pages import assert_fits

pytestmark = pytest.mark.browser

COLLEAGUE = "olivier.savary@region-montvallee.example"
OpenPage = Callable[..., Page]


@pytest.fixture
def two_pages(open_page: OpenPage, open_as: OpenPage) -> tuple[Page, Page]:
    """The same public ticket, open in front of two people."""
    question = unlike_any_other("Le car passe-t-il pendant les vacances ?")
    citizen = open_page("/sandbox/")
    wall = citizen.locator("form[action$='/comments']", has=citizen.locator("[name=post]")).last
    wall.locator("[name=text]").fill(question)
    wall.locator("button[type=submit]").last.click()
    first = open_as(SUPERVISOR)
    open_ticket(first, question)
    return first, open_as(COLLEAGUE, first.url.split("?")[0])


def note(page: Page, text: str) -> None:
    page.locator("[data-write=note]").click()
    page.locator("#composer-note").fill(text)
    page.locator("#composer-note").press("Control+Enter")
    expect(page.locator("#thread", has_text=text)).to_be_visible()


def test_a_ticket_fits_a_screen_of_320_pixels(two_pages: tuple[Page, Page]) -> None:
    first, _second = two_pages
    first.set_viewport_size({"width": 320, "height": 640})
    expect(first.locator("#take")).to_be_visible()
    assert_fits(first)
    buttons = [one.bounding_box() for one in first.locator(".ticket-actions .btn").all()]
    assert len(buttons) == 4
    assert len({button["y"] for button in buttons if button}) == 1, "one row"
    longest = "Répondre aux 12 demandes ouvertes sous la publication"
    beside = first.locator("#facts .btn:not([aria-label]):visible span").first
    beside.evaluate("(label, words) => { label.textContent = words; }", longest)
    assert_fits(first)


def test_who_chose_to_answer_in_private_still_does_when_a_colleague_acts(
    two_pages: tuple[Page, Page],
) -> None:
    first, second = two_pages
    private = first.locator("input[name=way][value='private:private_reply']")
    private.press("Space")
    first.locator("h1").click()
    note(second, "Je m'en occupe demain.")
    expect(first.locator("#thread", has_text="Je m'en occupe demain.")).to_be_visible()
    expect(private).to_be_checked()


def test_who_began_a_note_still_writes_a_note_when_a_colleague_acts(
    two_pages: tuple[Page, Page],
) -> None:
    first, second = two_pages
    first.locator("[data-write=note]").click()
    first.locator("h1").click()
    second.locator("#close").click()
    expect(first.locator("#reopen")).to_be_visible()
    expect(first.locator("#composer-note")).to_be_visible()
    expect(first.locator("#changes")).to_contain_text("Olivier Savary")


def test_after_an_action_the_keyboard_goes_on_where_it_was(two_pages: tuple[Page, Page]) -> None:
    first, _second = two_pages
    first.locator("#close").press("Enter")
    expect(first.locator("#reopen")).to_be_visible()
    expect(first.locator("#ticket-head :focus")).to_have_count(1)
    first.locator("#tag-name").fill("vacances")
    first.locator("#tag-name").press("Enter")
    expect(first.locator(".tag-removable", has_text="vacances")).to_be_visible()
    expect(first.locator("#tag-name")).to_be_focused()


def test_what_is_being_written_survives_an_action_elsewhere_on_the_page(
    two_pages: tuple[Page, Page],
) -> None:
    first, _second = two_pages
    private = first.locator("input[name=way][value='private:private_reply']")
    private.press("Space")
    first.locator("#composer-text").fill("Oui, le car passe le")
    first.locator("[data-write=note]").click()
    first.locator("#composer-note").fill("Demander à la gare.")
    first.locator("#take").click()
    expect(first.locator("#release")).to_be_visible()
    expect(first.locator("#composer-note")).to_have_value("Demander à la gare.")
    expect(first.locator("#composer-note")).to_be_visible()
    expect(first.locator("#composer-text")).to_have_value("Oui, le car passe le")
    expect(private).to_be_checked()
    first.locator("#add-note").click()
    expect(first.locator("#thread", has_text="Demander à la gare.")).to_be_visible()
    expect(first.locator("#composer-note")).to_have_value("")
    expect(first.locator("#composer-text")).to_have_value("Oui, le car passe le")
