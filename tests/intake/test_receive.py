"""The one way in: threads, tickets, edits, removals, and the same thing twice."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from hub.channels.base import Author, Deleted, Echo, Edited, Hidden, Publication, RemoteFile
from hub.clock import now
from hub.extensions import db
from hub.intake import actions
from hub.tickets import actions as tickets
from hub.tickets.models import (
    Attachment,
    DeliveryStatus,
    Direction,
    Event,
    EventKind,
    FileState,
    Message,
    State,
    Ticket,
)
from hub.tickets.people import Contact
from tests.builders import (
    PAGE_ID,
    at,
    comment,
    create_account,
    create_department,
    create_rule,
    create_user,
    inbound,
)


@pytest.fixture(autouse=True)
def council(app):
    create_account()
    create_department("accueil")


def receive(message):
    return actions.receive("facebook", message)


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model))


def kinds(ticket) -> list[str]:
    return list(
        db.session.scalars(
            select(Event.kind).where(Event.ticket_id == ticket.id).order_by(Event.id)
        )
    )


def test_a_first_message_opens_a_ticket_that_waits_since_the_citizen_wrote():
    ticket = receive(inbound(posted_at=at("2026-11-10 08:40"), text="Bonjour\nla suite")).ticket
    assert (ticket.state, ticket.subject) == (State.NEW, "Bonjour")
    assert ticket.received_at == ticket.waiting_since == at("2026-11-10 08:40")
    assert ticket.contact.name == "Nolwenn Tanguy"
    assert kinds(ticket) == ["opened", "routed", "received"]


def test_the_same_message_twice_is_one_message():
    message = inbound()
    assert receive(message).id == receive(message).id
    assert (count(Message), count(Ticket)) == (1, 1)


def test_a_follow_up_goes_to_the_open_ticket():
    first = receive(inbound())
    second = receive(inbound())
    assert first.ticket_id == second.ticket_id
    assert count(Contact) == 1


def test_each_author_under_a_publication_has_their_own_ticket_tied_to_it():
    publication = Publication(external_id="104_1", permalink="https://example.org/p")
    one = receive(comment(publication=publication)).ticket
    other = receive(
        comment(
            conversation="public:104_1:25000000000000888",
            author=Author(external_id="25000000000000888", name="P. Morvan"),
            publication=publication,
        )
    ).ticket
    assert one.id != other.id
    assert one.publication_id == other.publication_id is not None


def test_a_message_that_comes_late_moves_the_start_of_the_wait_back():
    receive(inbound(posted_at=at("2026-11-10 09:00")))
    ticket = receive(inbound(posted_at=at("2026-11-10 08:30"))).ticket
    assert ticket.received_at == ticket.waiting_since == at("2026-11-10 08:30")


def test_a_platform_whose_clock_is_ahead_makes_nobody_wait_a_negative_time():
    ticket = receive(inbound(posted_at=now() + timedelta(hours=2))).ticket
    assert ticket.received_at <= now()


@pytest.mark.parametrize(("days", "same"), [(13, True), (15, False)])
def test_after_closing_a_follow_up_reopens_within_the_time_else_opens_a_linked_ticket(days, same):
    with time_machine.travel(at("2026-11-01 10:00"), tick=False):
        old = receive(inbound(posted_at=now())).ticket
        tickets.close(old, by=None)
    with time_machine.travel(at("2026-11-01 10:00") + timedelta(days=days), tick=False):
        ticket = receive(inbound(posted_at=now())).ticket
        assert (ticket.id == old.id) is same
        assert ticket.state == (State.OPEN if same else State.NEW)
        assert ticket.waiting_since == now() if not same else ticket.waiting_since <= now()
    if not same:
        assert ticket.previous_id == old.id
        assert ticket.contact_id == old.contact_id


def test_a_new_linked_ticket_stays_with_the_department_unless_a_rule_knows_better():
    rh = create_department("rh")
    old = receive(inbound()).ticket
    tickets.transfer(old, rh, "candidature", by=None)
    tickets.close(old, by=None)
    old.closed_at = now() - timedelta(days=20)
    db.session.commit()
    ticket = receive(inbound(text="Merci")).ticket
    assert ticket.department.slug == "rh"
    assert old.reference in ticket.routed_because


def test_a_rule_decides_and_the_history_says_which_and_why():
    transports = create_department("transports")
    create_rule(transports, name="Trains", words=["ter", "train"])
    ticket = receive(inbound(text="Le TRAIN de 7 h est supprimé")).ticket
    assert ticket.department.slug == "transports"
    routed = db.session.scalar(select(Event).where(Event.kind == EventKind.ROUTED))
    assert routed.data["rule"] == "Trains"
    assert "train" in routed.data["why"]


def test_the_same_person_in_two_conversations_is_one_contact():
    receive(inbound())
    receive(comment())
    assert (count(Contact), count(Ticket)) == (1, 2)


def test_a_hidden_author_still_gets_a_ticket():
    ticket = receive(comment(author=Author(external_id=None))).ticket
    assert ticket.contact.name == ""


# --- Edits and removals ------------------------------------------------------------------------


def test_an_edit_replaces_the_text_and_keeps_what_was_said():
    message = inbound(text="Gare de Brest")
    receive(message)
    actions.edit(
        "facebook",
        Edited(message=inbound(external_id=message.external_id, text="Gare !"), edited_at=now()),
    )
    stored = db.session.scalar(select(Message))
    assert (stored.text, stored.revision, stored.revisions[0].text) == (
        "Gare !",
        1,
        "Gare de Brest",
    )


def test_an_edit_before_its_original_opens_the_ticket_and_the_original_changes_nothing():
    message = inbound(text="avant")
    edited = inbound(external_id=message.external_id, text="après")
    actions.edit("facebook", Edited(message=edited, edited_at=now()))
    receive(message)
    assert db.session.scalars(select(Message.text)).all() == ["après"]


def test_an_older_edit_that_comes_later_is_not_believed():
    message = inbound(text="un")
    receive(message)
    for minute, text in ((20, "trois"), (10, "deux")):
        change = inbound(external_id=message.external_id, text=text)
        instant = at(f"2026-11-10 08:{minute}")
        actions.edit("facebook", Edited(message=change, edited_at=instant))
    assert db.session.scalar(select(Message.text)) == "trois"


def test_a_removal_blanks_text_subject_files_and_revisions_and_keeps_the_trace():
    message = inbound(text="Mon numéro est le 06")
    ticket = receive(message).ticket
    changed = inbound(external_id=message.external_id, text="Mon numéro")
    actions.edit("facebook", Edited(message=changed, edited_at=now()))
    actions.delete(
        "facebook", Deleted(account=PAGE_ID, external_id=message.external_id, deleted_at=now())
    )
    stored = db.session.scalar(select(Message))
    assert (stored.text, stored.revisions) == ("", [])
    assert stored.deleted_at is not None
    assert ticket.waiting_since is None
    assert EventKind.DELETED in kinds(ticket)


def test_a_removal_of_the_first_message_takes_its_words_out_of_the_subject():
    message = inbound(text="Mon numéro est le 06")
    ticket = receive(message).ticket
    gone = Deleted(account=PAGE_ID, external_id=message.external_id, deleted_at=now())
    actions.delete("facebook", gone)
    assert ticket.subject == ""


def test_a_removal_before_its_message_is_remembered():
    message = inbound(text="trop tard")
    gone = Deleted(account=PAGE_ID, external_id=message.external_id, deleted_at=now())
    actions.delete("facebook", gone)
    actions.delete("facebook", gone)
    stored = receive(message)
    assert stored.text == ""
    assert stored.deleted_at is not None
    assert stored.ticket.subject == ""


def test_hiding_and_showing_are_noted():
    message = comment()
    ticket = receive(message).ticket
    for hidden in (True, True, False):
        actions.hide(
            "facebook",
            Hidden(account=PAGE_ID, external_id=message.external_id, hidden=hidden, at=now()),
        )
    assert [kind for kind in kinds(ticket) if kind in {"hidden", "shown"}] == ["hidden", "shown"]


# --- Our own messages ---------------------------------------------------------------------------


def said(**values) -> Echo:
    return Echo(
        **{
            "account": PAGE_ID,
            "external_id": "m_OUT_1",
            "visibility": "private",
            "text": "Bonjour, il est complet.",
            "posted_at": now(),
            "conversation": "messenger:25000000000000777",
            **values,
        }
    )


def test_an_answer_given_outside_the_hub_is_in_the_thread_and_stops_the_clock():
    ticket = receive(inbound(posted_at=at("2026-11-10 08:40"))).ticket
    actions.echo("facebook", said(posted_at=at("2026-11-10 09:40")))
    actions.echo("facebook", said(posted_at=at("2026-11-10 09:40")))
    outside = db.session.scalars(select(Message).where(Message.direction == Direction.OUT)).one()
    assert (outside.outside, outside.delivery) == (True, DeliveryStatus.SENT)
    assert ticket.first_reply_at == at("2026-11-10 09:40")
    assert (ticket.waiting_since, ticket.state) == (None, State.WAITING)


def test_an_answer_outside_that_is_told_before_its_question_still_answers_it():
    receive(inbound(posted_at=at("2026-11-10 08:00")))
    actions.echo("facebook", said(posted_at=at("2026-11-10 09:00")))
    ticket = receive(inbound(posted_at=at("2026-11-10 08:30"))).ticket
    assert ticket.waiting_since is None


def test_an_echo_of_a_public_answer_finds_its_ticket_by_the_comment_it_answers():
    message = comment()
    ticket = receive(message).ticket
    actions.echo(
        "facebook",
        said(visibility="public", conversation=None, reply_to=message.external_id),
    )
    assert ticket.waiting_since is None


def test_what_the_council_says_to_nobody_in_particular_opens_no_ticket():
    actions.echo("facebook", said(conversation="messenger:1"))
    assert count(Ticket) == 0


# --- Files and accounts ---------------------------------------------------------------------------


def test_files_keep_their_place_and_one_without_an_address_is_a_placeholder():
    receive(
        inbound(
            files=(
                RemoteFile(kind="image", url="https://scontent.xx.fbcdn.net/a.jpg"),
                RemoteFile(kind="file", label="Pièce jointe non prise en charge : truc"),
            )
        )
    )
    states = db.session.scalars(select(Attachment.state).order_by(Attachment.position)).all()
    assert states == [FileState.PENDING, FileState.MISSING]


def test_a_message_for_a_page_that_is_not_connected_names_the_page():
    with pytest.raises(actions.UnknownAccount, match="999"):
        receive(inbound(account="999"))


def test_an_assigned_ticket_keeps_its_agent_when_the_citizen_writes_again():
    agent = create_user()
    ticket = receive(inbound()).ticket
    tickets.take(ticket, agent)
    receive(inbound())
    assert ticket.assignee_id == agent.id
