"""Asking a colleague or another department about a ticket that stays where it is."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from hub.accounts.models import User
from hub.clock import now
from hub.extensions import db
from hub.tickets import actions, consulting
from hub.tickets.models import Consultation, Event, EventKind, Follower, Message, Ticket
from tests.builders import create_department, create_ticket, create_user

#: What those who are asked about a ticket may send to it.
MAY_SEND = {
    "inbox.note",
    "colleagues.end",
    "colleagues.follow",
    "colleagues.unfollow",
    "notifications.seen",
    "drafts.save",
}
WHY_NOT = "its department answers the citizen"


@pytest.fixture
def ticket(agent: User) -> Ticket:
    return create_ticket(create_department("transports"))


@pytest.fixture
def asked(ticket: Ticket) -> User:
    """Somebody of another department, who sees the ticket only while they are asked."""
    return create_user(name="Louise Lycées", departments=[create_department("lycees")])


def ask(ticket: Ticket, by: User, **who: Any) -> Consultation:
    found = Consultation(ticket_id=ticket.id, question="Is it yours?", asked_by_id=by.id, **who)
    db.session.add(found)
    db.session.commit()
    return found


@pytest.fixture
def consultation(ticket: Ticket, agent: User, asked: User) -> Consultation:
    return ask(ticket, agent, user_id=asked.id)


@pytest.fixture
def client(asked: User, consultation: Consultation, signed_in: Any) -> FlaskClient:
    browser: FlaskClient = signed_in(asked)
    return browser


# --- What they see and may do ---------------------------------------------------------------------


def test_those_who_are_asked_read_the_ticket_and_are_told_what_they_may_do(
    client: FlaskClient, ticket: Ticket
) -> None:
    page = client.get(f"/tickets/{ticket.reference}")
    assert page.status_code == 200
    assert WHY_NOT in page.text
    assert "Add the note" in page.text
    for name in ("send", "take", "close", "transfer", "add-tag", "consult"):
        assert f'id="{name}"' not in page.text


def test_those_who_work_on_it_read_nothing_of_the_kind(
    consultation: Consultation, ticket: Ticket, agent: User, signed_in: Any
) -> None:
    page = signed_in(agent).get(f"/tickets/{ticket.reference}").text
    assert WHY_NOT not in page
    for name in ("send", "take", "close", "transfer", "add-tag", "consult"):
        assert f'id="{name}"' in page


def test_those_who_are_asked_write_notes(client: FlaskClient, ticket: Ticket) -> None:
    answer = client.post(f"/tickets/{ticket.reference}/notes", data={"note": "It is ours."})
    assert answer.status_code == 303
    assert "It is ours." in client.get(f"/tickets/{ticket.reference}").text


def test_nothing_else_that_changes_a_ticket_is_open_to_them(
    app: Flask, client: FlaskClient, ticket: Ticket
) -> None:
    def count() -> int:
        db.session.rollback()
        return db.session.scalar(select(func.count(Event.id)).where(Event.ticket_id == ticket.id))

    before = count()
    message_id = db.session.scalar(select(Message.id).where(Message.ticket_id == ticket.id))
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if "reference" in rule.arguments
        and "POST" in rule.methods
        and not rule.rule.startswith("/api/")
        and rule.endpoint not in MAY_SEND
    ]
    assert len(rules) > 10
    for rule in rules:
        values = dict.fromkeys(rule.arguments, message_id) | {"reference": ticket.reference}
        answer = client.post(rule.build(values)[1], data={"text": "Yes", "name": "x", "to": ""})
        assert answer.status_code == 403, rule
        assert WHY_NOT in answer.text, rule
    assert count() == before


def test_strangers_are_told_that_there_is_no_such_ticket(
    ticket: Ticket, consultation: Consultation, signed_in: Any
) -> None:
    other = create_user(departments=[create_department("culture-sport")])
    assert signed_in(other).get(f"/tickets/{ticket.reference}").status_code == 404


def test_sight_ends_with_the_consultation(
    client: FlaskClient, ticket: Ticket, consultation: Consultation
) -> None:
    consultation.ended_at = now()
    db.session.commit()
    assert client.get(f"/tickets/{ticket.reference}").status_code == 404
    note = client.post(f"/tickets/{ticket.reference}/notes", data={"note": "Too late."})
    assert note.status_code == 404


# --- Asking ---------------------------------------------------------------------------------------


def open_questions(ticket: Ticket) -> list[Consultation]:
    db.session.rollback()
    query = select(Consultation).where(
        Consultation.ticket_id == ticket.id, Consultation.ended_at.is_(None)
    )
    return list(db.session.scalars(query.order_by(Consultation.id)))


def events(ticket: Ticket, kind: EventKind) -> list[Event]:
    db.session.rollback()
    query = select(Event).where(Event.ticket_id == ticket.id, Event.kind == kind)
    return list(db.session.scalars(query.order_by(Event.id)))


@pytest.fixture
def browser(agent: User, ticket: Ticket, signed_in: Any) -> FlaskClient:
    """Somebody who works on the ticket."""
    found: FlaskClient = signed_in(agent)
    return found


def send(browser: FlaskClient, ticket: Ticket, asked: str, question: str = "Is it yours?") -> Any:
    data = {"asked": asked, "question": question}
    return browser.post(f"/tickets/{ticket.reference}/consultations", data=data)


@pytest.mark.parametrize(
    "typed", ["Louise Lycées", "@louise.l", "louise lycees", '@"Louise Lycées"']
)
def test_a_colleague_is_asked_by_any_of_their_names(
    browser: FlaskClient, ticket: Ticket, typed: str, signed_in: Any
) -> None:
    create_user(name="Noé Autre", email="noe@region.example")
    louise = create_user(
        name="Louise Lycées",
        email="louise.l@region.example",
        departments=[create_department("lycees")],
    )
    assert send(browser, ticket, typed).status_code == 303
    (found,) = open_questions(ticket)
    assert (found.user_id, found.department_id) == (louise.id, None)
    (line,) = events(ticket, EventKind.CONSULTED)
    assert line.data == {"name": "Louise Lycées", "question": "Is it yours?", "user": louise.id}
    assert signed_in(louise).get(f"/tickets/{ticket.reference}").status_code == 200


def test_a_department_is_asked_by_its_short_name_and_all_its_people_see_the_ticket(
    browser: FlaskClient, ticket: Ticket, asked: User, signed_in: Any
) -> None:
    send(browser, ticket, "lycees")
    (found,) = open_questions(ticket)
    assert found.department_id == create_department("lycees").id
    assert "Is it yours?" in signed_in(asked).get(f"/tickets/{ticket.reference}").text


@pytest.mark.parametrize(
    ("typed", "said"),
    [("Personne", "Nobody is called so."), ("", "Write whom to ask."), ("Agathe Agent", "Nobody")],
)
def test_who_cannot_be_asked_is_said_and_what_was_typed_stays(
    browser: FlaskClient, ticket: Ticket, typed: str, said: str
) -> None:
    answer = send(browser, ticket, typed, "Where is the bus?")
    assert answer.status_code == 422
    assert said in answer.text
    assert "Where is the bus?" in answer.text
    assert open_questions(ticket) == []


def test_of_two_people_of_one_name_neither_is_asked(browser: FlaskClient, ticket: Ticket) -> None:
    for address in ("jean.1@region.example", "jean.2@region.example"):
        create_user(name="Jean Martin", email=address)
    answer = send(browser, ticket, "Jean Martin")
    assert "jean.1, jean.2" in answer.text
    assert open_questions(ticket) == []


def test_nobody_is_asked_twice_nor_the_department_that_has_the_ticket(
    browser: FlaskClient, ticket: Ticket, asked: User
) -> None:
    for _time in range(2):
        send(browser, ticket, "Louise Lycées")
        send(browser, ticket, "transports")
    assert len(open_questions(ticket)) == 1
    assert len(events(ticket, EventKind.CONSULTED)) == 1


def test_those_who_are_only_asked_ask_nobody_else(client: FlaskClient, ticket: Ticket) -> None:
    create_user(name="Noé Autre")
    assert send(client, ticket, "Noé Autre").status_code == 403
    assert len(open_questions(ticket)) == 1


# --- Answering and ending -------------------------------------------------------------------------


def test_the_note_that_answers_is_marked_and_others_are_not(
    client: FlaskClient, browser: FlaskClient, ticket: Ticket
) -> None:
    client.post(f"/tickets/{ticket.reference}/notes", data={"note": "It is ours."})
    browser.post(f"/tickets/{ticket.reference}/notes", data={"note": "Thank you."})
    page = browser.get(f"/tickets/{ticket.reference}").text
    assert page.count("Answers the question of Agathe Agent") == 1
    assert events(ticket, EventKind.NOTED)[0].data["answers"] == "Agathe Agent"
    assert "answers" not in events(ticket, EventKind.NOTED)[1].data


@pytest.mark.parametrize("who", ["client", "browser"])
def test_a_question_is_ended_by_who_asked_and_by_who_is_asked(
    who: str, request: pytest.FixtureRequest, ticket: Ticket, consultation: Consultation
) -> None:
    address = f"/tickets/{ticket.reference}/consultations/{consultation.id}/end"
    for _time in range(2):  # a double click
        request.getfixturevalue(who).post(address)
    assert open_questions(ticket) == []
    assert len(events(ticket, EventKind.CONSULTATION_ENDED)) == 1


def test_whoever_is_done_and_sees_the_ticket_no_longer_is_brought_to_their_list(
    client: FlaskClient, browser: FlaskClient, ticket: Ticket, consultation: Consultation
) -> None:
    address = f"/tickets/{ticket.reference}/consultations/{consultation.id}/end"
    assert client.post(address).location == "/inbox"
    assert "Agathe Agent is told that you are done." in client.get("/inbox").text


def test_a_question_about_another_ticket_cannot_be_ended_from_here(
    browser: FlaskClient, ticket: Ticket, consultation: Consultation
) -> None:
    other = create_ticket(create_department("transports"))
    address = f"/tickets/{other.reference}/consultations/{consultation.id}/end"
    assert browser.post(address).status_code == 404
    assert len(open_questions(ticket)) == 1


def test_closing_the_ticket_ends_its_questions_and_no_others(
    agent: User, ticket: Ticket, asked: User, consultation: Consultation
) -> None:
    other = create_ticket(create_department("transports"))
    ask(other, agent, user_id=asked.id)
    actions.close(ticket, by=agent)
    assert open_questions(ticket) == []
    assert len(open_questions(other)) == 1
    with pytest.raises(actions.NotAllowedNow):
        consulting.consult(ticket, "Again?", asked=asked, by=agent)


def test_a_department_that_is_given_the_ticket_is_not_asked_about_it_any_more(
    agent: User, ticket: Ticket, asked: User, consultation: Consultation
) -> None:
    lycees = create_department("lycees")
    ask(ticket, agent, department_id=lycees.id)
    actions.transfer(ticket, lycees, "Theirs", by=agent)
    assert [found.user_id for found in open_questions(ticket)] == [asked.id]


# --- Following ------------------------------------------------------------------------------------


def test_one_follows_and_stops(browser: FlaskClient, ticket: Ticket, agent: User) -> None:
    def followers() -> list[int]:
        db.session.rollback()
        return list(db.session.scalars(select(Follower.user_id)))

    for _time in range(2):
        browser.post(f"/tickets/{ticket.reference}/follow")
    assert followers() == [agent.id]
    assert "You follow this ticket" in browser.get(f"/tickets/{ticket.reference}").text
    browser.post(f"/tickets/{ticket.reference}/unfollow")
    assert followers() == []


# --- Why it was given away ------------------------------------------------------------------------


def test_the_reason_of_a_transfer_stands_there_until_somebody_takes_the_ticket(
    ticket: Ticket, agent: User, asked: User, signed_in: Any
) -> None:
    reader = signed_in(asked)
    actions.transfer(ticket, create_department("lycees"), "About a canteen.", by=agent)
    assert "handed-over-reason" in reader.get(f"/tickets/{ticket.reference}").text
    reader.post(f"/tickets/{ticket.reference}/take")
    assert "handed-over-reason" not in reader.get(f"/tickets/{ticket.reference}").text


# --- Names ----------------------------------------------------------------------------------------


def test_names_are_offered_by_the_beginning_of_any_of_their_words(
    browser: FlaskClient, agent: User
) -> None:
    create_department("lycees", name="Lycées et apprentissage")
    create_user(name="Élodie Leroy", email="elodie.leroy@region.example", title="Transports")
    create_user(name="Gone", email="leroux@region.example", active=False)
    found = browser.get("/colleagues?q=LE").json
    assert found == [
        {"handle": "elodie.leroy", "name": "Élodie Leroy", "detail": "Transports"},
    ]
    assert [n["name"] for n in browser.get("/colleagues?q=app").json] == ["Lycées et apprentissage"]
