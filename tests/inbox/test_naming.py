"""Names in notes: recognised, marked, and told."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from hub.accounts.models import User
from hub.extensions import db
from hub.inbox.colleagues import names
from hub.tickets import actions
from hub.tickets.models import Consultation, Event, EventKind, Message, Ticket
from tests.builders import create_department, create_ticket, create_user
from tests.statements import counted


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@claire.morvan peux-tu voir ?", ["claire.morvan"]),
        ("Demande à @claire.morvan.", ["claire.morvan"]),
        ("(@transports)", ["transports"]),
        ('@"Claire Morvan" et @« Noé Le Bihan »', ["Claire Morvan", "Noé Le Bihan"]),
        ("écris à claire@region.example", []),
        ("@", []),
        ("mail@@x", []),
        ("@élodie,@b", ["élodie", "b"]),
    ],
)
def test_names_are_found_where_people_write_them(text: str, found: list[str]) -> None:
    assert [n["quoted"] or n["handle"] for n in names.NAMED.finditer(text)] == found


@pytest.fixture
def ticket(agent: User) -> Ticket:
    return create_ticket(create_department("transports"))


@pytest.fixture
def client(agent: User, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(agent)
    return browser


@pytest.fixture
def colleague(agent: User) -> User:
    return create_user(
        name="Bertrand Collègue",
        email="bertrand.c@region.example",
        departments=[create_department("transports")],
    )


@pytest.fixture
def stranger(agent: User) -> User:
    return create_user(
        name="Louise <b>Lycées</b>",
        email="louise@region.example",
        departments=[create_department("lycees")],
    )


def write(client: FlaskClient, ticket: Ticket, text: str, **more: str) -> Any:
    return client.post(f"/tickets/{ticket.reference}/notes", data={"note": text, **more})


def noted(ticket: Ticket) -> list[dict[str, Any]]:
    db.session.rollback()
    query = select(Event.data).where(Event.ticket_id == ticket.id, Event.kind == EventKind.NOTED)
    return list(db.session.scalars(query))


def test_whoever_is_named_stands_in_the_history_and_is_marked_in_the_thread(
    client: FlaskClient, ticket: Ticket, colleague: User
) -> None:
    write(client, ticket, '@bertrand.c and @"bertrand collegue", @nobody <b>@transports</b>')
    (data,) = noted(ticket)
    assert data["users"] == [colleague.id]
    assert data["departments"] == [create_department("transports").id]
    page = client.get(f"/tickets/{ticket.reference}").text
    assert page.count('<span class="mention">@Bertrand Collègue</span>') == 2
    assert '&lt;b&gt;<span class="mention">@Transports</span>&lt;/b&gt;' in page
    assert "@nobody" in page


def test_a_note_without_names_reads_no_names(ticket: Ticket) -> None:
    db.session.rollback()
    with counted() as statements:
        assert names.meant("Call claire@region.example? No @ at all.") == {}
    assert statements == []


def test_that_somebody_does_not_see_the_ticket_is_said_before_anything_is_kept(
    client: FlaskClient, ticket: Ticket, stranger: User, colleague: User
) -> None:
    answer = write(client, ticket, "@louise @bertrand.c is it yours?")
    assert answer.status_code == 422
    assert "would not be told: Louise &lt;b&gt;Lycées&lt;/b&gt;" in answer.text
    assert "@louise @bertrand.c is it yours?</textarea>" in answer.text
    assert "Add the note and ask them" in answer.text
    assert noted(ticket) == []


def test_asking_them_lets_them_see_it_and_the_note_is_their_question(
    client: FlaskClient, ticket: Ticket, stranger: User, signed_in: Any
) -> None:
    answer = write(client, ticket, "@louise is it yours?", then="consult")
    assert answer.status_code == 303
    (asked,) = db.session.scalars(select(Consultation)).all()
    assert (asked.user_id, asked.question) == (stranger.id, "@louise is it yours?")
    assert noted(ticket)[0]["users"] == []  # she is told once, that she is asked
    page = signed_in(stranger).get(f"/tickets/{ticket.reference}")
    assert "&lt;b&gt;Lycées&lt;/b&gt;" in page.text
    assert write(client, ticket, "@louise thank you").status_code == 303  # she sees it now


def test_a_department_that_does_not_see_it_is_asked_as_well(
    client: FlaskClient, ticket: Ticket, stranger: User
) -> None:
    assert write(client, ticket, "@lycees?").status_code == 422
    write(client, ticket, "@lycees?", then="consult")
    (asked,) = db.session.scalars(select(Consultation)).all()
    assert asked.department_id == create_department("lycees").id


def test_or_the_note_is_kept_and_they_are_not_told(
    client: FlaskClient, ticket: Ticket, stranger: User
) -> None:
    assert write(client, ticket, "@louise left", then="nobody").status_code == 303
    assert len(noted(ticket)) == 1
    assert db.session.scalars(select(Consultation)).all() == []


@pytest.mark.parametrize("why", ["closed", "only asked"])
def test_nobody_is_asked_about_a_closed_ticket_nor_by_those_who_are_only_asked(
    why: str, client: FlaskClient, ticket: Ticket, agent: User, stranger: User, signed_in: Any
) -> None:
    writer = client
    if why == "closed":
        actions.close(ticket, by=agent)
    else:
        asked = create_user(name="Noé Autre")
        db.session.add(
            Consultation(ticket_id=ticket.id, user_id=asked.id, asked_by_id=agent.id, question="?")
        )
        db.session.commit()
        writer = signed_in(asked)
    answer = write(writer, ticket, "@louise?", then="consult")
    assert answer.status_code == 422
    assert "ask them" not in answer.text
    assert write(writer, ticket, "@louise?", then="nobody").status_code == 303


def test_the_field_says_that_a_citizen_may_ask_to_read_notes(
    client: FlaskClient, ticket: Ticket
) -> None:
    page = client.get(f"/tickets/{ticket.reference}").text
    assert "The citizen may ask to read it too" in page


def test_a_double_click_on_asking_them_makes_one_note(
    client: FlaskClient, ticket: Ticket, stranger: User
) -> None:
    for _time in range(2):
        write(client, ticket, "@louise?", then="consult", submission="once")
    assert len(noted(ticket)) == 1
    assert len(db.session.scalars(select(Message).where(Message.text == "@louise?")).all()) == 1
    assert len(db.session.scalars(select(Consultation)).all()) == 1
