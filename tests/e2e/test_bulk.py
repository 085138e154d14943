"""Selecting tickets in a list, by hand and by keyboard, while the list goes on living."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.citizens import Citizens
from tests.e2e.conftest import Hub
from tests.e2e.test_journeys import SUPERVISOR, unlike_any_other

pytestmark = pytest.mark.browser

LIST = "/inbox?view=all&channel=web"


def test_a_selection_lives_through_changes_and_is_acted_on(
    hub: Hub, open_as: Callable[..., Page]
) -> None:
    citizens = Citizens(hub.url)
    words = [unlike_any_other(f"Question {number}") for number in range(4)]
    for text in words[:3]:
        citizens.fill_in(text, name="Nolwenn Tanguy")
    page = open_as(SUPERVISOR, LIST)
    row = page.locator("#queue .ticket-row")
    rows = [row.filter(has_text=text) for text in words]
    box = "input[type=checkbox]"
    expect(page.locator("#bulk")).to_be_hidden()

    first, _second, last = sorted(rows[:3], key=lambda one: one.bounding_box()["y"])
    first.locator(".ticket-link").focus()
    page.keyboard.press("x")
    expect(page.locator("[data-bulk-number]")).to_contain_text("1")
    last.locator(box).click(modifiers=["Shift"])
    expect(page.locator("[data-bulk-number]")).to_contain_text("3")
    citizens.fill_in(words[3], name="Nolwenn Tanguy")
    expect(page.locator("#queue-news")).not_to_be_empty(timeout=20_000)
    for one in rows[:3]:
        expect(one.locator(box)).to_be_checked()

    page.locator(".bulk-menu", has=page.locator("#bulk-tag")).locator("summary").click()
    page.locator("#bulk-tag").fill("au même sujet")
    page.locator("#bulk-tag").press("Enter")
    expect(page.locator("#notices .notice-success")).to_contain_text("3")
    expect(page.locator("#bulk")).to_be_hidden()
