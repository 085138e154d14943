"""A citizen's answer finds its ticket although its delivery names no thread that is known."""

from typing import Any

import pytest
from sqlalchemy import func, select

from hub.channels.base import AccessRevoked, Author
from hub.clock import now
from hub.extensions import db
from hub.intake import actions
from hub.outbox import actions as outbox
from hub.tickets import actions as tickets
from hub.tickets.models import Conversation, Event, EventKind, Message, State, Ticket
from tests.builders import at, create_department, create_rule, create_user
from tests.fake import ACCOUNT, CITIZEN, account, in_hours, mention

NEIGHBOUR = Author(external_id="52", name="P. Morvan")


@pytest.fixture
def question(fake) -> Message:
    """A citizen's public message, the first of its ticket."""
    return receive(external_id="in_first", conversation="public:1:51")


def receive(**values: Any) -> Message:
    return actions.receive("fake", mention(**values))


def keys(ticket: Ticket) -> list[str]:
    query = select(Conversation.key).where(Conversation.ticket_id == ticket.id)
    return sorted(db.session.scalars(query))


def test_a_reply_to_ones_own_ticket_joins_it_under_a_key_nobody_knew(question):
    answer = receive(conversation="public:other:51", reply_to="in_first")
    assert answer.ticket_id == question.ticket_id
    assert keys(question.ticket) == ["public:1:51", "public:other:51"]
    next_one = receive(conversation="public:other:51")
    assert next_one.ticket_id == question.ticket_id


def test_the_first_words_name_a_ticket_that_began_with_a_picture(fake):
    picture = receive(conversation="dm:51", text="")
    assert picture.ticket.subject == ""
    receive(conversation="dm:51", text="L’abri est cassé.")
    receive(conversation="dm:51", text="Merci !")
    assert picture.ticket.subject == "L’abri est cassé."


@pytest.fixture
def picture(fake) -> Message:
    """What a citizen sends without a word, where words about buses go to their department."""
    create_rule(create_department("transports"), words=["abri"])
    return receive(conversation="dm:51", text="")


def test_the_first_words_say_where_what_began_with_a_picture_belongs(picture):
    assert picture.ticket.department.slug == "accueil"
    receive(conversation="dm:51", text="L’abri est cassé.")
    ticket = picture.ticket
    assert (ticket.department.slug, "abri" in ticket.routed_because) == ("transports", True)
    routed = db.session.scalars(select(Event).where(Event.kind == EventKind.ROUTED)).all()
    assert [event.data["department"] for event in routed] == ["Accueil", "Transports"]
    assert routed[1].department_id == routed[0].department_id  # those it leaves hear of it


def test_further_words_move_nothing(picture):
    receive(conversation="dm:51", text="Voilà.")
    receive(conversation="dm:51", text="C’est l’abri.")
    assert picture.ticket.department.slug == "accueil"


def test_first_words_move_no_ticket_that_a_person_has_had_in_hand(picture):
    agent = create_user(departments=[create_department("accueil")])
    tickets.take(picture.ticket, agent)
    tickets.assign(picture.ticket, None, by=agent)
    picture.ticket.state = State.NEW
    db.session.commit()
    receive(conversation="dm:51", text="L’abri est cassé.")
    assert picture.ticket.department.slug == "accueil"


def test_a_reply_to_our_answer_joins_its_ticket(fake, question, work):
    outbox.reply(question.ticket, "Bonjour.", visibility="public", by=None)
    work()
    ours = db.session.scalars(select(Message.external_id).where(Message.direction == "out")).one()
    assert receive(reply_to=ours).ticket_id == question.ticket_id


def test_a_reply_by_somebody_else_opens_their_own_ticket(question):
    answer = receive(conversation="public:1:52", reply_to="in_first", author=NEIGHBOUR)
    assert answer.ticket_id != question.ticket_id
    known = receive(conversation="public:3:52", reply_to="in_first", author=NEIGHBOUR)
    assert known.ticket_id not in {question.ticket_id, answer.ticket_id}


def test_a_reply_of_somebody_the_platform_hides_opens_a_ticket(question):
    answer = receive(reply_to="in_first", author=Author(external_id=None))
    assert answer.ticket_id != question.ticket_id


def test_a_reply_to_nothing_that_is_known_opens_a_ticket(question):
    assert receive(reply_to="in_unknown").ticket_id != question.ticket_id


def test_a_known_key_decides_whatever_is_replied_to(question):
    other = receive(conversation="public:2:51")
    assert other.ticket_id != question.ticket_id
    answer = receive(conversation="public:2:51", reply_to="in_first")
    assert answer.ticket_id == other.ticket_id


def test_a_reply_to_a_closed_ticket_opens_it_again_and_later_a_linked_one(question, app):
    tickets.close(question.ticket, by=None)
    assert receive(reply_to="in_first").ticket_id == question.ticket_id
    assert question.ticket.state == State.OPEN
    tickets.close(question.ticket, by=None)
    question.ticket.closed_at = in_hours(-24 * 20)
    db.session.commit()
    answer = receive(reply_to="in_first")
    assert answer.ticket.previous_id == question.ticket_id


def test_a_private_message_that_points_to_a_public_one_stays_out_of_its_ticket(question):
    private = receive(visibility="private", conversation="dm:51", reply_to="in_first")
    assert private.ticket_id != question.ticket_id
    assert private.ticket.visibility == "private"


def test_a_private_message_that_answers_our_private_one_joins_its_ticket(fake, question, work):
    outbox.reply(question.ticket, "Votre dossier ?", visibility="private", by=None)
    work()
    ours = db.session.scalars(select(Message.external_id).where(Message.direction == "out")).one()
    answer = receive(visibility="private", conversation=f"dm:{CITIZEN}", reply_to=ours)
    assert answer.ticket_id == question.ticket_id
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == 1


# --- Access taken away ---------------------------------------------------------------------------


def test_access_that_is_taken_away_pauses_the_account(fake):
    actions.note_revoked("fake", AccessRevoked(account=ACCOUNT, at=now()))
    assert account().broken_because == "revoked"


def test_a_revocation_from_before_the_account_was_connected_again_is_history(fake):
    actions.note_revoked("fake", AccessRevoked(account=ACCOUNT, at=at("2026-01-01 00:00")))
    assert account().broken_because == ""


def test_a_revocation_leaves_the_first_reason(fake):
    account().broken_because = "token_dead"
    db.session.commit()
    actions.note_revoked("fake", AccessRevoked(account=ACCOUNT, at=now()))
    assert account().broken_because == "token_dead"
