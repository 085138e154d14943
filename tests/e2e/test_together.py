"""Two people on one ticket: they see each other, one of them has it, and neither answers over the
other without knowing."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.citizens import PEOPLE, Citizens
from tests.e2e.conftest import Hub
from tests.e2e.pages import ADMIN, SUPERVISOR
from tests.e2e.test_journeys import OpenPage, open_ticket, unlike_any_other

pytestmark = pytest.mark.browser

#: Milliseconds within which each sees what the other does.
SOON = 2_000

#: Citizens whose tickets no other test of this hub takes, transfers or closes.
TALKER, ASKER = PEOPLE[5:7]


@pytest.fixture
def citizen_writes(open_page: OpenPage) -> Callable[..., None]:
    """Gives a function with which a citizen writes."""
    pages: dict[str, Page] = {}

    def write(text: str, *, who: str = TALKER) -> None:
        if who not in pages:
            pages[who] = open_page(f"/sandbox/?who={who}")
        citizen = pages[who]
        form = citizen.locator("form[action$='/messages']")
        form.locator("[name=text]").fill(text)
        form.locator("button[type=submit]").last.click()
        expect(citizen.locator(".said", has_text=text)).to_be_visible()

    return write


def test_two_people_on_one_ticket(citizen_writes: Callable[..., None], open_as: OpenPage) -> None:
    question, more = unlike_any_other("Une question"), unlike_any_other("Encore une chose")
    citizen_writes(question)
    first = open_as(SUPERVISOR)
    open_ticket(first, question)
    second = open_as(ADMIN, first.url.split("?")[0])
    line = first.locator("#presence")
    expect(line).to_contain_text("Olivier Savary", timeout=SOON)
    second.locator("#composer-text").press_sequentially("Je", delay=20)
    expect(line.locator(".presence-writing")).to_be_visible(timeout=SOON)
    expect(first.locator("[data-presence-of]")).to_contain_text("Olivier Savary")

    first.locator("#composer-text").fill("Ma réponse")
    first.context.set_offline(True)
    citizen_writes(more)
    expect(second.locator("#thread", has_text=more)).to_be_visible()
    first.context.set_offline(False)
    send(first)
    expect(first.locator("#held")).to_be_focused()
    expect(first.locator("#held")).to_contain_text(more)
    expect(first.locator("#composer-text")).to_have_value("Ma réponse")

    second.context.set_offline(True)
    first.locator("#send-held").click()
    expect(first.locator("#thread .message-out", has_text="Ma réponse")).to_be_visible()
    second.context.set_offline(False)
    send(second)
    expect(second.locator("#held")).to_contain_text("Ma réponse")
    second.goto("/inbox")
    expect(line).not_to_contain_text("Olivier Savary", timeout=SOON)


def test_of_two_who_take_one_wins_and_the_other_reads_who(
    citizen_writes: Callable[..., None], open_as: OpenPage
) -> None:
    question = unlike_any_other("Qui me prend ?")
    citizen_writes(question, who=ASKER)
    first = open_as(SUPERVISOR)
    open_ticket(first, question)
    second = open_as(ADMIN, first.url.split("?")[0])
    refuse_streams(second)
    first.locator("#take").click()
    expect(first.locator("#facts")).to_contain_text("Nathalie Perrin")
    second.locator("#take").click()
    expect(second.locator("#notices, #facts").first).to_contain_text("Nathalie Perrin")
    expect(second.locator("#facts")).to_contain_text("Nathalie Perrin")


def test_whoever_has_scrolled_up_stays_there_and_is_told_that_there_is_more(
    citizen_writes: Callable[..., None], open_as: OpenPage
) -> None:
    question, more = unlike_any_other("Une longue histoire"), unlike_any_other("La fin")
    citizen_writes(unlike_any_other("Autrefois, " + "et puis " * 200))
    citizen_writes(f"{question} {'et puis ' * 200}")
    page = open_as(SUPERVISOR)
    open_ticket(page, question)
    expect(page.locator("#composer-text")).to_be_in_viewport()
    pane, link = page.locator(".pane-ticket"), page.locator("[data-new-messages]")
    pane.evaluate("pane => pane.scrollTop = 10")
    citizen_writes(more)
    expect(link).to_be_visible(timeout=15_000)
    assert pane.evaluate("pane => pane.scrollTop") == 10
    link.click()
    expect(page.locator("#thread").get_by_text(more)).to_be_in_viewport()
    expect(link).to_be_hidden()


def test_many_pages_of_one_person_share_a_stream_and_do_not_block_the_next(
    citizen_writes: Callable[..., None], open_as: OpenPage
) -> None:
    """A browser opens six connections to a host, and no more."""
    question = unlike_any_other("Me voyez-vous partout ?")
    pages = [open_as(SUPERVISOR)]
    for _page in range(7):
        pages.append(pages[0].context.new_page())
        pages[-1].goto("/inbox", timeout=15_000)
    citizen_writes(question)
    for page in (pages[0], pages[-1]):
        expect(page.locator("#queue li", has_text=question)).to_be_visible(timeout=15_000)


def test_a_page_that_gets_no_stream_asks_by_itself(
    citizen_writes: Callable[..., None], open_as: OpenPage
) -> None:
    question = unlike_any_other("Me lisez-vous quand même ?")
    page = open_as(SUPERVISOR)
    page.clock.install()
    refuse_streams(page)
    citizen_writes(question)
    row = page.locator("#queue li", has_text=question)
    page.clock.run_for(6_000)
    expect(page.locator("#notices [data-key=lost]")).to_be_visible()
    expect(row).to_be_hidden()
    page.clock.run_for(26_000)
    expect(row).to_be_visible()


def test_a_new_ticket_is_told_at_once_although_the_list_rests(hub: Hub, open_as: OpenPage) -> None:
    citizens, page = Citizens(hub.url), open_as(SUPERVISOR, "/inbox?view=unassigned")
    citizens.fill_in(unlike_any_other("Avant"), name="Nolwenn Tanguy")
    expect(page.locator("#queue-news")).to_contain_text("1 ", timeout=15_000)
    page.reload()
    expect(page.locator("#queue-news")).to_be_empty()
    page.context.route("**/inbox?*known=*", lambda route: route.abort())
    for number in (1, 2):
        citizens.fill_in(unlike_any_other("Après"), name="Nolwenn Tanguy")
        expect(page.locator("#queue-news a")).to_contain_text(f"{number} ", timeout=15_000)


def refuse_streams(page: Page) -> None:
    """From now on it hears nothing of what others do."""
    page.context.route("**/live?*", lambda route: route.fulfill(status=503))
    page.reload()


def send(page: Page) -> None:
    page.locator("#composer-text").press("Control+Enter")
