"""A long answer leaves part by part, in order, none twice, whatever comes in between."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from hub.channels import accounts
from hub.channels.base import (
    AccountBroken,
    Echo,
    OutboundMessage,
    OutcomeUnknown,
    Refused,
    RetryLater,
    Sent,
)
from hub.clock import now
from hub.extensions import db
from hub.intake import actions as intake
from hub.intake import echoes
from hub.outbox import actions as outbox
from hub.outbox import claiming, results, sending
from hub.outbox.models import Attempt
from hub.tickets import markers, queries
from hub.tickets.models import DeliveryStatus, Direction, Event, EventKind, Message, State, Ticket
from tests.alongside import alongside
from tests.builders import at
from tests.fake import ACCOUNT, Fake, account, echo, mention
from tests.plans import whole_reads_of

MORNING = at("2026-11-10 08:00")


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def ticket(fake: Fake) -> Ticket:
    return intake.receive("fake", mention(external_id="in_q", posted_at=now())).ticket


@pytest.fixture
def answer(ticket: Ticket) -> Message:
    """An answer in three parts that has not left."""
    return outbox.reply(ticket, "one|two|three", visibility="public", by=None)


def sent(external_id: str) -> Sent:
    return Sent(external_id=external_id)


def after(happening: Callable[[], object], answer: Any) -> Callable[[], Any]:
    """What the platform says once something has happened during the call."""

    def say() -> Any:
        happening()
        db.session.rollback()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    return say


def hear(said: Echo) -> None:
    intake.echo("fake", said)


def after_its_echo(text: str, external_id: str, answer: Any) -> Callable[[], Any]:
    return after(lambda: hear(echo(text, external_id)), answer)


def state(message: Message) -> tuple[str | None, list[str | None]]:
    """Where the message stands, and the ids of its parts."""
    db.session.expire_all()
    return message.delivery, [part.external_id for part in message.parts]


def texts(sent: list[OutboundMessage]) -> list[str]:
    return [message.text for message in sent]


def pass_the_lease(clock: Any) -> None:
    db.session.rollback()
    clock.shift(timedelta(minutes=3))
    results.give_up_on_dead_workers()


# --- In order -----------------------------------------------------------------------------------


def test_each_part_is_one_call_and_answers_the_one_before(fake, answer, work):
    fake.answers = [sent("p1"), sent("p2"), sent("p3")]
    work()
    assert texts(fake.sent) == ["one", "two", "three"]
    assert [message.previous for message in fake.sent] == [None, "p1", "p2"]
    assert {message.target["to"] for message in fake.sent} == {"51"}
    assert state(answer) == (DeliveryStatus.SENT, ["p1", "p2", "p3"])
    assert answer.external_id == "p1"
    assert db.session.scalars(select(Attempt.outcome)).all() == ["sent"] * 3


def test_each_part_carries_its_own_marker_and_the_messages(fake, answer, work):
    work()
    carried = [message.marker for message in fake.sent]
    assert carried == [markers.of_part(answer.marker, number) for number in (1, 2, 3)]
    assert {markers.of_message(marker) for marker in carried} == {answer.marker}
    assert [markers.part_number(marker) for marker in carried] == [1, 2, 3]
    assert markers.part_number(answer.marker) is None


def test_a_text_that_is_not_split_has_no_parts(fake, ticket, work):
    whole = outbox.reply(ticket, "one", visibility="public", by=None)
    work()
    assert state(whole) == (DeliveryStatus.SENT, [])
    assert fake.sent[0].marker == whole.marker


def test_a_text_in_too_many_parts_or_with_too_long_a_part_is_not_stored(fake, ticket):
    fake.most_parts = 2
    with pytest.raises(outbox.TooManyParts) as many:
        outbox.reply(ticket, "one|two|three", visibility="public", by=None)
    assert (many.value.parts, many.value.most) == (3, 2)
    with pytest.raises(outbox.TooLong) as long:
        outbox.reply(ticket, "one|" + "x" * 281, visibility="public", by=None)
    assert (long.value.length, long.value.limit) == (281, 280)
    assert db.session.scalars(select(Message).where(Message.direction == "out")).all() == []


def test_the_citizen_is_answered_once_when_the_last_part_is_out(fake, ticket, answer, work, clock):
    def minutes_later(external_id: str) -> Callable[[], Sent]:
        def say() -> Sent:
            found = db.session.scalars(select(Ticket)).one()
            assert (found.first_reply_at, found.waiting_since) == (None, MORNING)
            db.session.rollback()
            clock.shift(timedelta(minutes=1))
            return sent(external_id)

        return say

    fake.answers = [minutes_later("p1"), minutes_later("p2"), minutes_later("p3")]
    work()
    db.session.expire_all()
    assert ticket.first_reply_at == answer.sent_at == MORNING + timedelta(minutes=3)
    assert [part.sent_at for part in answer.parts] == [
        MORNING + timedelta(minutes=minute) for minute in (1, 2, 3)
    ]
    assert (ticket.waiting_since, ticket.state) == (None, State.WAITING)
    news = select(Event.data).where(Event.kind == EventKind.DELIVERY)
    assert [data["status"] for data in db.session.scalars(news)] == ["sent"]


def test_a_reply_to_the_second_part_lands_in_the_same_ticket(fake, ticket, answer, work):
    fake.answers = [sent("p1"), sent("p2"), sent("p3")]
    work()
    reply = intake.receive("fake", mention(conversation="public:unknown:51", reply_to="p2"))
    assert reply.ticket_id == ticket.id


def test_an_answer_to_the_second_part_from_outside_the_hub_lands_there_too(
    fake, ticket, answer, work
):
    fake.answers = [sent("p1"), sent("p2"), sent("p3")]
    work()
    hear(echo("P.-S.", "p4", reply_to="p2"))
    outside = db.session.scalars(select(Message).where(Message.outside)).one()
    assert outside.ticket_id == ticket.id


# --- Refusals and delays -------------------------------------------------------------------------


def test_a_refusal_of_the_second_part_leaves_the_first_known_and_the_citizen_waiting(
    fake, ticket, answer, work
):
    fake.answers = [sent("p1"), Refused("duplicate", "said already")]
    work()
    assert state(answer) == (DeliveryStatus.FAILED, ["p1", None, None])
    assert (answer.external_id, answer.error_code) == ("p1", "duplicate")
    assert (ticket.waiting_since, ticket.first_reply_at) == (MORNING, None)
    assert texts(fake.sent) == ["one", "two"]
    (ours,) = [said for said in queries.thread_for_channel(ticket) if said.direction == "out"]
    assert (ours.external_id, ours.delivered) == ("p1", True)


def test_what_is_refused_before_its_first_part_was_never_delivered(fake, ticket, answer, work):
    fake.answers = [Refused("duplicate")]
    work()
    (ours,) = [said for said in queries.thread_for_channel(ticket) if said.direction == "out"]
    assert (ours.external_id, ours.delivered) == (None, False)


def test_a_part_that_may_leave_later_is_the_one_that_leaves_later(fake, answer, work, clock):
    fake.answers = [sent("p1"), RetryLater("busy", at=now() + timedelta(minutes=15)), sent("p2")]
    work()
    assert state(answer) == (DeliveryStatus.WAITING, ["p1", None, None])
    clock.shift(timedelta(minutes=15))
    work()
    assert texts(fake.sent) == ["one", "two", "two", "three"]
    assert fake.sent[2].previous == "p1"
    assert [message.tried_at for message in fake.sent] == [None, None, MORNING, None]
    assert answer.delivery == DeliveryStatus.SENT


def test_each_part_is_tried_for_as_long_as_a_message_is(fake, answer, work, clock, monkeypatch):
    monkeypatch.setattr(results, "PATIENCE", timedelta(hours=3))
    busy = RetryLater("busy")
    fake.answers = [busy, sent("p1"), busy, sent("p2"), busy, sent("p3")]
    for _time in range(4):
        work()
        clock.shift(timedelta(hours=2))
    assert answer.delivery == DeliveryStatus.SENT


def test_what_an_account_broke_off_goes_on_where_it_stopped(fake, answer, work):
    fake.answers = [sent("p1"), AccountBroken("token_dead"), sent("p2")]
    work()
    assert state(answer) == (DeliveryStatus.WAITING, ["p1", None, None])
    accounts.connect("fake", ACCOUNT, name="Région", credentials={})
    work()
    assert texts(fake.sent) == ["one", "two", "two", "three"]
    assert answer.delivery == DeliveryStatus.SENT


# --- Echoes -------------------------------------------------------------------------------------


def test_a_part_of_unknown_fate_is_settled_by_its_echo_and_the_next_follows(fake, answer, work):
    fake.answers = [sent("p1"), OutcomeUnknown("no_answer")]
    work()
    assert state(answer) == (DeliveryStatus.UNKNOWN, ["p1", None, None])
    hear(echo("two", "p2", posted_at=MORNING - timedelta(seconds=5)))
    assert answer.attempts == 0
    assert answer.parts[1].sent_at == MORNING - timedelta(seconds=5)
    work()
    assert texts(fake.sent) == ["one", "two", "three"]
    assert fake.sent[2].previous == "p2"
    assert answer.delivery == DeliveryStatus.SENT


def test_a_last_part_of_unknown_fate_is_settled_by_its_echo(fake, ticket, answer, work):
    fake.answers = [sent("p1"), sent("p2"), OutcomeUnknown("no_answer")]
    work()
    hear(echo("three", "p3"))
    assert state(answer) == (DeliveryStatus.SENT, ["p1", "p2", "p3"])
    assert (answer.external_id, ticket.first_reply_at) == ("p1", MORNING)


@pytest.mark.parametrize(
    "answers",
    [
        [sent("p1"), sent("p2"), sent("p3")],
        [OutcomeUnknown("no_answer")] * 3,
        [RetryLater("busy"), OutcomeUnknown("no_answer"), Refused("duplicate")],
    ],
    ids=["taken", "no answer", "contradicted"],
)
def test_an_echo_that_is_faster_than_the_answer_settles_its_part(fake, answer, work, answers):
    parts = zip(("one", "two", "three"), ("p1", "p2", "p3"), answers, strict=True)
    fake.answers = [after_its_echo(*part) for part in parts]
    work()
    assert state(answer) == (DeliveryStatus.SENT, ["p1", "p2", "p3"])
    assert texts(fake.sent) == ["one", "two", "three"]
    assert [message.previous for message in fake.sent] == [None, "p1", "p2"]


def test_an_echo_says_by_its_marker_which_part_it_is_of(fake, answer, work):
    fake.answers = [sent("p1"), OutcomeUnknown("no_answer")]
    work()
    hear(echo("changed on the way", "p1 again", marker=fake.sent[0].marker))
    assert state(answer) == (DeliveryStatus.UNKNOWN, ["p1", None, None])
    hear(echo("changed on the way", "p2", marker=fake.sent[1].marker))
    assert state(answer) == (DeliveryStatus.PENDING, ["p1", "p2", None])


def test_the_echo_of_a_later_part_does_not_say_an_earlier_one_again(fake, answer):
    answer.parts[0].external_id = answer.external_id = "p1"
    answer.delivery = DeliveryStatus.UNKNOWN
    db.session.commit()
    hear(echo("three", "p3", marker=markers.of_part(answer.marker, 3)))
    assert state(answer) == (DeliveryStatus.UNKNOWN, ["p1", None, "p3"])
    hear(echo("two", "p2"))
    assert state(answer) == (DeliveryStatus.SENT, ["p1", "p2", "p3"])


def test_the_echo_of_a_known_part_changes_nothing(fake, answer, work):
    fake.answers = [sent("p1"), sent("p2"), Refused("duplicate")]
    work()
    for text, external_id in (("one", "p1"), ("two", "p2")):
        hear(echo(text, external_id, reply_to="in_q"))
    assert state(answer) == (DeliveryStatus.FAILED, ["p1", "p2", None])
    assert db.session.scalars(select(Message).where(Message.outside)).all() == []


@pytest.mark.parametrize("place", [0, 1])
def test_an_echo_that_was_taken_for_an_answer_outside_is_the_parts_in_the_end(
    fake, ticket, answer, work, place
):
    def changed_on_the_way() -> None:
        hear(echo("one https://t.example/1", f"p{place + 1}", reply_to="in_q"))

    answers = [sent("p1"), sent("p2"), Refused("duplicate")]
    answers[place] = after(changed_on_the_way, answers[place])
    fake.answers = answers
    work()
    assert state(answer) == (DeliveryStatus.FAILED, ["p1", "p2", None])
    assert db.session.scalars(select(Message).where(Message.outside)).all() == []
    assert (ticket.first_reply_at, ticket.waiting_since) == (None, MORNING)


def test_no_search_for_what_an_echo_is_of_reads_all_messages(fake, answer):
    where = account()
    said = echo("one", "p1")
    assert whole_reads_of("message", lambda: echoes.sent_by_the_hub(where, said)) == []


# --- The same text to two citizens ---------------------------------------------------------------


@pytest.fixture
def twin(fake: Fake, answer: Message) -> Message:
    """The same answer to another citizen, of which it is not known whether its first part left."""
    question = mention(external_id="in_twin", conversation="public:twin:52", posted_at=now())
    twin = outbox.reply(
        intake.receive("fake", question).ticket, "one|two|three", visibility="public", by=None
    )
    twin.delivery = DeliveryStatus.UNKNOWN
    db.session.commit()
    return twin


def test_an_echo_prefers_the_ticket_it_stands_in(fake, answer, twin):
    answer.delivery = DeliveryStatus.UNKNOWN
    db.session.commit()
    hear(echo("one", "t1", reply_to="in_twin"))
    assert state(answer) == (DeliveryStatus.UNKNOWN, [None, None, None])
    assert state(twin) == (DeliveryStatus.PENDING, ["t1", None, None])


def test_the_answer_of_the_call_is_believed_over_an_echo_that_was_anothers(
    fake, answer, twin, work
):
    twin.text = "other"  # the echo of its first part finds the wrong message
    twin.parts[0].text = "other"
    db.session.commit()
    fake.answers = [after_its_echo("one", "t1", sent("p1"))]
    work()
    assert state(answer)[1][0] == "p1"
    assert fake.sent[1].previous == "p1"


def test_a_part_whose_echo_was_taken_by_another_message_gets_it_back(fake, answer, twin, work):
    def taken_by_the_twin() -> None:
        hear(echo("one", "p1", reply_to="in_twin"))

    fake.answers = [after(taken_by_the_twin, sent("p1")), sent("p2"), sent("p3")]
    sending.send(answer.id)
    assert state(twin) == (DeliveryStatus.UNKNOWN, [None, None, None])
    assert (twin.external_id, twin.error_code) == (None, "echo-of-another")
    work()
    assert state(answer) == (DeliveryStatus.SENT, ["p1", "p2", "p3"])
    assert texts(fake.sent) == ["one", "two", "three"]


def test_who_loses_a_later_part_keeps_the_earlier_ones_and_says_nothing_more(
    fake, answer, twin, work
):
    """The twin believed that its second part was out, and was saying its third."""
    first, second, _third = twin.parts
    first.external_id = twin.external_id = "t1"
    second.external_id = "p2"
    answer.parts[0].external_id = "p1"
    answer.delivery = DeliveryStatus.WAITING
    answer.next_at = now() + timedelta(hours=1)
    twin.delivery = DeliveryStatus.PENDING
    db.session.commit()

    def the_second_was_anothers() -> None:
        answer.delivery, answer.next_at = DeliveryStatus.PENDING, now()
        db.session.commit()
        sending.send(answer.id)

    fake.answers = [after(the_second_was_anothers, sent("t3")), sent("p2")]
    sending.send(twin.id)
    assert state(twin) == (DeliveryStatus.UNKNOWN, ["t1", None, "t3"])
    assert twin.external_id == "t1"
    work()
    assert texts(fake.sent) == ["three", "two", "three"]
    hear(echo("two", "t2", reply_to="t1"))
    assert state(twin) == (DeliveryStatus.SENT, ["t1", "t2", "t3"])


# --- Workers that die or are slow ----------------------------------------------------------------


def test_a_worker_that_dies_in_a_call_leaves_only_that_part_unknown(fake, answer, work, clock):
    fake.answers = [sent("p1"), SystemExit()]
    with pytest.raises(SystemExit):
        work()
    assert state(answer) == (DeliveryStatus.SENDING, ["p1", None, None])
    pass_the_lease(clock)
    assert state(answer) == (DeliveryStatus.UNKNOWN, ["p1", None, None])
    work()
    assert texts(fake.sent) == ["one", "two"]
    hear(echo("two", "p2"))
    work()
    assert texts(fake.sent) == ["one", "two", "three"]
    assert answer.delivery == DeliveryStatus.SENT


def test_a_worker_that_dies_after_the_echo_of_its_part_leaves_nothing_unknown(
    fake, answer, work, clock
):
    fake.answers = [sent("p1"), after_its_echo("two", "p2", SystemExit())]
    with pytest.raises(SystemExit):
        work()
    pass_the_lease(clock)
    assert state(answer) == (DeliveryStatus.PENDING, ["p1", "p2", None])
    work()
    assert texts(fake.sent) == ["one", "two", "three"]


def test_a_worker_that_dies_between_two_parts_only_delays_the_next(fake, answer, work):
    fake.answers = [sent("p1")]
    sending.send(answer.id)  # its ring for the next part is lost
    assert state(answer) == (DeliveryStatus.PENDING, ["p1", None, None])
    work()
    assert texts(fake.sent) == ["one", "two", "three"]


def test_the_late_answer_of_a_slow_call_settles_its_part(fake, answer, work, clock):
    fake.answers = [sent("p1"), after(lambda: pass_the_lease(clock), sent("p2"))]
    work()
    assert texts(fake.sent) == ["one", "two", "three"]
    assert answer.delivery == DeliveryStatus.SENT


@pytest.mark.parametrize(
    "late", [sent("p1"), OutcomeUnknown("no_answer"), RetryLater("busy"), Refused("duplicate")]
)
def test_the_late_answer_of_a_slow_call_does_not_disturb_the_next_part(
    app: Flask, fake, answer, clock, late
):
    """Its lease has passed, its echo has settled it, and another worker says the next part."""
    message_id = answer.id
    saying, may_answer = threading.Event(), threading.Event()

    def the_second_part() -> Sent:
        saying.set()
        assert may_answer.wait(5)
        return sent("p2")

    others: list[threading.Thread] = []

    def meanwhile() -> None:
        pass_the_lease(clock)
        hear(echo("one", "p1"))
        db.session.rollback()
        others.append(alongside(app, lambda: sending.send(message_id)))
        assert saying.wait(5)

    fake.answers = [after(meanwhile, late), the_second_part]
    sending.send(message_id)
    undisturbed = state(answer)
    db.session.rollback()
    may_answer.set()
    others[0].join(10)
    assert undisturbed == (DeliveryStatus.SENDING, ["p1", None, None])
    assert state(answer) == (DeliveryStatus.PENDING, ["p1", "p2", None])
    assert texts(fake.sent) == ["one", "two"]


def test_two_workers_at_once_say_a_part_once(app: Flask, fake, answer):
    message_id = answer.id
    saying, may_answer = threading.Event(), threading.Event()

    def slow() -> Sent:
        saying.set()
        assert may_answer.wait(5)
        return sent("p1")

    fake.answers = [slow]
    db.session.rollback()
    first = alongside(app, lambda: sending.send(message_id))
    assert saying.wait(5)
    sending.send(message_id)
    may_answer.set()
    first.join(10)
    assert texts(fake.sent) == ["one"]
    assert state(answer) == (DeliveryStatus.PENDING, ["p1", None, None])


def test_an_echo_that_comes_while_its_part_is_noted_is_no_other_answer(app: Flask, fake, answer):
    fake.answers = [sent("p1")]
    sending.send(answer.id)
    job = claiming.claim(answer.id)
    noting, may_commit = threading.Event(), threading.Event()

    def note() -> None:
        results.record_sent(job, sent("p2"))
        db.session.flush()
        noting.set()
        assert may_commit.wait(5)
        db.session.commit()

    worker = alongside(app, note)
    assert noting.wait(5)
    other = alongside(app, lambda: hear(echo("two", "p2", reply_to="p1")))
    other.join(0.3)
    may_commit.set()
    for thread in (worker, other):
        thread.join(10)
    said = db.session.scalars(select(Message).where(Message.direction == Direction.OUT)).all()
    assert [message.outside for message in said] == [False]
    assert state(answer) == (DeliveryStatus.PENDING, ["p1", "p2", None])
