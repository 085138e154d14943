"""`./hub.sh pictures`: a picture of each page in pictures/, both sizes, light and dark, for looking
at what was made; and those of docs/tour.md, so that they stay true."""

import re

from playwright.sync_api import Browser, Page

from tests.e2e.conftest import ROOT
from tests.e2e.lively import lively_hub, open_first_ticket, sign_in
from tests.e2e.pages import EVERYTHING, SCHEMES, SIZES
from tests.e2e.tour import take_tour

FOLDER = ROOT / "pictures"


def main() -> None:
    """Start a hub, have people work in it, take the pictures, stop."""
    FOLDER.mkdir(exist_ok=True)
    with lively_hub() as (url, browser):
        take_tour(browser, url)
        take_all(browser, url)


def take_all(browser: Browser, url: str) -> None:
    for who, paths in EVERYTHING.items():
        for size, viewport in SIZES.items():
            for scheme in SCHEMES:
                context = browser.new_context(
                    base_url=url, viewport=viewport, color_scheme=scheme, locale="fr-FR"
                )
                page = context.new_page()
                if who:
                    sign_in(page, who)
                for path in [*paths, *(["first ticket"] if "/inbox" in paths else [])]:
                    show(page, path)
                    page.wait_for_timeout(400)
                    page.screenshot(path=FOLDER / f"{name_of(path)}-{size}-{scheme}.png")
                context.close()


def show(page: Page, path: str) -> None:
    if path == "first ticket":
        open_first_ticket(page)
    else:
        page.goto(path)


def name_of(path: str) -> str:
    return re.sub(r"\W+", "-", path).strip("-")


if __name__ == "__main__":
    main()
