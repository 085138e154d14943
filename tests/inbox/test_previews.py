"""What agents see of an answer before they send it."""

import html
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from hub.accounts.models import User
from hub.extensions import db
from hub.tickets.models import Message, Ticket
from tests.builders import create_department, create_ticket
from tests.chirp import Chirp, create_chirp_ticket, spend
from tests.statements import counted

LONG = "Bonjour, le car de sept heures ne passera pas demain matin ; prenez celui de huit heures."
FRAGMENT = {"HX-Request": "true"}
#: Who asks, the ticket, its thread, and twice what was spent.
MOST_STATEMENTS = 7


@pytest.fixture
def ticket(chirp: Chirp, agent: User) -> Ticket:
    return create_chirp_ticket()


@pytest.fixture
def client(agent: User, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(agent)
    return browser


def ask(client: FlaskClient, ticket: Ticket, text: str, way: str = "public:chirp") -> str:
    """The preview as an open page is given it."""
    response = client.post(
        f"/tickets/{ticket.reference}/preview", data={"text": text, "way": way}, headers=FRAGMENT
    )
    assert response.status_code == 200
    return html.unescape(response.text)


def words(markup: str) -> str:
    shown = re.sub(r"<noscript>.*?</noscript>", "", markup, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", shown).replace("\xa0", " ").split())


def length(markup: str) -> str:
    found = re.search(r'data-length="(\d+)"', markup)
    return found[1] if found else ""


def test_a_long_answer_is_shown_part_by_part_with_each_length(
    client: FlaskClient, ticket: Ticket
) -> None:
    shown = ask(client, ticket, LONG)
    parts = re.findall(r'<p class="preview-text"[^>]*>(.*?)</p>', shown)
    assert parts[0] == "Bonjour, le car de sept heures ne 1/3"
    assert len(parts) == 3
    assert "Part 1 of 3 37 of 40" in words(shown)
    assert "Sent in 3 parts" in words(shown)
    assert length(shown) == "0"


def test_the_price_stands_beside_what_the_month_has_cost(
    client: FlaskClient, ticket: Ticket
) -> None:
    spend(ticket, "1.23")
    said = words(ask(client, ticket, LONG))
    assert "This answer costs 0,045 USD, by the prices of 24 août 2026." in said
    assert "This month: 1,23 of 50 USD." in said


def test_an_answer_that_passes_the_ceiling_says_what_is_left(
    client: FlaskClient, ticket: Ticket
) -> None:
    spend(ticket, "49.97")
    assert "Only 0,03 USD are left this month." in words(ask(client, ticket, LONG))
    assert "are left" not in words(ask(client, ticket, "Bonjour."))


def test_a_text_of_too_many_parts_says_so_and_nothing_else(
    client: FlaskClient, ticket: Ticket
) -> None:
    said = words(ask(client, ticket, LONG * 2))
    assert re.fullmatch(
        r"This text would need \d parts, and the platform takes at most 3. Shorten the text.", said
    )


def test_a_count_is_the_platforms_own(client: FlaskClient, ticket: Ticket) -> None:
    assert length(ask(client, ticket, "山山", "private:whisper")) == "4"


def test_a_text_that_is_too_long_says_by_how_much(client: FlaskClient, ticket: Ticket) -> None:
    shown = ask(client, ticket, "山" * 60, "private:whisper")
    assert length(shown) == "120"
    assert "takes 100 characters here: 20 are too many" in words(shown)


def test_an_ordinary_answer_on_a_free_platform_shows_nothing(client: FlaskClient) -> None:
    free = create_ticket(create_department("transports"))
    shown = ask(client, free, "Bonjour.", "private:messenger")
    signed = len("Bonjour.\n\nAgathe Agent, Transports")
    assert (words(shown), length(shown)) == ("", str(signed))


@pytest.mark.parametrize("text", ["", "  \r\n"])
def test_without_a_text_there_is_nothing_to_show(
    text: str, client: FlaskClient, ticket: Ticket
) -> None:
    assert words(ask(client, ticket, text)) == ""


@pytest.mark.parametrize("way", ["", "public:pigeon", "private:chirp"])
def test_a_way_that_is_not_there_shows_nothing(
    way: str, client: FlaskClient, ticket: Ticket
) -> None:
    assert words(ask(client, ticket, "Bonjour.", way)) == ""


def test_what_people_write_is_shown_as_they_wrote_it(client: FlaskClient, ticket: Ticket) -> None:
    data = {"text": "<b>Bonjour</b> " * 4, "way": "public:chirp"}
    address = f"/tickets/{ticket.reference}/preview"
    assert "<b>" not in client.post(address, data=data, headers=FRAGMENT).text


def test_without_scripts_a_button_shows_it_on_the_page_with_what_was_typed(
    client: FlaskClient, ticket: Ticket
) -> None:
    address = f"/tickets/{ticket.reference}"
    button = re.search(r'formaction="([^"#]+)#composer"><span>Preview', client.get(address).text)
    assert button is not None
    page = client.post(button[1], data={"text": LONG, "way": "public:chirp"})
    assert page.status_code == 200
    assert "Sent in 3 parts" in words(page.text)
    assert re.search(rf'id="composer-text"[^>]*>{re.escape(LONG)}</textarea>', page.text)
    one = client.post(button[1], data={"text": "Bonjour.", "way": "private:whisper"})
    assert "8 of 100 characters" in one.text


def test_looking_stores_nothing_and_costs_few_statements(
    client: FlaskClient, ticket: Ticket
) -> None:
    with counted() as statements:
        ask(client, ticket, LONG)
    assert len(statements) <= MOST_STATEMENTS, statements
    assert db.session.query(Message).count() == 1


def test_another_departments_ticket_has_no_preview(client: FlaskClient, chirp: Chirp) -> None:
    other = create_chirp_ticket("lycees", conversation="public:2")
    address = f"/tickets/{other.reference}/preview"
    assert client.post(address, data={"text": "x", "way": "public:chirp"}).status_code == 404


def test_an_answer_of_too_many_parts_is_given_back_with_the_reason(
    client: FlaskClient, ticket: Ticket
) -> None:
    data = {"text": LONG * 2, "way": "public:chirp"}
    response = client.post(f"/tickets/{ticket.reference}/replies", data=data)
    assert response.status_code == 422
    error = re.search(r'id="composer-text-error">(.*?)</div>', response.text, re.DOTALL)
    assert error is not None
    assert "the platform takes at most 3" in words(error[1])
    assert LONG in html.unescape(response.text)


def test_the_form_says_which_ways_tell_more_than_a_count(
    client: FlaskClient, ticket: Ticket
) -> None:
    page = client.get(f"/tickets/{ticket.reference}").text
    ways = dict(re.findall(r'<input type="radio" name="way" value="([^"]+)"([^>]*)>', page))
    assert "data-shows-more" in ways["public:chirp"]
    assert "data-splits" in ways["public:chirp"]
    assert "data-shows-more" in ways["private:whisper"]
    assert "data-splits" not in ways["private:whisper"]
    free = client.get(f"/tickets/{create_ticket(create_department('transports')).reference}").text
    assert "data-shows-more" not in free
