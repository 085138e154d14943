"""Merging tickets, splitting messages off, and undoing both."""

from datetime import date, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from hub.accounts.models import User
from hub.channels.base import Author
from hub.clock import now
from hub.extensions import db
from hub.intake import actions as intake
from hub.outbox import actions as outbox
from hub.outbox.refusals import NoSuchWay
from hub.regrouping import actions, moving, queries
from hub.regrouping.models import Regrouping
from hub.regrouping.refusals import (
    BeingSent,
    CannotRegroup,
    FoldedAlready,
    NothingLeft,
    NotThere,
    OtherPerson,
    OtherPlace,
    SameTicket,
    StandsBelow,
    UndoneAlready,
)
from hub.reports import queries as reports
from hub.reports.periods import Period
from hub.tickets import actions as tickets
from hub.tickets import following, history
from hub.tickets.models import (
    Conversation,
    DeliveryStatus,
    Event,
    EventKind,
    Follower,
    Message,
    Tag,
    Ticket,
)
from tests.alongside import alongside, at_once
from tests.builders import at, comment, create_department, create_ticket, create_user, inbound

CITIZEN = Author(external_id="25000000000000777", name="Nolwenn Tanguy")
PARIS = ZoneInfo("Europe/Paris")
_keys = count(1)


@pytest.fixture
def agent(app):
    return create_user(departments=[create_department("transports")])


def write(
    conversation: str, text: str = "Bonjour, où en est ma demande ?", **values: Any
) -> Message:
    return intake.receive(
        "facebook", inbound(conversation=conversation, author=CITIZEN, text=text, **values)
    )


def open_ticket(conversation: str, **values: Any) -> Ticket:
    """A ticket of the same citizen."""
    message = {"conversation": conversation, "author": CITIZEN, **values}
    return create_ticket(create_department("transports"), message=message)


def answer(ticket: Ticket, text: str = "Bonjour.", *, sent_at: Any = None) -> Message:
    """An answer of a person that has left."""
    message = outbox.reply(ticket, text, visibility="private", by=None)
    tickets.set_sent(message, external_id=f"sent_{next(_keys)}", at=sent_at or now())
    db.session.commit()
    return message


def texts(ticket: Ticket) -> list[str]:
    rows = select(Message.text).where(Message.ticket_id == ticket.id).order_by(Message.id)
    return list(db.session.scalars(rows))


def tags(ticket: Ticket) -> list[str]:
    rows = select(Tag.name).where(Tag.ticket_id == ticket.id).order_by(Tag.name)
    return list(db.session.scalars(rows))


def put_on(ticket: Ticket, *names: str) -> None:
    for name in names:
        tickets.tag(ticket, name, by=None)


def followers(ticket: Ticket) -> set[int]:
    return set(db.session.scalars(select(Follower.user_id).where(Follower.ticket_id == ticket.id)))


def kinds(ticket: Ticket) -> list[str]:
    rows = select(Event.kind).where(Event.ticket_id == ticket.id).order_by(Event.id)
    return list(db.session.scalars(rows))


def test_a_merge_brings_all_messages_over_and_closes_the_ticket(agent):
    source, target = open_ticket("a", text="First"), open_ticket("b", text="Second")
    tickets.note(source, "A note", by=agent)
    actions.merge(source, target, "the same matter", by=agent)
    assert texts(target) == ["First", "Second", "A note"]
    assert texts(source) == []
    assert (source.state, source.waiting_since) == ("closed", None)
    assert queries.folded_into(source) == target
    assert EventKind.MERGED in kinds(source)
    assert EventKind.MERGED in kinds(target)


def test_what_the_citizen_writes_next_comes_to_the_merged_ticket_and_back_after_the_undo(agent):
    source, target, noise = open_ticket("a"), open_ticket("b"), open_ticket("c")
    done = actions.merge(source, target, "", by=agent)
    assert write("a", "Since").ticket_id == target.id
    assert write("b", "Of the target").ticket_id == target.id
    assert write("c").ticket_id == noise.id
    actions.undo(done, by=agent)
    assert texts(source)[1:] == ["Since"]
    assert texts(target)[1:] == ["Of the target"]
    assert write("a", "Later").ticket_id == source.id
    assert (source.state, target.state) == ("new", "new")


def test_a_merge_counts_the_longer_wait_once(agent):
    start = at("2026-11-10 08:00")
    with time_machine.travel(start, tick=False):
        quick = open_ticket("a", posted_at=start)
    with time_machine.travel(start + timedelta(minutes=30), tick=False):
        answer(quick)
    with time_machine.travel(start + timedelta(hours=1), tick=False):
        slow = open_ticket("b", posted_at=start + timedelta(hours=1))
    with time_machine.travel(start + timedelta(hours=6), tick=False):
        answer(slow)
        actions.merge(quick, slow, "", by=agent)
    assert slow.first_reply_at - slow.received_at == timedelta(hours=5)
    total = reports.response_times(Period(date(2026, 11, 1), date(2026, 11, 30), PARIS)).total
    assert (total.received, total.answered, total.median_seconds) == (1, 1, 5 * 3600)


def test_a_merged_ticket_that_was_answered_first_keeps_the_longer_wait_whichever_is_merged(agent):
    start = at("2026-11-10 08:00")
    with time_machine.travel(start, tick=False):
        slow = open_ticket("a", posted_at=start)
    with time_machine.travel(start + timedelta(hours=1), tick=False):
        quick = open_ticket("b", posted_at=start + timedelta(hours=1))
        answer(quick)
    with time_machine.travel(start + timedelta(hours=7), tick=False):
        answer(slow)
        actions.merge(slow, quick, "", by=agent)
    assert quick.first_reply_at - quick.received_at == timedelta(hours=1)
    assert quick.received_at == start


def test_messages_without_an_answer_open_the_ticket_that_takes_them(agent):
    source, target = open_ticket("a"), open_ticket("b")
    answer(target)
    tickets.close(target, by=agent)
    late = write("a", "Still waiting")
    done = actions.merge(source, target, "", by=agent)
    assert target.state == "open"
    assert target.waiting_since <= late.posted_at
    actions.undo(done, by=agent)
    assert (target.state, target.waiting_since) == ("closed", None)
    assert source.waiting_since is not None


def test_tickets_of_two_people_are_not_merged(agent):
    source, target = open_ticket("a"), create_ticket(create_department("transports"))
    with pytest.raises(OtherPerson):
        actions.merge(source, target, "", by=agent)
    assert len(texts(source)) == 1


def test_a_public_and_a_private_ticket_are_not_merged(agent):
    private = open_ticket("a")
    public = intake.receive("facebook", comment(author=CITIZEN)).ticket
    assert public.contact_id == private.contact_id
    with pytest.raises(OtherPlace):
        actions.merge(private, public, "", by=agent)


def test_a_ticket_is_not_merged_into_itself_nor_twice(agent):
    source, target, third = open_ticket("a"), open_ticket("b"), open_ticket("c")
    with pytest.raises(SameTicket):
        actions.merge(source, source, "", by=agent)
    actions.merge(source, target, "", by=agent)
    with pytest.raises(FoldedAlready):
        actions.merge(source, third, "", by=agent)
    with pytest.raises(FoldedAlready):
        actions.merge(third, source, "", by=agent)


def test_an_answer_that_is_being_sent_keeps_its_ticket_where_it_is(agent):
    source, target = open_ticket("a"), open_ticket("b")
    message = outbox.reply(source, "Bonjour.", visibility="private", by=agent)
    message.delivery = DeliveryStatus.SENDING
    db.session.commit()
    with pytest.raises(BeingSent):
        actions.merge(source, target, "", by=agent)
    with pytest.raises(BeingSent):
        actions.split(source, [message.id, first_of(source)], "", by=agent)


def first_of(ticket: Ticket) -> int:
    write("a", "Another")
    return db.session.scalars(
        select(Message.id).where(Message.ticket_id == ticket.id).order_by(Message.id).limit(1)
    ).one()


@pytest.mark.parametrize("status", ["pending", "waiting", "unknown"])
def test_an_answer_that_has_not_left_goes_along_and_settles_where_it_is(agent, status):
    source, target = open_ticket("a"), open_ticket("b")
    message = outbox.reply(source, "Bonjour.", visibility="private", by=agent)
    message.delivery = status
    db.session.commit()
    actions.merge(source, target, "", by=agent)
    tickets.set_sent(db.session.get_one(Message, message.id), external_id="m_out", at=now())
    db.session.commit()
    assert target.first_reply_at is not None
    assert source.first_reply_at is None


def test_nothing_is_answered_in_a_ticket_whose_messages_are_elsewhere(agent):
    source, target = open_ticket("a"), open_ticket("b")
    actions.merge(source, target, "", by=agent)
    with pytest.raises(NoSuchWay, match=target.reference):
        outbox.reply(source, "Bonjour.", visibility="private", by=agent)


def test_two_answers_under_one_key_keep_theirs(agent):
    source, target = open_ticket("a"), open_ticket("b")
    for ticket in (source, target):
        outbox.reply(ticket, "Bonjour.", visibility="private", by=None, idempotency_key="1")
    done = actions.merge(source, target, "", by=agent)
    actions.undo(done, by=agent)
    key = select(Message.ticket_id).where(Message.idempotency_key == "1")
    assert set(db.session.scalars(key)) == {source.id, target.id}


def test_what_was_merged_later_is_undone_first(agent):
    one, two, three = open_ticket("a"), open_ticket("b"), open_ticket("c")
    first = actions.merge(one, two, "", by=agent)
    second = actions.merge(two, three, "", by=agent)
    with pytest.raises(StandsBelow):
        actions.undo(first, by=agent)
    actions.undo(second, by=agent)
    actions.undo(first, by=agent)
    with pytest.raises(UndoneAlready):
        actions.undo(first, by=agent)
    assert [len(texts(ticket)) for ticket in (one, two, three)] == [1, 1, 1]


def test_a_split_opens_a_ticket_for_the_chosen_messages(agent):
    ticket = open_ticket("a", text="The bus")
    second = write("a", "And the school")
    made = actions.split(ticket, [second.id], "two matters", by=agent)
    assert texts(made) == ["And the school"]
    assert texts(ticket) == ["The bus"]
    assert made.subject == "And the school"
    assert (made.contact_id, made.department_id) == (ticket.contact_id, ticket.department_id)
    assert made.received_at == second.posted_at
    assert made.waiting_since == second.posted_at
    assert EventKind.SPLIT in kinds(ticket)
    assert EventKind.SPLIT in kinds(made)


def test_a_conversation_follows_its_newest_message(agent):
    ticket = open_ticket("a", text="The bus")
    second, third = write("a", "The school"), write("a", "The bus again")
    early = actions.split(ticket, [second.id], "", by=agent)
    assert write("a", "On").ticket_id == ticket.id
    newest = db.session.scalars(select(Message.id).where(Message.text == "On")).one()
    late = actions.split(ticket, [third.id, newest], "", by=agent)
    assert write("a", "On and on").ticket_id == late.id
    assert texts(early) == ["The school"]


def test_both_tickets_need_a_message_of_the_citizen(agent):
    ticket = open_ticket("a")
    note = tickets.note(ticket, "A note", by=agent)
    everything = list(db.session.scalars(select(Message.id)))
    for chosen in ([note.id], everything):
        with pytest.raises(NothingLeft):
            actions.split(ticket, chosen, "", by=agent)
    other = open_ticket("b")
    elsewhere = db.session.scalars(select(Message.id).where(Message.ticket_id == other.id)).one()
    with pytest.raises(NotThere):
        actions.split(ticket, [elsewhere], "", by=agent)


def test_an_undone_split_brings_all_back_and_leaves_no_matter_behind(agent):
    ticket = open_ticket("a", text="The bus")
    second = write("a", "The school")
    received_at = ticket.received_at
    made = actions.split(ticket, [second.id], "", by=agent)
    write("a", "Since")
    done = db.session.scalars(select(Regrouping)).one()
    actions.undo(done, by=agent)
    assert texts(ticket) == ["The bus", "The school", "Since"]
    assert texts(made) == []
    assert (made.state, queries.folded_into(made)) == ("closed", ticket)
    assert ticket.received_at == received_at
    assert write("a", "Later").ticket_id == ticket.id


def test_a_message_that_comes_while_tickets_are_merged_is_in_one_of_them_and_follows(app, agent):
    source, target = open_ticket("a"), open_ticket("b")
    ids = (source.id, target.id)
    db.session.commit()
    threads = [alongside(app, lambda n=n: write("a", f"Meanwhile {n}")) for n in range(4)]
    actions.merge(
        db.session.get_one(Ticket, ids[0]), db.session.get_one(Ticket, ids[1]), "", by=agent
    )
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert len(texts(target)) == 6
    assert texts(source) == []


# --- Tags and followers -----------------------------------------------------------------------


def test_a_merge_gives_its_tags_and_keeps_them(agent):
    source, target, noise = open_ticket("a"), open_ticket("b"), open_ticket("c")
    put_on(source, "bus", "urgent")
    put_on(target, "bus", "train")
    put_on(noise, "ferry")
    actions.merge(source, target, "", by=agent)
    assert tags(target) == ["bus", "train", "urgent"]
    assert tags(source) == ["bus", "urgent"]


def test_history_and_search_hear_of_a_tag_that_a_merge_gives_and_takes_back(agent):
    source, target = open_ticket("a"), open_ticket("b")
    put_on(source, "bus")
    done = actions.merge(source, target, "", by=agent)
    target.indexed_at = now()
    db.session.commit()
    actions.undo(done, by=agent)
    told = select(Event.kind, Event.user_id).where(
        Event.ticket_id == target.id, Event.kind.in_([EventKind.TAGGED, EventKind.UNTAGGED])
    )
    lines = db.session.execute(told.order_by(Event.id)).all()
    assert lines == [("tagged", agent.id), ("untagged", agent.id)]
    assert target.indexed_at is None


def test_an_undone_merge_takes_back_the_tags_that_it_gave_and_no_others(agent):
    source, target, noise = open_ticket("a"), open_ticket("b"), open_ticket("c")
    put_on(source, "bus", "urgent", "school")
    put_on(target, "bus")
    done = actions.merge(source, target, "", by=agent)
    tickets.untag(target, "school", by=agent)
    put_on(target, "late")
    put_on(source, "later")
    put_on(noise, "urgent")
    actions.undo(done, by=agent)
    assert tags(target) == ["bus", "late"]
    assert tags(source) == ["bus", "later", "school", "urgent"]


def test_a_tag_that_somebody_put_on_again_stays_after_the_undo(agent):
    source, target = open_ticket("a"), open_ticket("b")
    put_on(source, "bus")
    done = actions.merge(source, target, "", by=agent)
    tickets.untag(target, "bus", by=agent)
    tickets.tag(target, "bus", by=agent)
    actions.undo(done, by=agent)
    assert tags(target) == ["bus"]


def said_of_the_merge(ticket: Ticket) -> str:
    line = select(Event).where(Event.ticket_id == ticket.id, Event.kind == EventKind.MERGED)
    return history.sentence(db.session.scalars(line).one())


def test_a_merge_gives_as_many_tags_as_there_is_room_for(agent):
    source, target = open_ticket("a"), open_ticket("b")
    put_on(source, "bus", "ferry", "tram")
    put_on(target, *(f"t{number:02}" for number in range(tickets.MOST_TAGS - 2)))
    done = actions.merge(source, target, "", by=agent)
    assert tags(target)[:3] == ["bus", "ferry", "t00"]
    assert len(tags(target)) == tickets.MOST_TAGS
    assert said_of_the_merge(target).endswith("(no room for the tags: tram)")
    assert "tags" not in said_of_the_merge(source)
    actions.undo(done, by=agent)
    assert tags(target)[0] == "t00"
    assert tags(source) == ["bus", "ferry", "tram"]


def test_who_follows_a_ticket_follows_the_one_that_it_is_merged_into(agent):
    source, target, noise = open_ticket("a"), open_ticket("b"), open_ticket("c")
    reader, other, stranger = create_user(), create_user(), create_user()
    for ticket, user in ((source, reader), (source, other), (target, other), (noise, stranger)):
        following.follow(ticket, user)
    done = actions.merge(source, target, "", by=agent)
    assert followers(target) == followers(source) == {reader.id, other.id}
    actions.undo(done, by=agent)
    assert followers(target) == {other.id}
    assert followers(source) == {reader.id, other.id}


def test_who_chose_to_follow_after_the_merge_goes_on_after_the_undo(agent):
    source, target = open_ticket("a"), open_ticket("b")
    back, gone, new = create_user(), create_user(), create_user()
    for user in (back, gone):
        following.follow(source, user)
    done = actions.merge(source, target, "", by=agent)
    following.unfollow(target, gone)
    following.unfollow(target, back)
    for user in (back, new):
        following.follow(target, user)
    actions.undo(done, by=agent)
    assert followers(target) == {back.id, new.id}


def test_what_went_through_two_merges_comes_back_through_two_undos(agent):
    one, two, three = open_ticket("a"), open_ticket("b"), open_ticket("c")
    reader = create_user()
    put_on(one, "bus")
    following.follow(one, reader)
    first = actions.merge(one, two, "", by=agent)
    second = actions.merge(two, three, "", by=agent)
    assert (tags(three), followers(three)) == (["bus"], {reader.id})
    actions.undo(second, by=agent)
    assert (tags(three), followers(three)) == ([], set())
    assert (tags(two), followers(two)) == (["bus"], {reader.id})
    actions.undo(first, by=agent)
    assert (tags(two), followers(two)) == ([], set())


def test_a_merge_from_before_tags_went_along_is_undone(agent):
    source, target = open_ticket("a"), open_ticket("b")
    put_on(target, "bus")
    done = actions.merge(source, target, "", by=agent)
    done.after = {name: done.after[name] for name in ("from", "into")}
    db.session.commit()
    actions.undo(done, by=agent)
    assert tags(target) == ["bus"]


def test_somebody_who_tags_and_follows_in_the_instant_of_the_merge_does_not_break_it(app, agent):
    source, target = open_ticket("a"), open_ticket("b")
    reader = create_user()
    put_on(source, "bus")
    following.follow(source, reader)
    numbers, who, me = (source.id, target.id), reader.id, agent.id

    def merge() -> None:
        held = [db.session.get_one(Ticket, number) for number in numbers]
        actions.merge(held[0], held[1], "", by=db.session.get_one(User, me))

    def tag() -> None:
        tickets.tag(db.session.get_one(Ticket, numbers[1]), "bus", by=None)

    def follow() -> None:
        following.follow(db.session.get_one(Ticket, numbers[1]), db.session.get_one(User, who))

    assert at_once(app, merge, tag, follow) == [None, None, None]
    db.session.rollback()
    assert (tags(target), followers(target)) == (["bus"], {reader.id})


def test_who_begins_to_follow_a_ticket_that_is_held_waits_and_stops_nobody(app, agent):
    source, target = open_ticket("a"), open_ticket("b")
    target_id, who, outcome = target.id, create_user().id, []

    def follow() -> None:
        following.follow(db.session.get_one(Ticket, target_id), db.session.get_one(User, who))
        outcome.append("followed")

    with moving.holding(source, target):
        thread = alongside(app, follow)
        thread.join(0.5)
        assert outcome == []
        db.session.add(Follower(ticket_id=target_id, user_id=who, since=now()))
    thread.join(30)
    assert outcome == ["followed"]
    assert followers(target) == {who}


# --- Laws -------------------------------------------------------------------------------------


def picture() -> dict[int, Any]:
    """All that regrouping may touch."""
    rows = {}
    for ticket in db.session.scalars(select(Ticket).order_by(Ticket.id)):
        inside = select(Message.id).where(Message.ticket_id == ticket.id).order_by(Message.id)
        held = select(Conversation.key).where(Conversation.ticket_id == ticket.id)
        rows[ticket.id] = (
            ticket.state,
            ticket.received_at,
            ticket.waiting_since,
            ticket.first_reply_at,
            tags(ticket),
            followers(ticket),
            list(db.session.scalars(inside)),
            sorted(db.session.scalars(held)),
        )
    return rows


steps = st.lists(
    st.tuples(st.sampled_from(["merge", "split", "undo"]), st.integers(0, 9), st.integers(0, 9)),
    max_size=8,
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=steps)
def test_any_sequence_loses_no_message_and_is_undone_to_where_it_began(agent, steps):
    began = [open_ticket(f"{next(_keys)}") for _ in range(3)]
    for ticket in began[:2]:
        key = db.session.scalars(
            select(Conversation.key).where(Conversation.ticket_id == ticket.id)
        ).one()
        write(key, "Another")
    answer(began[0])
    tickets.close(began[2], by=agent)
    for ticket, name in zip(began, ("bus", "train", "bus"), strict=True):
        put_on(ticket, name)
    following.follow(began[1], agent)
    before = {key: row for key, row in picture().items() if key in {t.id for t in began}}
    mine = [number for row in before.values() for number in row[-2]]
    for step in steps:
        with_step(step, began, agent)
        db.session.rollback()
        assert sorted(n for row in picture().values() for n in row[-2] if n in mine) == sorted(mine)
    undo_all(agent)
    after = picture()
    assert {key: after[key] for key in before} == before


def with_step(step: tuple[str, int, int], began: list[Ticket], agent: Any) -> None:
    name, one, other = step
    contact = select(Ticket).where(Ticket.id >= began[0].id).order_by(Ticket.id)
    found = list(db.session.scalars(contact))
    first, second = found[one % len(found)], found[other % len(found)]
    done = list(db.session.scalars(select(Regrouping).where(Regrouping.undone_at.is_(None))))
    try:
        if name == "merge":
            actions.merge(first, second, "", by=agent)
        elif name == "split":
            inside = list(
                db.session.scalars(select(Message.id).where(Message.ticket_id == first.id))
            )
            actions.split(first, inside[: 1 + other % 2], "", by=agent)
        elif done:
            actions.undo(done[one % len(done)], by=agent)
    except CannotRegroup:
        pass


def undo_all(agent: Any) -> None:
    standing = select(Regrouping).where(Regrouping.undone_at.is_(None))
    for done in db.session.scalars(standing.order_by(Regrouping.id.desc())).all():
        actions.undo(done, by=agent)
