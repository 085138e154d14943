"""The three journeys, in real browsers: a citizen writes, the ticket shows in the agent's open list
without a reload, the agent answers, and the citizen reads the answer where they wrote."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

SUPERVISOR = "nathalie.perrin@region-montvallee.example"
OpenPage = Callable[..., Page]


def unlike_any_other(words: str) -> str:
    """Words that no other test of this run writes."""
    return f"{words} ({uuid4().hex[:6]})"


def open_ticket(inbox: Page, words: str) -> None:
    """Wait, without a reload, until the open list has the ticket with these words; open it."""
    row = inbox.locator("#queue li", has_text=words).first
    expect(row).to_be_visible(timeout=15_000)
    row.locator("a").first.click()
    inbox.wait_for_url("**/tickets/**")


def answer(inbox: Page, words: str, text: str, *, way: str | None = None) -> None:
    """Open the ticket with these words and answer it; it is sent when this returns."""
    open_ticket(inbox, words)
    if way is not None:
        inbox.locator(f"input[name=way][value$=':{way}']").press("Space")
    composer = inbox.locator("#composer-text")
    composer.fill(text)
    composer.press("Control+Enter")
    bubble = inbox.locator("#thread", has_text=text)
    expect(bubble).to_be_visible()
    expect(inbox.locator("#thread .sign-delivery-sent").last).to_be_visible(timeout=15_000)


def test_a_comment_is_answered_under_the_comment(open_page: OpenPage, open_as: OpenPage):
    question = unlike_any_other("Le car de 7 h passe-t-il encore ?")
    reply = unlike_any_other("Oui, chaque jour de classe.")
    inbox = open_as(SUPERVISOR)
    citizen = open_page("/sandbox/")
    wall = citizen.locator("form[action$='/comments']", has=citizen.locator("[name=post]")).last
    wall.locator("[name=text]").fill(question)
    wall.locator("button[type=submit]").last.click()
    expect(citizen.locator(".said", has_text=question)).to_be_visible()
    answer(inbox, question, reply, way="comment")
    expect(citizen.locator(".said", has_text=reply)).to_be_visible(timeout=15_000)


def test_a_messenger_message_is_answered_on_messenger(open_page: OpenPage, open_as: OpenPage):
    question = unlike_any_other("Où en est ma bourse ?")
    reply = unlike_any_other("Votre dossier est complet.")
    inbox = open_as(SUPERVISOR)
    citizen = open_page("/sandbox/?who=25000000000000702")
    messenger = citizen.locator("form[action$='/messages']")
    messenger.locator("[name=text]").fill(question)
    messenger.locator("button[type=submit]").last.click()
    expect(citizen.locator(".said", has_text=question)).to_be_visible()
    answer(inbox, question, reply)
    expect(citizen.locator(".said", has_text=reply)).to_be_visible(timeout=15_000)


def test_the_form_is_answered_on_its_tracking_page_and_by_mail(
    open_page: OpenPage, open_as: OpenPage
):
    question = unlike_any_other("Je souhaite un abri à l’arrêt du Lavoir.")
    reply = unlike_any_other("Il sera posé en mars.")
    inbox = open_as(SUPERVISOR)
    citizen = open_page("/contact", viewport={"width": 390, "height": 844})
    citizen.locator("#subject").select_option(index=1)
    citizen.locator("#message").fill(question)
    citizen.locator("#name").fill("Bérengère Toufaille")
    citizen.locator("#email").fill("berengere@example.org")
    citizen.locator("main form button[type=submit]").last.click()
    expect(citizen.get_by_text(re.compile(r"\d{4}-\d{6}-[A-Z]")).first).to_be_visible()
    citizen.locator("main a[href*='/suivi/']").first.click()
    citizen.wait_for_url("**/suivi/**")
    expect(citizen.get_by_text(question)).to_be_visible()
    answer(inbox, question, reply)
    expect(citizen.get_by_text(reply)).to_be_visible(timeout=30_000)
    mails = open_page("/sandbox/mails")
    expect(mails.get_by_text("berengere@example.org").first).to_be_visible()


def test_what_a_colleague_does_shows_without_a_reload(open_page: OpenPage, open_as: OpenPage):
    question = unlike_any_other("Une question pour deux")
    citizen = open_page("/sandbox/?who=25000000000000703")
    messenger = citizen.locator("form[action$='/messages']")
    messenger.locator("[name=text]").fill(question)
    messenger.locator("button[type=submit]").last.click()
    first = open_as(SUPERVISOR)
    open_ticket(first, question)
    first.locator("#composer-text").fill("Je commence à écrire")
    second = open_as("olivier.savary@region-montvallee.example", first.url.split("?")[0])
    second.locator("form[action$='/take'] button").first.click()
    expect(first.get_by_text("Olivier Savary").first).to_be_visible(timeout=10_000)
    expect(first.locator("#composer-text")).to_have_value("Je commence à écrire")
