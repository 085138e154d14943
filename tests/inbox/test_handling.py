"""Taking, giving, transferring, closing and tagging a ticket."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from hub.accounts.models import Role, User
from hub.extensions import db
from hub.tickets import actions
from hub.tickets.models import Event, State, Tag, Ticket
from tests.builders import create_department, create_ticket, create_user


@pytest.fixture
def ticket(agent: User) -> Ticket:
    return create_ticket(create_department("transports"))


@pytest.fixture
def client(agent: User, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(agent)
    return browser


@pytest.fixture
def colleague(agent: User) -> User:
    """Somebody else of the agent's department."""
    return create_user(name="Bertrand Collègue", departments=[create_department("transports")])


def do(client: FlaskClient, ticket: Ticket, action: str, **data: str) -> Any:
    return client.post(f"/tickets/{ticket.reference}/{action}", data=data)


def now_is(ticket: Ticket) -> Ticket:
    """The ticket as the database has it now."""
    db.session.rollback()
    return db.session.get_one(Ticket, ticket.id, populate_existing=True)


def last_kind(ticket: Ticket) -> str:
    db.session.rollback()
    query = select(Event.kind).where(Event.ticket_id == ticket.id).order_by(Event.id.desc())
    return str(db.session.scalars(query.limit(1)).one())


# --- Taking and giving ------------------------------------------------------------


def test_taking_makes_it_mine(agent: User, client: FlaskClient, ticket: Ticket) -> None:
    response = do(client, ticket, "take")
    assert response.status_code == 303
    assert response.location == f"/tickets/{ticket.reference}"
    assert now_is(ticket).assignee_id == agent.id


def test_who_comes_second_is_told_who_was_first(
    client: FlaskClient, ticket: Ticket, colleague: User
) -> None:
    actions.take(ticket, colleague)
    do(client, ticket, "take")
    assert now_is(ticket).assignee_id == colleague.id
    assert "Bertrand Collègue" in client.get("/inbox").text


def test_one_may_let_go_of_what_one_holds(agent: User, client: FlaskClient, ticket: Ticket) -> None:
    actions.take(ticket, agent)
    do(client, ticket, "assign", to="")
    assert now_is(ticket).assignee_id is None


def test_agents_give_tickets_to_colleagues_of_the_department(
    agent: User, client: FlaskClient, ticket: Ticket, colleague: User
) -> None:
    do(client, ticket, "assign", to=str(colleague.id))
    assert now_is(ticket).assignee_id == colleague.id
    assert last_kind(ticket) == "assigned"


@pytest.mark.parametrize("to", ["{stranger}", "0", "x", "²", "99999999999999999999999"])
def test_agents_cannot_give_tickets_to_others(to: str, client: FlaskClient, ticket: Ticket) -> None:
    stranger = create_user(departments=[create_department("lycees")])
    do(client, ticket, "assign", to=to.format(stranger=stranger.id))
    assert now_is(ticket).assignee_id is None


def test_a_person_who_is_switched_off_is_given_nothing(
    client: FlaskClient, ticket: Ticket, colleague: User
) -> None:
    colleague.active = False
    db.session.commit()
    do(client, ticket, "assign", to=str(colleague.id))
    assert now_is(ticket).assignee_id is None


@pytest.mark.parametrize("to", ["", "{agent}"])
def test_agents_take_nothing_from_a_colleague(
    to: str, agent: User, client: FlaskClient, ticket: Ticket, colleague: User
) -> None:
    actions.take(ticket, colleague)
    do(client, ticket, "assign", to=to.format(agent=agent.id))
    assert now_is(ticket).assignee_id == colleague.id


def test_supervisors_give_any_ticket_to_anybody_who_may_see_it(
    supervisor: User, signed_in: Any, ticket: Ticket, colleague: User
) -> None:
    client = signed_in(supervisor)
    other = create_user(role=Role.SUPERVISOR)
    actions.take(ticket, colleague)
    do(client, ticket, "assign", to=str(other.id))
    assert now_is(ticket).assignee_id == other.id
    do(client, ticket, "assign", to="")
    assert now_is(ticket).assignee_id is None


def test_nobody_is_given_a_ticket_they_cannot_open(
    supervisor: User, signed_in: Any, ticket: Ticket
) -> None:
    elsewhere = create_user(departments=[create_department("lycees")])
    do(signed_in(supervisor), ticket, "assign", to=str(elsewhere.id))
    assert now_is(ticket).assignee_id is None


def test_a_ticket_of_the_fallback_department_can_be_given_to_anybody_by_a_supervisor(
    supervisor: User, signed_in: Any
) -> None:
    ticket = create_ticket(create_department("accueil"))
    elsewhere = create_user(departments=[create_department("lycees")])
    do(signed_in(supervisor), ticket, "assign", to=str(elsewhere.id))
    assert now_is(ticket).assignee_id == elsewhere.id


# --- Transferring ------------------------------------------------------------


def test_a_transfer_out_of_sight_leads_back_to_the_list(
    client: FlaskClient, ticket: Ticket
) -> None:
    create_department("lycees")
    client.get("/inbox?view=unassigned")
    response = do(client, ticket, "transfer", department="lycees", reason="C'est un lycée.")
    assert response.status_code == 303
    assert response.location == "/inbox?view=unassigned"
    assert now_is(ticket).department.slug == "lycees"
    assert last_kind(ticket) == "transferred"


def test_a_transfer_within_sight_stays_on_the_ticket(client: FlaskClient, ticket: Ticket) -> None:
    response = do(client, ticket, "transfer", department="accueil", reason="Pas clair.")
    assert response.location == f"/tickets/{ticket.reference}"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"department": "lycees", "reason": ""}, "transfer-reason"),
        ({"department": "lycees", "reason": " "}, "transfer-reason"),
        ({"department": "lycees", "reason": "x" * 1001}, "transfer-reason"),
        ({"department": "", "reason": "Pour eux."}, "to-department"),
        ({"department": "transports", "reason": "Pour eux."}, "to-department"),
        ({"department": "nowhere", "reason": "Pour eux."}, "to-department"),
    ],
)
def test_a_transfer_without_place_or_reason_is_given_back(
    data: dict[str, str], field: str, client: FlaskClient, ticket: Ticket
) -> None:
    create_department("lycees")
    response = do(client, ticket, "transfer", **data)
    assert response.status_code == 422
    assert f'id="{field}-error"' in response.text
    assert now_is(ticket).department.slug == "transports"


# --- Closing ------------------------------------------------------------


def test_closing_and_reopening(client: FlaskClient, ticket: Ticket) -> None:
    do(client, ticket, "close")
    assert now_is(ticket).state == State.CLOSED
    do(client, ticket, "reopen")
    assert now_is(ticket).state == State.OPEN


@pytest.mark.parametrize(("first", "again"), [("close", "close"), (None, "reopen")])
def test_what_is_done_already_is_done_once(
    first: str | None, again: str, client: FlaskClient, ticket: Ticket
) -> None:
    if first:
        do(client, ticket, first)
    before = last_kind(ticket)
    assert do(client, ticket, again).status_code == 303
    assert last_kind(ticket) == before


# --- Tags ------------------------------------------------------------


def test_tags_come_and_go(client: FlaskClient, ticket: Ticket) -> None:
    do(client, ticket, "tags", name="Ligne 214")
    assert _tags(ticket) == ["ligne 214"]
    do(client, ticket, "tags", remove="ligne 214")
    assert _tags(ticket) == []


@pytest.mark.parametrize("name", ["", "  ", "x" * 49])
def test_a_tag_that_is_none_is_given_back(name: str, client: FlaskClient, ticket: Ticket) -> None:
    response = do(client, ticket, "tags", name=name)
    assert response.status_code == 422
    assert 'id="tag-name-error"' in response.text
    assert _tags(ticket) == []


def test_a_ticket_takes_no_more_tags_than_one_can_read(client: FlaskClient, ticket: Ticket) -> None:
    names = [f"tag {number}" for number in range(actions.MOST_TAGS)]
    db.session.add_all(Tag(ticket_id=ticket.id, name=name) for name in names)
    db.session.commit()
    response = do(client, ticket, "tags", name="one more")
    assert response.status_code == 422
    assert 'id="tag-name-error"' in response.text
    assert len(_tags(ticket)) == actions.MOST_TAGS


# --- The bar ------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "rooms"),
    [("agent", {"/inbox"}), ("supervisor", {"/inbox", "/reports"}), ("admin", {"/inbox"})],
)
def test_the_bar_leads_where_the_person_may_go(
    role: str, rooms: set[str], request: pytest.FixtureRequest, signed_in: Any
) -> None:
    client = signed_in(request.getfixturevalue(role))
    bar = client.get("/inbox").text.partition("<main")[0]
    assert all(f'href="{room}"' in bar for room in rooms)
    assert ('href="/reports"' in bar) == (role != "agent")


def _tags(ticket: Ticket) -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Tag.name).where(Tag.ticket_id == ticket.id)))
