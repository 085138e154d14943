"""The public pages in a real browser: by keyboard, on the smallest screen, without scripts."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import assert_accessible
from tests.e2e.conftest import TRACKING_RENEWAL

pytestmark = pytest.mark.browser

SMALLEST = {"width": 320, "height": 640}


def fill_in(page: Page, message: str = "Bonjour, le car de 7 h 12 ne passe plus.") -> None:
    page.select_option("#subject", "transports")
    page.fill("#message", message)
    page.fill("#name", "Nolwenn Tanguy")
    page.fill("#email", "nolwenn@courriel.example")


def send(page: Page) -> None:
    page.locator("main form button[type=submit]").click()


def to_tracking_page(page: Page) -> None:
    page.wait_for_url("**/envoi")
    page.locator("main a.btn").click()
    page.wait_for_url(lambda url: not url.endswith("/envoi"))


def tab_to(page: Page, name: str) -> None:
    for _step in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == name:
            return
    raise AssertionError(f"{name} cannot be reached by keyboard")


def assert_fits(page: Page) -> None:
    sizes = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    content, screen = page.evaluate(sizes)
    assert content <= screen, f"{page.url} is {content} px wide on a screen of {screen}"


def test_the_form_is_filled_in_and_sent_by_keyboard_alone(open_page):
    page = open_page("/contact", viewport=SMALLEST)
    for name, text in (
        ("subject", "Trains"),
        ("message", "Bonjour,"),
        ("files", ""),
        ("name", "Nolwenn Tanguy"),
        ("email", "nolwenn@courriel.example"),
        ("postal_address", "3 rue des Halles"),
    ):
        tab_to(page, name)
        page.keyboard.type(text)
    assert page.input_value("#homepage") == ""
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/envoi")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_fits_the_smallest_screen_and_is_accessible(open_page, theme):
    page = open_page("/accessibilite", viewport=SMALLEST, color_scheme=theme)

    def check() -> None:
        assert_fits(page)
        assert_accessible(page)

    check()
    page.goto("/donnees-personnelles")
    check()
    page.goto("/contact")
    check()
    send(page)
    expect(page.locator(".error-summary")).to_be_focused()
    check()
    fill_in(page, "Unmotinterminable" * 30)
    page.set_input_files(
        "#files",
        [{"name": "n" * 120 + ".pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}],
    )
    check()
    send(page)
    page.wait_for_url("**/envoi")
    check()
    to_tracking_page(page)
    check()


def test_everything_works_without_scripts(open_page):
    page = open_page("/contact", java_script_enabled=False)
    fill_in(page)
    send(page)
    to_tracking_page(page)
    page.fill("#message", "J'ajoute ceci.")
    send(page)
    assert "J'ajoute ceci." in page.locator(".exchange-text").last.inner_text()
    page.context.close()  # axe-core is a script: it would wait for ever here


def test_the_browser_proves_its_work_unasked(open_page):
    page = open_page("/contact")
    page.focus("#message")
    expect(page.locator("[name=proof]")).to_have_value(re.compile(r".{100,}"))


def test_a_file_that_is_too_large_is_told_before_it_is_sent(open_page, tmp_path):
    page = open_page("/contact")
    large = tmp_path / "large.pdf"
    large.write_bytes(b"%PDF-1.7" + b"x" * 11_000_000)
    page.set_input_files("#files", large)
    expect(page.locator(".chosen-wrong")).to_contain_text("large.pdf")
    page.set_input_files("#files", [])
    expect(page.locator(".chosen-files")).to_be_empty()


def test_the_reference_can_be_copied(open_page):
    page = open_page("/contact", permissions=["clipboard-read", "clipboard-write"])
    fill_in(page)
    send(page)
    page.wait_for_url("**/envoi")
    page.locator("[data-copies=reference]").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#reference").inner_text()


def test_an_open_tracking_page_renews_itself_and_keeps_what_is_being_typed(open_page):
    page = open_page("/contact")
    fill_in(page)
    send(page)
    page.clock.install()
    to_tracking_page(page)
    page.fill("#message", "Je suis en train d'écrire")
    elsewhere = open_page(page.url)
    elsewhere.fill("#message", "Écrit ailleurs.")
    send(elsewhere)
    page.clock.fast_forward(TRACKING_RENEWAL)
    expect(page.locator(".exchange-text").last).to_have_text("Écrit ailleurs.")
    assert page.input_value("#message") == "Je suis en train d'écrire"
