"""Messages of all channels, worked through without a mouse; and nothing cut off on a small screen
or with large letters. HUB_TRIAGE_MESSAGES: how many messages; fifty take minutes."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import assert_accessible
from tests.e2e.citizens import PEOPLE, Citizens
from tests.e2e.conftest import Hub
from tests.e2e.test_journeys import SUPERVISOR
from tests.e2e.test_pages import assert_fits

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
MESSAGES = int(os.environ.get("HUB_TRIAGE_MESSAGES", "10"))
TRANSFERRED_EVERY = 10
ASSIGNED_EVERY = 7

#: Tells of whatever a mouse or a finger does. A click by keyboard has the detail 0.
WATCH = """for (const name of ["pointerdown", "mousedown", "touchstart", "click"]) {
  const tell = (event) => { if (name !== "click" || event.detail > 0) pointed(name); };
  addEventListener(name, tell, true);
}"""

#: What can be reached and sticks out of the window, but for what scrolls in itself.
CUT_OFF = """() => [...document.querySelectorAll("a[href], button, input, select, textarea")]
  .filter((element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
  .filter((element) => !element.closest(".skip-link, .visually-hidden, .table-scroll, .pane-views"))
  .filter((element) => {
    const { left, right, width } = element.getBoundingClientRect();
    return width > 1 && (left < -1 || right > innerWidth + 1);
  }).map((element) => element.outerHTML.slice(0, 120))"""


@dataclass
class Hands:
    """Ten fingers on a keyboard, and no hand on a mouse."""

    page: Page
    looked_at: set[str] = field(default_factory=set)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def go(self, *keys: str) -> None:
        """Keys that lead to another page."""
        with self.page.expect_navigation():
            self.press(*keys)

    def look(self, kind: str) -> None:
        """Each kind of page is examined the first time it is met."""
        if kind not in self.looked_at:
            self.looked_at.add(kind)
            assert_accessible(self.page)

    def focused(self) -> str:
        return str(self.page.evaluate("document.activeElement?.id ?? ''"))


@pytest.fixture
def hands(hub: Hub, open_as: OpenPage) -> Iterator[Hands]:
    Citizens(hub.url).write(MESSAGES)
    pointed: list[str] = []
    page = open_as(SUPERVISOR)
    page.context.expose_binding("pointed", lambda _source, name: pointed.append(name))
    page.context.add_init_script(WATCH)
    page.reload()
    yield Hands(page)
    assert pointed == []


def wait_for_messages(page: Page) -> None:
    """Until the open list has as many as citizens wrote, without a reload."""
    count = "Number(document.querySelector('#views [aria-current] .counter').textContent)"
    page.wait_for_function(f"{count} >= {MESSAGES}", timeout=30_000)


def transfer(hands: Hands) -> None:
    """To another department, by the command bar; the reason is asked for."""
    hands.press("Control+k")
    hands.look("command bar")
    hands.page.keyboard.type("transf economie")
    hands.press("Enter")
    expect(hands.page.locator("#transfer-reason")).to_be_focused()
    hands.look("transfer")
    hands.page.keyboard.type("C’est pour eux.")
    hands.press("Tab")
    hands.go("Enter")


def assign(hands: Hands) -> None:
    """To the first colleague of the list."""
    hands.press("a")
    expect(hands.page.locator("#assign-to")).to_be_focused()
    hands.look("assign")
    hands.press("Tab")
    hands.go("Enter")


def answer_and_close(hands: Hands) -> None:
    """By a canned reply."""
    hands.press("r")
    expect(hands.page.locator("#composer-text")).to_be_focused()
    hands.page.keyboard.type("/")
    expect(hands.page.locator("#canned-options [role=option]").first).to_be_visible()
    hands.look("canned replies")
    hands.press("Enter")
    expect(hands.page.locator("#composer-text")).to_be_focused()
    expect(hands.page.locator("#composer-text")).not_to_have_value("")
    while hands.focused() != "send-and-close":
        hands.press("Tab")
    hands.go("Enter")
    expect(hands.page.locator("#next-ticket")).to_be_focused()
    hands.look("closed ticket")


def triage(hands: Hands, number: int) -> None:
    """One ticket, from the first look to the end."""
    page = hands.page
    hands.look("ticket")
    if number % TRANSFERRED_EVERY == 0:
        transfer(hands)
    if number % ASSIGNED_EVERY == 0 and page.locator("#assign").count():
        assign(hands)
    elif page.locator("#take").count():
        page.locator("#main").focus()
        hands.go("t")
        expect(page.locator("#release")).to_be_visible()
    answer_and_close(hands)


def test_messages_are_worked_through_without_a_mouse(hands: Hands) -> None:
    page = hands.page
    wait_for_messages(page)
    hands.press("j")
    hands.look("list")
    hands.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    hands.look("sheet")
    hands.press("Escape")
    hands.go("Enter")
    worked_through = set()
    for number in range(MESSAGES):
        worked_through.add(page.url.partition("#")[0])
        triage(hands, number)
        if number < MESSAGES - 1:
            hands.go("j")
    assert len(worked_through) == MESSAGES
    hands.go("u")
    expect(page.locator("#queue")).to_be_visible()


@pytest.mark.parametrize(
    "screen",
    [
        {"viewport": {"width": 320, "height": 640}},
        {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2},
    ],
    ids=["320 pixels", "200 percent"],
)
def test_nothing_is_cut_off_on_a_small_screen_or_with_large_letters(
    screen: dict[str, Any], hub: Hub, open_as: OpenPage
) -> None:
    Citizens(hub.url).play("posts", PEOPLE[0], text="L’abri est cassé.", attached="shelter.jpg")
    page = open_as(SUPERVISOR, **screen)
    row = page.locator("#queue .ticket-link").first
    expect(row).to_be_visible(timeout=15_000)
    for path in ("/inbox", str(row.get_attribute("href")), "/account", "/keyboard", "/reports"):
        page.goto(path)
        assert_whole(page)
        page.keyboard.press("Control+k")
        expect(page.locator("#commands [role=option]").first).to_be_visible()
        assert_whole(page)
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        assert_whole(page)


def assert_whole(page: Page) -> None:
    assert_fits(page)
    assert page.evaluate(CUT_OFF) == [], page.url
