"""From the citizen on Facebook to the agent's answer on Facebook, over the stand-in."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from hub.channels.models import Account
from hub.clock import now
from hub.extensions import db
from hub.outbox import actions as outbox
from hub.outbox.models import Attempt
from hub.sandbox.meta.faults import FAULTS
from hub.tickets.models import DeliveryStatus, Direction, FileState, Message, State, Ticket

MAELLE, YANIS = "25000000000000701", "25000000000000702"


def the_ticket() -> Ticket:
    return db.session.scalars(select(Ticket)).one()


def answers() -> list[Message]:
    query = select(Message).where(Message.direction == Direction.OUT).order_by(Message.id)
    return list(db.session.scalars(query))


def spoil(meta, name: str, **values) -> None:
    with meta.database.writing() as connection:
        FAULTS.arm(connection, name, **values)


@pytest.fixture
def messenger_ticket(meta, settle) -> Ticket:
    meta.write(MAELLE, "Où en est mon dossier ?")
    settle()
    return the_ticket()


@pytest.fixture
def comment_ticket(meta, settle) -> Ticket:
    meta.comment(meta.posts()[0].id, MAELLE, "À quelle heure part le dernier car ?")
    settle()
    return the_ticket()


def test_a_comment_is_answered_under_the_comment(meta, settle, comment_ticket):
    outbox.reply(comment_ticket, "À 20 h 40.", visibility="public", by=None)
    settle()
    thread = meta.thread(meta.posts()[0].id)[-2:]
    assert [c.text for c in thread] == ["À quelle heure part le dernier car ?", "À 20 h 40."]
    assert thread[1].parent_id == thread[0].id
    (answer,) = answers()
    assert (answer.delivery, answer.external_id) == (DeliveryStatus.SENT, thread[1].id)
    ticket = the_ticket()
    assert (ticket.state, ticket.waiting_since) == (State.WAITING, None)
    assert ticket.first_reply_at == answer.sent_at


def test_a_messenger_message_is_answered_on_messenger_and_its_echo_is_no_second_message(
    meta, settle, messenger_ticket
):
    outbox.reply(messenger_ticket, "Il est complet.", visibility="private", by=None)
    settle()
    assert [m.text for m in meta.conversation(MAELLE)] == [
        "Où en est mon dossier ?",
        "Il est complet.",
    ]
    assert len(answers()) == 1


def test_a_private_answer_to_a_comment_brings_the_citizens_next_message_to_the_same_ticket(
    meta, settle, comment_ticket
):
    outbox.reply(comment_ticket, "Quel est votre arrêt ?", visibility="private", by=None)
    settle()
    meta.write(MAELLE, "Saint-Aubin.")
    settle()
    ticket = the_ticket()
    assert ticket.state == State.OPEN
    outbox.reply(ticket, "À 20 h 40 alors.", visibility="private", by=None)
    settle()
    assert [m.text for m in meta.conversation(MAELLE)][-1] == "À 20 h 40 alors."


def test_a_comment_gets_one_private_reply_only(meta, settle, comment_ticket):
    outbox.reply(comment_ticket, "Écrivez-nous.", visibility="private", by=None)
    settle()
    with pytest.raises(outbox.NoSuchWay) as refusal:
        outbox.reply(comment_ticket, "Encore.", visibility="private", by=None)
    assert refusal.value.reason


def test_the_24_hour_window_closes_before_anything_is_stored(meta, settle, messenger_ticket):
    with time_machine.travel(now() + timedelta(hours=25)), pytest.raises(outbox.NoSuchWay):
        outbox.reply(messenger_ticket, "Trop tard.", visibility="private", by=None)
    assert answers() == []


def test_a_window_that_closes_while_the_reply_waits_fails_with_its_text_kept(
    meta, settle, messenger_ticket, work
):
    outbox.reply(messenger_ticket, "Presque.", visibility="private", by=None)
    with time_machine.travel(now() + timedelta(hours=25)):
        work()
    (answer,) = answers()
    assert (answer.delivery, answer.text) == (DeliveryStatus.FAILED, "Presque.")
    ticket = the_ticket()
    assert ticket.state == State.OPEN
    assert ticket.waiting_since is not None


def test_a_refusal_is_final_and_the_ticket_waits_again(meta, settle, messenger_ticket):
    meta.set_person(MAELLE, blocked=True)
    outbox.reply(messenger_ticket, "Bonjour.", visibility="private", by=None)
    settle()
    (answer,) = answers()
    assert answer.delivery == DeliveryStatus.FAILED
    assert answer.error_code
    assert the_ticket().waiting_since is not None


def test_an_answer_that_breaks_after_the_post_is_settled_by_its_echo_and_never_sent_twice(
    meta, settle, messenger_ticket
):
    spoil(meta, "answer_lost")
    outbox.reply(messenger_ticket, "Une seule fois.", visibility="private", by=None)
    settle()
    assert [m.text for m in meta.conversation(MAELLE)].count("Une seule fois.") == 1
    (answer,) = answers()
    assert answer.delivery == DeliveryStatus.SENT
    assert the_ticket().waiting_since is None


def test_a_public_answer_of_unknown_fate_is_settled_by_its_echo(meta, settle, comment_ticket):
    spoil(meta, "error_but_posted")
    outbox.reply(comment_ticket, "Une seule fois.", visibility="public", by=None)
    settle()
    thread = meta.thread(meta.posts()[0].id)
    assert [c.text for c in thread].count("Une seule fois.") == 1
    (answer,) = answers()
    assert answer.delivery == DeliveryStatus.SENT


def test_an_unknown_fate_is_not_resent_because_it_was_not_found_once(
    meta, settle, messenger_ticket
):
    spoil(meta, "html_503")
    outbox.reply(messenger_ticket, "Peut-être.", visibility="private", by=None)
    settle()
    with time_machine.travel(now() + timedelta(hours=2)):
        settle()
    (answer,) = answers()
    assert (answer.delivery, answer.attempts) == (DeliveryStatus.UNKNOWN, 1)


def test_a_rate_limit_waits_and_then_sends(meta, settle, messenger_ticket):
    spoil(meta, "rate_limited")
    outbox.reply(messenger_ticket, "Plus tard.", visibility="private", by=None)
    settle()
    assert answers()[0].delivery == DeliveryStatus.WAITING
    with time_machine.travel(now() + timedelta(hours=1)):
        settle()
    assert answers()[0].delivery == DeliveryStatus.SENT
    assert len(db.session.scalars(select(Attempt)).all()) == 2


def test_a_dead_token_pauses_the_account_and_keeps_what_waits(meta, settle, messenger_ticket):
    spoil(meta, "token_dead")
    outbox.reply(messenger_ticket, "Gardé.", visibility="private", by=None)
    settle()
    account = db.session.scalars(select(Account)).one()
    assert account.broken_because
    assert answers()[0].delivery == DeliveryStatus.WAITING
    account.broken_because = ""
    db.session.commit()
    with time_machine.travel(now() + timedelta(minutes=10)):
        settle()
    assert answers()[0].delivery == DeliveryStatus.SENT


def test_a_worker_that_dies_in_the_call_leaves_an_unknown_fate(meta, messenger_ticket, work):
    outbox.reply(messenger_ticket, "Tombé.", visibility="private", by=None)
    (answer,) = answers()
    answer.delivery, answer.lease_until = DeliveryStatus.SENDING, now() - timedelta(seconds=1)
    db.session.commit()
    work()
    db.session.expire_all()
    assert answers()[0].delivery == DeliveryStatus.UNKNOWN


def test_a_citizen_who_writes_before_the_answer_leaves_still_waits(meta, settle, messenger_ticket):
    outbox.reply(messenger_ticket, "Réponse.", visibility="private", by=None)
    meta.write(MAELLE, "Autre question")
    settle()
    ticket = the_ticket()
    assert (ticket.state, ticket.waiting_since is not None) == (State.OPEN, True)


def test_the_same_idempotency_key_sends_once(meta, settle, messenger_ticket):
    first = outbox.reply(
        messenger_ticket, "Une fois.", visibility="private", by=None, idempotency_key="k"
    )
    again = outbox.reply(
        messenger_ticket, "Une fois.", visibility="private", by=None, idempotency_key="k"
    )
    settle()
    assert first.id == again.id
    assert len(meta.conversation(MAELLE)) == 2


@pytest.mark.parametrize("text", ["", "  \r\n "])
def test_an_empty_reply_is_refused(messenger_ticket, text):
    with pytest.raises(outbox.EmptyReply):
        outbox.reply(messenger_ticket, text, visibility="private", by=None)


def test_a_reply_longer_than_the_platform_takes_is_refused_with_both_figures(messenger_ticket):
    with pytest.raises(outbox.TooLong) as refusal:
        outbox.reply(messenger_ticket, "x" * 2001, visibility="private", by=None)
    assert (refusal.value.length, refusal.value.limit) == (2001, 2000)


def test_an_answer_outside_under_a_visitors_post_is_filed_with_the_post(meta, settle):
    post = meta.visitor_post(YANIS, "Nid-de-poule sur la RD 12")
    settle()
    meta.page_comments(post.id, "Signalé au département.")
    settle()
    (answer,) = answers()
    assert (answer.outside, answer.ticket_id) == (True, the_ticket().id)
    assert the_ticket().waiting_since is None


def test_messenger_tells_an_id_and_the_worker_asks_for_the_name(meta, settle, messenger_ticket):
    db.session.expire_all()
    assert messenger_ticket.contact.name == "Maëlle Garrigue"


def test_the_ticket_of_a_comment_says_what_our_publication_said(meta, settle, comment_ticket):
    db.session.expire_all()
    assert comment_ticket.publication.text == meta.posts()[0].text
    assert comment_ticket.publication.permalink.startswith("https://")


def test_a_person_whose_name_facebook_keeps_gets_a_ticket_all_the_same(meta, settle):
    meta.set_person(YANIS, profile_hidden=True)
    meta.write(YANIS, "Bonjour")
    settle()
    assert the_ticket().contact.name == ""
    meta.comment(meta.posts()[0].id, YANIS, "Rebonjour")
    settle()
    names = {ticket.contact.name for ticket in db.session.scalars(select(Ticket))}
    assert names == {"Yanis Benamar"}


def test_pictures_are_copied_by_the_worker_from_the_platform(meta, settle):
    meta.comment(meta.posts()[0].id, YANIS, photo="coach.jpg")
    settle()
    message = db.session.scalars(select(Message)).one()
    (picture,) = message.attachments
    assert (picture.state, picture.media_type) == (FileState.STORED, "image/jpeg")
    assert picture.size > 1000


def test_a_picture_from_elsewhere_leaves_a_placeholder_and_the_message(meta, settle):
    meta.write(YANIS, files=["http://192.0.2.1/a.jpg"])
    settle()
    message = db.session.scalars(select(Message)).one()
    (picture,) = message.attachments
    assert picture.state == FileState.MISSING
    assert picture.error_code
