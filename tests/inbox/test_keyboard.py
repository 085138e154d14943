"""Working by keyboard: the table of shortcuts, what pages announce of it, the command bar, and
going on to the next ticket."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import html5lib
import pytest
from flask.testing import FlaskClient

from hub.accounts.models import User
from hub.clock import now
from hub.extensions import db
from hub.inbox.keyboard import shortcuts
from hub.tickets import actions
from hub.tickets.models import Ticket
from tests.builders import create_department, create_ticket, create_user
from tests.statements import counted

KEYS = Path(__file__).parent.parent.parent / "hub/static/js/inbox/keys.js"


@pytest.fixture
def client(agent: User, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(agent)
    return browser


@pytest.fixture
def three(agent: User) -> list[Ticket]:
    """Tickets of the agent's department, in the order of the list: longest waiting first."""
    department = create_department("transports")
    create_ticket(create_department("lycees"), message={"posted_at": now() - timedelta(hours=2.5)})
    return [
        create_ticket(department, message={"posted_at": now() - timedelta(hours=hours)})
        for hours in (3, 2, 1)
    ]


def parsed(client: FlaskClient, address: str) -> Any:
    return html5lib.parse(client.get(address).text, namespaceHTMLElements=False)


def announced(page: Any) -> dict[str, str]:
    """The name of each element that a shortcut presses -> the keys it announces."""
    elements = [element for element in page.iter() if element.get("data-press")]
    return {one.get("data-press"): one.get("aria-keyshortcuts") for one in elements}


def leads_to(client: FlaskClient, ticket: Ticket, way: str = "next") -> str:
    return str(client.get(f"/tickets/{ticket.reference}/{way}").location)


# --- The table ----------------------------------------------------------------------------------


def test_no_key_has_two_meanings_in_one_place(client: FlaskClient) -> None:
    with client.application.test_request_context():
        everywhere, in_a_list, go, in_a_ticket, _writing = shortcuts.groups()
    for place in (in_a_list, in_a_ticket):
        keys = [key for group in (everywhere, place, go) for s in group.shortcuts for key in s.keys]
        assert len(keys) == len(set(keys))


def test_every_shortcut_is_done_by_the_script_or_names_an_element_of_the_page(
    client: FlaskClient, three: list[Ticket]
) -> None:
    own = set(
        re.findall(r"^  (\w+): ", KEYS.read_text(encoding="utf-8").split("const OWN")[1], re.M)
    )
    on_page = announced(parsed(client, f"/tickets/{three[0].reference}"))
    expected = {
        s.does for group in (shortcuts.IN_A_TICKET, shortcuts.EVERYWHERE) for s in group.shortcuts
    }
    assert expected <= own | set(on_page)
    assert own <= expected | {s.does for s in shortcuts.IN_A_LIST.shortcuts}


def test_the_page_of_shortcuts_shows_what_the_sheet_of_every_page_does(
    client: FlaskClient,
) -> None:
    def rows(page: Any) -> list[tuple[str, str]]:
        return [(r.get("data-keys"), r.get("data-does")) for r in page.iter() if r.get("data-keys")]

    with_sheet_twice = rows(parsed(client, "/keyboard"))
    assert with_sheet_twice == rows(parsed(client, "/inbox")) * 2
    assert ("g m", "go-mine") in with_sheet_twice


def test_buttons_announce_the_keys_of_the_table(client: FlaskClient, three: list[Ticket]) -> None:
    found = announced(parsed(client, f"/tickets/{three[0].reference}"))
    named = {s.does: " ".join(s.keys) for s in shortcuts.IN_A_TICKET.shortcuts}
    assert found["close"] == "e"
    assert {does: keys for does, keys in found.items() if does in named} == {
        does: keys for does, keys in named.items() if does in found
    }


def test_who_switched_single_keys_off_is_told_of_none(
    agent: User, client: FlaskClient, three: list[Ticket]
) -> None:
    choice = {"goes_on": "y"}
    assert client.post("/account/keyboard", data=choice).status_code == 303
    page = parsed(client, f"/tickets/{three[0].reference}")
    assert {keys for keys in announced(page).values() if keys} == {"Control+k"}
    assert "Single keys are switched off" in client.get("/inbox").text
    db.session.refresh(agent)
    assert agent.preferences == {"single_keys": "off", "after_closing": "next"}


def test_the_choice_of_one_person_is_not_that_of_another(
    client: FlaskClient, signed_in: Any
) -> None:
    client.post("/account/keyboard", data={})
    other = signed_in(create_user())
    assert "Single keys are switched off" not in other.get("/inbox").text


# --- The command bar ----------------------------------------------------------------------------


def test_the_bar_leads_agents_to_their_lists_and_departments(client: FlaskClient) -> None:
    create_department("lycees", name="Lycées")
    found = {c["label"]: c for c in client.get("/commands").json["commands"]}
    assert found["Mine"]["href"] == "/inbox?view=mine"
    assert found["Transports"] == {
        "group": "Departments",
        "label": "Transports",
        "hint": "",
        "icon": "building-2",
        "href": "/inbox?department=transports",
    }
    assert not {"Lycées", "Settings", "People", "Reports"} & set(found)


def test_the_bar_leads_administrators_to_each_page_of_the_settings(
    admin: User, signed_in: Any
) -> None:
    answer = signed_in(admin).get("/commands").json
    labels = [c["label"] for c in answer["commands"] if c["group"] == "Settings"]
    assert {"People", "Rules", "Deliveries"} <= set(labels)


def test_the_bar_costs_three_statements_beside_the_person(client: FlaskClient) -> None:
    with counted() as statements:
        client.get("/commands")
    assert len(statements) <= 5, statements


# --- The next ticket ----------------------------------------------------------------------------


def test_next_and_previous_follow_the_list_and_skip_what_is_not_in_it(
    client: FlaskClient, three: list[Ticket]
) -> None:
    first, second, third = three
    assert leads_to(client, first) == f"/tickets/{second.reference}"
    assert leads_to(client, third, "previous") == f"/tickets/{second.reference}"


def test_at_the_ends_one_comes_back_to_the_list(client: FlaskClient, three: list[Ticket]) -> None:
    client.get("/inbox?department=transports")
    assert leads_to(client, three[2]) == "/inbox?department=transports"
    assert "That was the last one." in client.get("/inbox?department=transports").text
    assert leads_to(client, three[0], "previous") == "/inbox?department=transports"


def test_a_closed_ticket_is_followed_by_the_one_that_came_after_it(
    agent: User, client: FlaskClient, three: list[Ticket]
) -> None:
    client.get(f"/tickets/{three[1].reference}")
    actions.close(three[1], by=agent)
    assert leads_to(client, three[1]) == f"/tickets/{three[2].reference}"
    assert leads_to(client, three[1], "previous") == f"/tickets/{three[0].reference}"


def test_a_ticket_that_was_in_no_list_is_followed_by_the_first_one(
    agent: User, client: FlaskClient, three: list[Ticket]
) -> None:
    actions.close(three[2], by=agent)
    assert leads_to(client, three[2]) == f"/tickets/{three[0].reference}"
    assert leads_to(client, three[2], "previous") == "/inbox"


def test_the_list_one_works_through_decides_what_is_next(
    agent: User, client: FlaskClient, three: list[Ticket]
) -> None:
    for ticket in (three[0], three[2]):
        actions.take(ticket, agent)
    client.get("/inbox?view=mine")
    assert leads_to(client, three[0]) == f"/tickets/{three[2].reference}"


def test_closing_stays_unless_the_person_goes_on(client: FlaskClient, three: list[Ticket]) -> None:
    first, second, _third = three
    client.get(f"/tickets/{first.reference}")
    stays = client.post(f"/tickets/{first.reference}/close")
    assert stays.location == f"/tickets/{first.reference}"
    client.post("/account/keyboard", data={"single_keys": "y", "goes_on": "y"})
    client.get(f"/tickets/{second.reference}")
    goes = client.post(f"/tickets/{second.reference}/close", follow_redirects=True)
    assert goes.request.path == f"/tickets/{three[2].reference}"
    assert f'<a href="/tickets/{second.reference}">{second.reference} is closed.</a>' in goes.text


@pytest.mark.parametrize("way", ["next", "previous"])
def test_nobody_goes_on_from_a_ticket_out_of_their_sight(way: str, client: FlaskClient) -> None:
    hidden = create_ticket(create_department("lycees"))
    assert client.get(f"/tickets/{hidden.reference}/{way}").status_code == 404
