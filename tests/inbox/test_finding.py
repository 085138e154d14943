"""The search page, and the language of a ticket."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from hub.accounts.models import User
from hub.channels.base import Author
from hub.extensions import db
from hub.inbox.finding import pages
from hub.intake import actions as intake
from hub.search import actions
from hub.tickets import consulting
from hub.tickets.models import Ticket
from tests.builders import create_department, create_ticket, create_user, inbound
from tests.statements import counted

ENGLISH = "Hello, when is the next bus to the airport? I have lost my ticket, please help."
#: Session, names, five of the left column and the bar, four of the search, two of the results.
MOST_FOR_A_SEARCH = 16


@pytest.fixture
def client(agent: User, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(agent)
    return browser


def transports(text: str, **message: Any) -> Ticket:
    return create_ticket(create_department("transports"), message={"text": text, **message})


def index() -> None:
    db.session.rollback()
    actions.index_due(timedelta(minutes=1))


def page(client: FlaskClient, **parameters: Any) -> str:
    answer = client.get("/search", query_string=parameters)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_every_page_has_a_field_to_search_with(client: FlaskClient) -> None:
    shown = client.get("/inbox").get_data(as_text=True)
    assert 'type="search" id="search" name="q"' in shown


def test_results_show_what_was_found_and_where(client: FlaskClient) -> None:
    transports(
        "Bonjour\nLe <car> n'est pas passé à la gare",
        author=Author(external_id="42", name="Zoé Martin"),
    )
    transports("Autre chose")
    index()
    shown = page(client, q="gares from:zoe")
    assert "Le &lt;car&gt; n&#39;est pas passé à la <mark>gare</mark>" in shown
    assert "<mark>Zoé</mark> Martin" in shown
    assert "Autre chose" not in shown


def test_a_whole_reference_leads_straight_to_its_ticket(client: FlaskClient) -> None:
    ticket = transports("Le car")
    answer = client.get("/search", query_string={"q": f" {ticket.reference.lower()} "})
    assert answer.status_code == 302
    assert answer.location == f"/tickets/{ticket.reference}"


def test_the_reference_of_a_ticket_of_others_leads_nowhere(client: FlaskClient) -> None:
    ticket = create_ticket(create_department("lycees"))
    assert "No ticket fits" in page(client, q=ticket.reference)


@pytest.mark.parametrize(
    ("q", "words"),
    [
        ("before:tomorrow", "“tomorrow” is no day."),
        ("department:nowhere", "No department is called “nowhere”."),
        ("channel:fax", "No channel is called “fax”."),
        ("state:lost", "“lost” is no state."),
        ("language:elvish", "The hub tells no language “elvish”."),
        ("ab*", "write three letters before the star"),
        ("from:", "Write something after “from:”."),
        ("form:zoé", "There is no operator “form:zoé”"),
        ("2026-000001-B", "its last letter does not fit its number"),
        ("le la", "“le la” is in nearly every message"),
        ("le car", "Not looked for, because nearly every message has it: le"),
        ("mot " * 90, "The question is too long"),
    ],
)
def test_what_was_not_understood_is_said(client: FlaskClient, q: str, words: str) -> None:
    assert words in page(client, q=q)


def test_an_empty_question_and_one_in_vain_teach_how_to_ask(client: FlaskClient) -> None:
    for q in ("", "zzz"):
        shown = page(client, q=q)
        assert "department:transports" in shown
        assert "flood*" in shown


def test_pages_go_on_and_lead_back(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "RESULTS", 2)
    some = [transports("Le car est en retard").reference for _number in range(3)]
    index()
    first = page(client, q="retards")
    assert some[2] in first
    assert some[1] in first
    assert some[0] not in first
    following = first.split('rel="next"')[0].rpartition('href="')[2].split('"')[0]
    then = client.get(following.replace("&amp;", "&")).get_data(as_text=True)
    assert some[0] in then
    assert some[1] not in then
    assert "Newest results" in then
    assert "Older results" not in then


@pytest.mark.parametrize("below", ["", "-1", "0", "x", "9" * 18, "9" * 40, "١"])
def test_any_place_in_the_address_is_a_page(client: FlaskClient, below: str) -> None:
    transports("Le car")
    index()
    page(client, q="car", below=below)
    page(client, q="state:new", below=below)


def test_a_search_costs_the_same_with_few_and_with_many_results(
    agent: User, client: FlaskClient
) -> None:
    consulted = create_ticket(create_department("lycees"), message={"text": "Une gare"})
    consulting.consult(consulted, "Une idée ?", asked=agent, by=create_user())
    transports("La gare")
    index()
    with counted() as few:
        page(client, q="gare")
    for _number in range(12):
        transports("La gare déborde")
    index()
    with counted() as many:
        assert page(client, q="gare").count("<mark>gare</mark>") >= 14
    assert len(many) == len(few) <= MOST_FOR_A_SEARCH, many


# --- Language -----------------------------------------------------------------------------------


def test_a_foreign_message_is_marked_and_read_aloud_as_such(client: FlaskClient) -> None:
    ticket = transports(ENGLISH)
    shown = client.get(f"/tickets/{ticket.reference}").get_data(as_text=True)
    assert "<span>In anglais</span>" in shown or "<span>In English</span>" in shown
    assert 'dir="auto" lang="en"' in shown


def test_a_person_corrects_the_language(client: FlaskClient) -> None:
    ticket = transports(ENGLISH)
    answer = client.post(f"/tickets/{ticket.reference}/language", data={"language": "nl"})
    assert (answer.status_code, answer.location) == (303, f"/tickets/{ticket.reference}#language")
    shown = client.get(f"/tickets/{ticket.reference}").get_data(as_text=True)
    assert 'dir="auto" lang="nl"' in shown
    assert "Language: " in shown
    index()
    assert ticket.reference in page(client, q="language:nl")


def test_a_language_that_the_hub_does_not_know_is_refused(client: FlaskClient) -> None:
    ticket = transports("Le car")
    answer = client.post(f"/tickets/{ticket.reference}/language", data={"language": "tlh"})
    assert answer.status_code == 400


def test_those_who_are_only_asked_do_not_correct_it(agent: User, client: FlaskClient) -> None:
    ticket = create_ticket(create_department("lycees"))
    consulting.consult(ticket, "Une idée ?", asked=agent, by=create_user())
    answer = client.post(f"/tickets/{ticket.reference}/language", data={"language": "nl"})
    assert answer.status_code == 403


def test_a_longer_message_tells_more_than_the_greeting_before_it(app: object) -> None:
    greeting = {"conversation": "messenger:42", "author": Author(external_id="42", name="Ann")}
    ticket = create_ticket(message={"text": "Hello", **greeting})
    assert ticket.language == "fr"
    intake.receive("facebook", inbound(text=ENGLISH, **greeting))
    db.session.expire_all()
    assert db.session.get_one(Ticket, ticket.id).language == "en"
