"""Every page, on a desk and on a telephone, light and dark: nothing that axe-core calls serious,
nothing wider than the screen."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.e2e.axe import assert_accessible
from tests.e2e.pages import EVERYTHING, SIZES

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("size", "scheme"), [("wide", "light"), ("phone", "dark")])
@pytest.mark.parametrize("who", EVERYTHING, ids=["anybody", "supervisor", "administrator"])
def test_every_page_is_accessible_and_fits(
    open_page: Callable[..., Page], open_as: Callable[..., Page], who: str, size: str, scheme: str
):
    look = {"viewport": SIZES[size], "color_scheme": scheme}
    page = open_as(who, **look) if who else open_page("/contact", **look)
    for path in EVERYTHING[who]:
        page.goto(path)
        assert_accessible(page)
        assert_fits(page)


@pytest.mark.parametrize("path", ["/contact", "/login", "/accessibilite"])
def test_public_pages_fit_a_screen_of_320_pixels(open_page: Callable[..., Page], path: str):
    assert_fits(open_page(path, viewport={"width": 320, "height": 640}))


#: What reaches beyond the screen, for whoever has to mend it.
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
  .filter((element) => element.checkVisibility() && !element.closest(".pane-views"))
  .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
  .map((element) => element.outerHTML.slice(0, 90)).slice(0, 12)"""


def assert_fits(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= page.viewport_size["width"], f"{page.url}: {wide}, {page.evaluate(TOO_WIDE)}"
