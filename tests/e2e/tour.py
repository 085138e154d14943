"""The pictures of docs/tour.md, each taken of the running product."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from tests.e2e.conftest import ROOT
from tests.e2e.lively import open_first_ticket, sign_in
from tests.e2e.pages import SIZES, SUPERVISOR

FOLDER = ROOT / "docs" / "pictures"


@dataclass(frozen=True)
class Shot:
    """One picture: what is done before it is taken."""

    name: str
    steps: Callable[[Page], object]
    size: str = "wide"
    scheme: str = "light"


def _list(page: Page) -> None:
    page.goto("/inbox")


def _selected(page: Page) -> None:
    _list(page)
    for box in page.locator("#queue li input[type=checkbox]").all()[1:4]:
        box.check()


def _write(page: Page) -> None:
    open_first_ticket(page)
    page.locator("#composer-text").fill(
        "Bonjour, le car de 7 h 05 circule de nouveau depuis ce matin. Toutes nos excuses pour "
        "l’attente."
    )


def _canned(page: Page) -> None:
    open_first_ticket(page)
    page.locator("#composer-text").press_sequentially("/tra", delay=60)


def _found(page: Page) -> None:
    page.goto("/search?q=lycée chauffage")


def _keys(page: Page) -> None:
    _list(page)
    page.keyboard.press("?")


def _commands(page: Page) -> None:
    open_first_ticket(page)
    page.keyboard.press("Control+k")
    page.keyboard.type("tr", delay=60)


SHOTS = (
    Shot("list", _list),
    Shot("list-dark", _list, scheme="dark"),
    Shot("list-phone", _list, size="phone"),
    Shot("selected", _selected),
    Shot("ticket", _write),
    Shot("ticket-dark", _write, scheme="dark"),
    Shot("ticket-phone", open_first_ticket, size="phone"),
    Shot("canned", _canned),
    Shot("search", _found),
    Shot("keys", _keys),
    Shot("commands", _commands),
)


def take_tour(browser: Browser, url: str) -> None:
    """Take them all, into docs/pictures."""
    FOLDER.mkdir(exist_ok=True)
    for shot in SHOTS:
        context = browser.new_context(
            base_url=url, viewport=SIZES[shot.size], color_scheme=shot.scheme, locale="fr-FR"
        )
        page = context.new_page()
        sign_in(page, SUPERVISOR)
        shot.steps(page)
        page.wait_for_timeout(800)
        page.screenshot(path=FOLDER / f"{shot.name}.png")
        context.close()
