"""The journeys of each channel, in real browsers: a citizen writes, the ticket shows in the agent's
open list without a reload, the agent answers, and the citizen reads the answer where they wrote."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import TRACKING_RENEWAL

pytestmark = pytest.mark.browser

SUPERVISOR = "nathalie.perrin@region-montvallee.example"
OpenPage = Callable[..., Page]

#: Too long for one post on X, and for two.
SIX_HUNDRED = (
    "Bonjour, et merci de nous avoir écrit. La ligne 214 a bien changé d’horaires le 1er "
    "décembre : un car passe désormais toutes les 30 minutes entre 6 h 30 et 9 h, puis entre "
    "16 h et 19 h. Le dernier départ de Montvallée reste à 20 h 40. En cas de retard de plus de "
    "15 minutes, écrivez-nous avec le numéro de la course : nous le signalons le jour même au "
    "transporteur. Les horaires complets sont affichés à chaque arrêt, en gare routière et dans "
    "les mairies. Le service des transports reste à votre écoute, du lundi au vendredi, de 8 h 30 "
    "à 17 h 30. Vous pouvez aussi nous appeler. Très bonne journée à vous."
)


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
    write(inbox, text, way=way)
    expect(inbox.locator("#thread", has_text=text)).to_be_visible()


def write(inbox: Page, text: str, *, way: str | None = None) -> None:
    """Answer the open ticket; it is sent when this returns."""
    if way is not None:
        inbox.locator(f"input[name=way][value$=':{way}']").press("Space")
    composer = inbox.locator("#composer-text")
    composer.fill(text)
    composer.press("Control+Enter")
    expect(composer).to_have_value("")
    newest = inbox.locator("#thread .message-out").last
    expect(newest.locator(".message-foot .sign-delivery-sent")).to_be_visible(timeout=20_000)


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


def test_a_mention_is_answered_by_a_thread_of_three_in_the_right_order(
    open_page: OpenPage, open_as: OpenPage
):
    question = unlike_any_other("@Montvallee quels horaires pour la 214 ?")
    inbox = open_as(SUPERVISOR)
    citizen = open_page("/sandbox/?who=25000000000000704")
    post = citizen.locator(".new-tweet form")
    post.locator("[name=text]").fill(question)
    post.locator("button[type=submit]").last.click()
    thread = citizen.locator(".tweet:not(.tweet-answer)", has_text=question)
    expect(thread).to_be_visible()
    open_ticket(inbox, question)
    signature = inbox.locator(".composer-signature p span").last.inner_text()
    inbox.locator("#composer-text").fill(SIX_HUNDRED)
    previewed = inbox.locator("#composer .preview-part")
    expect(previewed).to_have_count(3)
    write(inbox, SIX_HUNDRED, way="reply")
    parts = thread.locator(".tweet-answer.is-council .tweet-text")
    expect(parts).to_have_text(
        [re.compile(r"\(1/3\)$"), re.compile(r"\(2/3\)$"), re.compile(r"\(3/3\)$")],
        timeout=20_000,
    )
    whole = " ".join(re.sub(r" \(\d/3\)$", "", text) for text in parts.all_inner_texts())
    assert " ".join(whole.split()) == f"{SIX_HUNDRED} {signature}"


def test_a_direct_message_is_answered_in_one_piece(open_page: OpenPage, open_as: OpenPage):
    question = unlike_any_other("Et en message privé ?")
    inbox = open_as(SUPERVISOR)
    citizen = open_page("/sandbox/?who=25000000000000705")
    private = citizen.locator("form[action$='/x/write']")
    private.locator("[name=text]").fill(question)
    private.locator("button[type=submit]").last.click()
    expect(citizen.locator("#x .said", has_text=question)).to_be_visible()
    answer(inbox, question, SIX_HUNDRED, way="dm")
    expect(citizen.locator("#x .line-council .said", has_text=SIX_HUNDRED)).to_have_count(
        1, timeout=15_000
    )


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
    citizen.clock.install()
    citizen.locator("main a[href*='/suivi/']").first.click()
    citizen.wait_for_url("**/suivi/**")
    expect(citizen.get_by_text(question)).to_be_visible()
    answer(inbox, question, reply)
    citizen.clock.fast_forward(TRACKING_RENEWAL)
    expect(citizen.get_by_text(reply)).to_be_visible()
    mails = open_page("/sandbox/mails")
    expect(mails.get_by_text("berengere@example.org").first).to_be_visible()


def test_what_a_colleague_does_shows_without_a_reload(open_page: OpenPage, open_as: OpenPage):
    question = unlike_any_other("Une question pour deux")
    citizen = open_page("/sandbox/?who=25000000000000708")
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
