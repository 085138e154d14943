"""Two answers never leave where their writers did not know of each other."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from hub.accounts.models import User
from hub.channels.base import Author, Deleted, Echo, Edited
from hub.clock import now
from hub.extensions import db
from hub.inbox import queries
from hub.intake import actions as intake
from hub.outbox import actions as outbox
from hub.outbox import cancelling
from hub.outbox.holding import CameMeanwhile
from hub.regrouping import actions as regrouping
from hub.tickets import actions
from hub.tickets.models import DeliveryStatus, Message, Ticket
from tests.alongside import at_once
from tests.builders import PAGE_ID, create_department, create_ticket, create_user, inbound


@pytest.fixture
def ticket(agent: User) -> Ticket:
    return create_ticket(create_department("transports"))


@pytest.fixture
def mehdi(ticket: Ticket) -> User:
    return create_user(name="Mehdi Benali", departments=[ticket.department])


def seen(ticket: Ticket) -> int:
    """What a page that is loaded now says its reader has seen."""
    return queries.versions(ticket).seen


def reply(ticket: Ticket, by: User | None, text: str = "Oui.", **values: Any) -> Message:
    return outbox.reply(ticket, text, visibility="private", by=by, **values)


def citizen_writes(ticket: Ticket, text: str = "Et demain ?", **values: Any) -> Message:
    """A further message of the ticket's citizen."""
    theirs = select(Message).where(Message.ticket_id == ticket.id).order_by(Message.id)
    first = db.session.scalars(theirs).first()
    assert first is not None
    assert first.identity is not None
    author = Author(external_id=first.identity.external_id, name=first.identity.name)
    message = inbound(conversation=first.conversation, author=author, text=text, **values)
    return intake.receive("facebook", message)


def held(ticket: Ticket, by: User | None, since: int) -> list[tuple[str, str]]:
    """(who, words) of what holds an answer; nothing where it passes."""
    try:
        reply(ticket, by, unless_since=since)
    except CameMeanwhile as problem:
        return [(one.by, one.text or one.said) for one in problem.news]
    return []


def answers(ticket: Ticket) -> list[Message]:
    db.session.rollback()
    query = select(Message).where(Message.ticket_id == ticket.id, Message.direction == "out")
    return list(db.session.scalars(query.order_by(Message.id)))


# --- What holds an answer -----------------------------------------------------------------------


def test_an_answer_whose_writer_has_seen_all_passes(ticket: Ticket, agent: User) -> None:
    citizen_writes(ticket)
    assert held(ticket, agent, seen(ticket)) == []


def test_an_answer_of_a_colleague_holds_it(ticket: Ticket, agent: User, mehdi: User) -> None:
    since = seen(ticket)
    reply(ticket, mehdi, "Le car passe à 8 h.")
    assert held(ticket, agent, since) == [("Mehdi Benali", "Le car passe à 8 h.")]
    assert len(answers(ticket)) == 1


def test_a_new_message_of_the_citizen_holds_it(ticket: Ticket, agent: User) -> None:
    since = seen(ticket)
    citizen_writes(ticket, "Laissez tomber.")
    ((who, words),) = held(ticket, agent, since)
    assert who.startswith("Citoyenne")
    assert words == "Laissez tomber."
    assert answers(ticket) == []


def test_a_message_that_the_citizen_changed_holds_it(ticket: Ticket, agent: User) -> None:
    first = citizen_writes(ticket, "Demain ?")
    since = seen(ticket)
    assert first.external_id is not None
    changed = inbound(external_id=first.external_id, text="Lundi ?")
    intake.edit("facebook", Edited(message=changed, edited_at=now()))
    assert [words for _who, words in held(ticket, agent, since)] == ["Lundi ?"]


def test_an_answer_given_on_the_platform_itself_holds_it(ticket: Ticket, agent: User) -> None:
    first = db.session.scalars(select(Message)).one()
    since = seen(ticket)
    said = Echo(
        account=PAGE_ID,
        external_id="m_outside",
        visibility="private",
        text="Répondu ailleurs.",
        posted_at=now(),
        conversation=first.conversation,
    )
    intake.echo("facebook", said)
    assert [words for _who, words in held(ticket, agent, since)] == ["Répondu ailleurs."]


def test_a_ticket_that_somebody_else_took_holds_it(
    ticket: Ticket, agent: User, mehdi: User
) -> None:
    since = seen(ticket)
    actions.take(ticket, mehdi)
    assert held(ticket, agent, since) == [("Mehdi Benali", "Taken")]


def test_messages_that_were_merged_into_the_ticket_hold_it(
    ticket: Ticket, agent: User, mehdi: User
) -> None:
    first = db.session.scalars(select(Message)).one()
    assert first.identity is not None
    author = Author(external_id=first.identity.external_id, name=first.identity.name)
    elsewhere = {"conversation": "messenger:elsewhere", "author": author}
    source = create_ticket(ticket.department, message=elsewhere)
    since = seen(ticket)
    regrouping.merge(source, ticket, "", by=mehdi)
    ((who, said),) = held(ticket, agent, since)
    assert (who, source.reference in said) == ("Mehdi Benali", True)


# --- What does not ------------------------------------------------------------------------------


def test_what_the_writer_did_holds_nothing(ticket: Ticket, agent: User) -> None:
    since = seen(ticket)
    actions.take(ticket, agent)
    reply(ticket, agent, "Un instant.")
    assert held(ticket, agent, since) == []


def test_notes_tags_and_other_tickets_hold_nothing(
    ticket: Ticket, agent: User, mehdi: User
) -> None:
    noise = create_ticket(create_department("transports"))
    since = seen(ticket)
    actions.note(ticket, "Vu.", by=mehdi)
    actions.tag(ticket, "cars", by=mehdi)
    reply(noise, mehdi)
    citizen_writes(noise)
    assert held(ticket, agent, since) == []


def test_an_answer_that_never_left_holds_nothing(ticket: Ticket, agent: User, mehdi: User) -> None:
    since = seen(ticket)
    cancelled, failed = reply(ticket, mehdi, "Un."), reply(ticket, mehdi, "Deux.")
    cancelling.cancel(cancelled, by=mehdi)
    failed.delivery = DeliveryStatus.FAILED
    db.session.commit()
    assert held(ticket, agent, since) == []


def test_a_message_that_its_citizen_took_back_holds_nothing(ticket: Ticket, agent: User) -> None:
    since = seen(ticket)
    message = citizen_writes(ticket)
    assert message.external_id is not None
    removed = Deleted(account=PAGE_ID, external_id=message.external_id, deleted_at=now())
    intake.delete("facebook", removed)
    assert held(ticket, agent, since) == []


def test_a_ticket_that_was_taken_and_given_back_holds_nothing(
    ticket: Ticket, agent: User, mehdi: User
) -> None:
    since = seen(ticket)
    actions.take(ticket, mehdi)
    actions.assign(ticket, None, by=mehdi)
    assert held(ticket, agent, since) == []


def test_an_answer_of_a_tool_that_says_nothing_of_what_it_saw_passes(
    ticket: Ticket, mehdi: User
) -> None:
    reply(ticket, mehdi)
    reply(ticket, None)
    assert len(answers(ticket)) == 2


# --- In the same instant ------------------------------------------------------------------------


def test_of_two_answers_in_the_same_instant_one_passes(
    app: Flask, ticket: Ticket, agent: User, mehdi: User
) -> None:
    people, number, since = (agent.id, mehdi.id), ticket.id, seen(ticket)
    db.session.rollback()

    def answer_as(user_id: int) -> Callable[[], object]:
        return lambda: reply(
            db.session.get_one(Ticket, number),
            db.session.get_one(User, user_id),
            unless_since=since,
        )

    outcomes = at_once(app, *map(answer_as, people))
    assert {type(outcome) for outcome in outcomes} == {Message, CameMeanwhile}
    assert len(answers(ticket)) == 1


@pytest.mark.parametrize("writer", ["a person", "a tool"])
def test_a_double_click_is_one_answer_and_holds_nothing(
    writer: str, app: Flask, ticket: Ticket, agent: User
) -> None:
    number, since = ticket.id, seen(ticket)
    user_id = agent.id if writer == "a person" else None
    db.session.rollback()

    def click() -> int:
        by = db.session.get_one(User, user_id) if user_id else None
        found = db.session.get_one(Ticket, number)
        return reply(found, by, idempotency_key="once", unless_since=since).id

    clicked = at_once(app, click, click, click)
    assert [answer.id for answer in answers(ticket)] * 3 == clicked
