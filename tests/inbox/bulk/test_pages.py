"""The bar of a list, what it asks for, and the page that tells how far a job has come."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from hub.accounts.models import User
from hub.clock import now
from hub.extensions import db
from hub.inbox.bulk import actions as bulk
from hub.inbox.bulk import choosing, views, working
from hub.inbox.bulk.models import Action, BulkItem, BulkJob
from hub.tickets import actions, planning
from hub.tickets.models import State, Tag, Ticket
from tests.builders import create_department, create_ticket, create_user
from tests.statements import counted


@pytest.fixture
def tickets(agent: User) -> list[Ticket]:
    return [create_ticket(create_department("transports")) for _number in range(3)]


@pytest.fixture
def other(agent: User) -> Ticket:
    """Of a department that is not the agent's."""
    return create_ticket(create_department("lycees"))


@pytest.fixture
def client(agent: User, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(agent)
    return browser


def change(client: FlaskClient, tickets: Sequence[Ticket], action: str, **more: str) -> Any:
    ticked = [("ticket", ticket.reference) for ticket in tickets]
    return client.post(
        "/bulk", data={"ticket": [name for _t, name in ticked], "action": action, **more}
    )


def now_is(ticket: Ticket) -> Ticket:
    db.session.rollback()
    return db.session.get_one(Ticket, ticket.id, populate_existing=True)


def the_job() -> BulkJob:
    db.session.rollback()
    return db.session.scalars(select(BulkJob)).one()


# --- Asking ---------------------------------------------------------------------------------------


def test_a_list_has_a_box_for_each_ticket_and_says_what_can_be_done(
    client: FlaskClient, tickets: list[Ticket]
) -> None:
    page = client.get("/inbox?view=all&channel=facebook").text
    for ticket in tickets:
        assert f'name="ticket" value="{ticket.reference}" form="bulk"' in page
    menus = client.get("/bulk/actions").text
    for action in ("take", "assign", "transfer", "tag", "untag", "priority:urgent", "close"):
        assert f'name="action" value="{action}"' in menus


def test_few_tickets_are_changed_at_once_and_the_list_comes_back(
    client: FlaskClient, tickets: list[Ticket], other: Ticket
) -> None:
    response = change(client, [*tickets[:2], other], "close:no_answer", view="mine")
    assert response.location == "/inbox?view=mine"
    page = client.get(response.location).text
    assert "2 tickets were changed." in page
    assert "no longer in your departments" in page
    assert now_is(tickets[0]).state == now_is(tickets[1]).state == State.CLOSED
    assert now_is(tickets[2]).state == now_is(other).state == State.NEW


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("", {}),
        ("whatever", {}),
        ("tag", {"tag_name": " "}),
        ("tag", {"tag_name": "x" * 49}),
        ("transfer", {"to_department": "lycees", "reason": " "}),
        ("transfer", {"to_department": "nowhere", "reason": "Pour eux."}),
        ("assign", {"to": ""}),
        ("assign", {"to": "x"}),
        ("priority:soon", {}),
        ("snooze:at", {"at": "2020-01-01T08:00"}),
    ],
)
def test_what_is_missing_is_said_and_the_selection_stays(
    action: str, fields: dict[str, str], client: FlaskClient, tickets: list[Ticket]
) -> None:
    create_department("lycees")
    response = change(client, tickets, action, **fields)
    assert response.status_code == 422
    assert 'role="alert"' in response.text
    assert response.text.count('type="hidden" name="ticket"') == 3
    assert db.session.scalars(select(BulkJob)).all() == []


def test_a_bar_without_script_leads_to_a_page_with_the_choices(
    client: FlaskClient, tickets: list[Ticket]
) -> None:
    page = client.post("/bulk/choose", data={"ticket": [tickets[0].reference], "view": "all"}).text
    assert "1 ticket is selected." in page
    assert f'name="ticket" value="{tickets[0].reference}"' in page


@pytest.mark.parametrize("address", ["/bulk", "/bulk/choose"])
def test_nothing_is_done_where_nothing_is_ticked(address: str, client: FlaskClient) -> None:
    response = client.post(address, data={"action": "close"})
    assert "Tick the tickets first." in client.get(response.location).text


def test_all_of_a_list_is_asked_about_once_more(
    client: FlaskClient, tickets: list[Ticket], other: Ticket
) -> None:
    actions.tag(tickets[0], "ligne 214", by=None)
    asked = {"all": "yes", "view": "all", "action": "tag", "tag_name": "Grève"}
    page = client.post("/bulk", data=asked).text
    assert "This changes 3 tickets" in page
    assert db.session.scalars(select(BulkJob)).all() == []
    client.post("/bulk", data={**asked, "confirmed": "yes"})
    db.session.rollback()
    tagged = set(db.session.scalars(select(Tag.ticket_id).where(Tag.name == "grève")))
    assert tagged == {ticket.id for ticket in tickets}


def test_a_list_says_how_many_it_holds(
    client: FlaskClient, tickets: list[Ticket], other: Ticket, monkeypatch: Any
) -> None:
    assert "All 3 tickets" in client.get("/bulk/count?view=all").text
    monkeypatch.setattr(choosing, "MOST", 2)
    assert "The first 2 tickets" in client.get("/bulk/count?view=all").text


def test_giving_to_a_colleague(client: FlaskClient, tickets: list[Ticket]) -> None:
    colleague = create_user(name="Bertrand", departments=[create_department("transports")])
    stranger = create_user(name="Étienne", departments=[create_department("lycees")])
    menus = client.get("/bulk/actions").text
    assert "Bertrand" in menus
    assert "Étienne" not in menus
    change(client, tickets[:1], "assign", to=str(colleague.id))
    assert now_is(tickets[0]).assignee_id == colleague.id
    change(client, tickets[1:], "assign", to=str(stranger.id))
    assert now_is(tickets[1]).assignee_id is None


def test_bringing_back_what_was_put_aside(client: FlaskClient, tickets: list[Ticket]) -> None:
    for ticket in tickets:
        planning.snooze(ticket, now() + timedelta(days=1), by=None)
    change(client, tickets[:2], "wake")
    assert [now_is(ticket).snoozed_until is None for ticket in tickets] == [True, True, False]


# --- The report -----------------------------------------------------------------------------------


def test_many_tickets_are_left_to_a_worker_and_the_page_follows(
    client: FlaskClient, tickets: list[Ticket], monkeypatch: Any, work: Any
) -> None:
    monkeypatch.setattr(views, "AT_ONCE", 2)
    response = change(client, tickets, "close")
    page = client.get(response.location).text
    assert "0 of 3 tickets" in page
    assert 'hx-trigger="every 2s"' in page
    work()
    page = client.get(response.location).text
    assert "Finished: 3 of 3 tickets" in page
    assert "every 2s" not in page
    assert all(ticket.reference in page for ticket in tickets)


def test_what_was_not_done_comes_first_with_its_reason(
    client: FlaskClient, tickets: list[Ticket]
) -> None:
    actions.close(tickets[0], by=None)
    response = change(client, tickets, "close")
    page = client.get(response.location).text
    assert "It is closed." in page
    assert tickets[0].reference in page
    assert tickets[1].reference not in page
    done = client.get(f"{response.location}?state=done").text
    assert tickets[1].reference in done
    assert "1 ticket was not changed." in done


def test_a_report_is_its_person_s_own_and_a_supervisor_s(
    client: FlaskClient, tickets: list[Ticket], supervisor: User, signed_in: Any
) -> None:
    stranger = signed_in(create_user(departments=[create_department("transports")]))
    change(client, tickets, "take")
    address = f"/bulk/{the_job().id}"
    assert client.get(address).status_code == 200
    assert stranger.get(address).status_code == 404
    assert stranger.post(f"{address}/stop").status_code == 404
    assert signed_in(supervisor).get(address).status_code == 200
    assert client.get("/bulk/99999999999999999999").status_code == 404


def test_what_one_did_is_listed(client: FlaskClient, tickets: list[Ticket]) -> None:
    change(client, tickets, "transfer", to_department="accueil", reason="Pas clair.")
    assert "Transfer tickets to Accueil" in client.get("/bulk").text


def test_stopping_by_hand(
    client: FlaskClient, tickets: list[Ticket], monkeypatch: Any, work: Any
) -> None:
    monkeypatch.setattr(views, "AT_ONCE", 2)
    response = change(client, tickets, "close")
    client.post(f"{response.location}/stop")
    work()
    assert all(now_is(ticket).state == State.NEW for ticket in tickets)
    assert "Stopped" in client.get(response.location).text


def test_a_report_costs_the_same_with_3_and_with_150_tickets(
    agent: User, client: FlaskClient, tickets: list[Ticket]
) -> None:
    chosen = choosing.ticked(agent, [ticket.reference for ticket in tickets])
    small = bulk.begin(Action.TAKE, chosen, by=agent)
    working.work_off(small)
    large = bulk.begin(Action.TAKE, chosen, by=agent)
    _add_items(large, like=tickets[0], count=150)
    small_id, large_id = small.id, large.id
    with counted() as few:
        assert client.get(f"/bulk/{small_id}").status_code == 200
    with counted() as many:
        page = client.get(f"/bulk/{large_id}").text
    assert page.count("bulk-reference") == 100
    assert len(many) == len(few) <= 8, many


def _add_items(job: BulkJob, *, like: Ticket, count: int) -> None:
    for number in range(count):
        ticket = Ticket(
            subject=f"Matter {number}",
            channel=like.channel,
            visibility=like.visibility,
            account_id=like.account_id,
            department_id=like.department_id,
            contact_id=like.contact_id,
            received_at=now(),
        )
        db.session.add(ticket)
        db.session.flush()
        db.session.add(BulkItem(job_id=job.id, ticket_id=ticket.id))
    db.session.commit()
