"""A message of unknown fate is looked for, said again once at most, and then left to a person."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from hub.channels import accounts
from hub.channels.base import (
    AccountBroken,
    Ignored,
    OutcomeUnknown,
    Refused,
    RetryLater,
    Sent,
    Unknown,
)
from hub.clock import now
from hub.extensions import db
from hub.intake import actions as intake
from hub.intake import unknowns
from hub.outbox import actions as outbox
from hub.outbox import decisions
from hub.tickets.models import DeliveryStatus, Event, EventKind, Message, Ticket
from tests.builders import at
from tests.fake import ACCOUNT, Fake, account, echo, mention
from tests.plans import whole_reads_of

MORNING = at("2026-11-10 08:00")
LOST = OutcomeUnknown("no_answer", "HTTP 503")


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def ticket(fake: Fake) -> Ticket:
    fake.said = []
    return intake.receive("fake", mention(external_id="in_q", posted_at=now())).ticket


@pytest.fixture
def lost(fake: Fake, ticket: Ticket, work: Any) -> Message:
    """An answer of which nobody knows whether it was said."""
    fake.answers = [LOST]
    message = outbox.reply(ticket, "one", visibility="public", by=None)
    work()
    return message


@pytest.fixture
def wait(clock: Any, work: Any) -> Any:
    """Gives a function: let so much time pass, and the workers work."""

    def pass_(**time: float) -> None:
        db.session.rollback()
        clock.shift(timedelta(**time))
        work()

    return pass_


def state(message: Message) -> tuple[str | None, str | None]:
    db.session.expire_all()
    return message.delivery, message.external_id


def kinds(message: Message) -> list[str]:
    """What the history tells of the message."""
    query = select(Event.kind).where(Event.message_id == message.id).order_by(Event.id)
    return [str(kind) for kind in db.session.scalars(query)]


def handed_over(message: Message) -> str:
    """Why a person decides; "" while nobody has to."""
    db.session.expire_all()
    if not (message.delivery == DeliveryStatus.UNKNOWN and message.next_at is None):
        return ""
    query = select(Event.data).where(
        Event.message_id == message.id, Event.kind == EventKind.UNSETTLED
    )
    return str(db.session.scalars(query.order_by(Event.id.desc())).first()["code"])


def found(text: str = "one", external_id: str = "p1", **values: Any) -> list[Any]:
    """What a look brings when the answer is there."""
    return [echo(text, external_id, **{"reply_to": "in_q", **values})]


# --- Found ----------------------------------------------------------------------------------------


def test_its_echo_is_waited_for_before_anybody_looks(fake, lost, wait):
    wait(seconds=44)
    assert fake.looked_for == []
    fake.said = [found()]
    wait(seconds=1)
    assert state(lost) == (DeliveryStatus.SENT, "p1")
    assert len(fake.sent) == 1


def test_the_channel_is_told_what_is_looked_for_and_since_when(fake, lost, wait):
    wait(minutes=1)
    ((wanted, since),) = fake.looked_for
    assert (wanted.text, wanted.target, wanted.marker) == ("one", {"to": "51"}, lost.marker)
    assert since == MORNING - unknowns.CLOCK_SKEW


def test_what_is_found_late_stops_the_clock_when_it_was_said(fake, ticket, lost, wait):
    fake.said = [found(posted_at=MORNING)]
    wait(minutes=1)
    db.session.expire_all()
    assert (ticket.first_reply_at, ticket.waiting_since) == (MORNING, None)
    assert lost.doubted_at is None


def test_it_may_be_found_at_the_second_look(fake, lost, wait):
    fake.said = [[], found()]
    wait(minutes=1)
    assert state(lost) == (DeliveryStatus.UNKNOWN, None)
    wait(minutes=2)
    assert state(lost) == (DeliveryStatus.SENT, "p1")
    assert len(fake.sent) == 1


def test_a_part_that_is_found_lets_the_next_follow_with_looks_of_its_own(fake, ticket, work, wait):
    fake.answers = [Sent(external_id="p1"), LOST, LOST]
    answer = outbox.reply(ticket, "one|two|three", visibility="public", by=None)
    work()
    fake.said = [[], found("two", "p2", reply_to="p1"), [], found("three", "p3", reply_to="p2")]
    for _look in range(2):
        wait(minutes=1)
        wait(minutes=2)
    assert state(answer) == (DeliveryStatus.SENT, "p1")
    assert [part.external_id for part in answer.parts] == ["p1", "p2", "p3"]
    assert [said.text for said in fake.sent] == ["one", "two", "three"]
    assert [wanted.previous for wanted, _since in fake.looked_for] == ["p1", "p1", "p2", "p2"]


def test_what_was_said_in_private_about_a_public_message_brings_the_citizen_to_its_ticket(
    fake, ticket, work, wait
):
    fake.answers = [LOST]
    message = outbox.reply(ticket, "one", visibility="private", by=None)
    work()
    fake.said = [[echo("one", "p1", visibility="private", conversation="dm:51")]]
    wait(minutes=1)
    assert state(message) == (DeliveryStatus.SENT, "p1")
    answer = intake.receive("fake", mention(conversation="dm:51", visibility="private"))
    assert answer.ticket_id == ticket.id


# --- Not found ------------------------------------------------------------------------------------


def test_what_is_not_there_twice_is_said_once_more_and_no_more(fake, lost, wait):
    wait(minutes=1)
    assert (lost.looks, len(fake.sent)) == (1, 1)
    fake.answers = [LOST]
    wait(minutes=2)
    assert (len(fake.sent), state(lost)) == (2, (DeliveryStatus.UNKNOWN, None))
    for _look in range(2):
        wait(minutes=3)
    assert handed_over(lost) == "not-found"
    wait(days=3)
    assert (len(fake.sent), len(fake.looked_for)) == (2, 4)
    assert kinds(lost) == [
        "replied", "delivery", "looked", "looked", "resent",
        "delivery", "looked", "looked", "unsettled",
    ]  # fmt: skip


def test_what_is_said_once_more_and_taken_is_sent(fake, lost, wait):
    fake.answers = [Sent(external_id="p2")]
    wait(minutes=1)
    wait(minutes=2)
    assert state(lost) == (DeliveryStatus.SENT, "p2")
    assert fake.sent[1].tried_at == MORNING
    assert lost.doubted_at is None


def test_each_part_may_be_said_once_more(fake, ticket, work, wait):
    fake.answers = [LOST, Sent(external_id="p1"), LOST, Sent(external_id="p2")]
    answer = outbox.reply(ticket, "one|two", visibility="public", by=None)
    work()
    for _look in range(4):
        wait(minutes=2)
    assert state(answer) == (DeliveryStatus.SENT, "p1")
    assert [said.text for said in fake.sent] == ["one", "one", "two", "two"]


def test_a_platform_that_takes_no_text_twice_is_looked_at_again(fake, lost, wait):
    fake.answers = [OutcomeUnknown("duplicate")]
    fake.said = [[], [], found()]
    for _look in range(3):
        wait(minutes=2)
    assert state(lost) == (DeliveryStatus.SENT, "p1")


def test_a_refusal_of_what_is_said_once_more_is_final(fake, lost, wait):
    fake.answers = [Refused("blocked")]
    wait(minutes=1)
    wait(minutes=2)
    assert state(lost) == (DeliveryStatus.FAILED, None)
    wait(hours=1)
    assert len(fake.looked_for) == 2


def test_an_answer_that_may_be_this_one_in_other_words_keeps_it_from_being_said_again(
    fake, lost, wait
):
    fake.said = [found("one, see https://short.example/1"), []]
    wait(minutes=1)
    wait(minutes=2)
    assert handed_over(lost) == "answered-otherwise"
    assert len(fake.sent) == 1


def test_what_could_not_be_filed_may_be_the_message_and_counts_as_no_look(fake, lost, wait):
    fake.said = [[Unknown(reason="no id", raw={})]] * 2
    wait(minutes=1)
    wait(minutes=2)
    assert (lost.looks, len(fake.sent)) == (0, 1)
    assert state(lost) == (DeliveryStatus.UNKNOWN, None)


# --- Whose is it? ---------------------------------------------------------------------------------


def lose(fake: Fake, ticket: Ticket, visibility: str, work: Any) -> Message:
    fake.answers = [LOST]
    message = outbox.reply(ticket, "one", visibility=visibility, by=None)
    work()
    return message


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_the_same_text_in_another_known_place_is_not_taken_for_it(
    fake, ticket, work, wait, visibility
):
    citizen = {"visibility": visibility, "conversation": f"{visibility}:99"}
    other = intake.receive("fake", mention(external_id="in_other", **citizen)).ticket
    asked = {"visibility": visibility, "conversation": f"{visibility}:51"}
    question = intake.receive("fake", mention(external_id="in_this", **asked))
    message = lose(fake, question.ticket, visibility, work)
    elsewhere = {"reply_to": "in_other", "visibility": visibility}
    if visibility == "private":
        elsewhere |= {"conversation": "private:99"}
    fake.said = [found(**elsewhere)]
    wait(minutes=1)
    assert state(message) == (DeliveryStatus.UNKNOWN, None)
    outside = db.session.scalars(select(Message).where(Message.outside)).one()
    assert outside.ticket_id == other.id


def test_what_is_known_by_its_id_is_not_taken_for_another_with_the_same_text(
    fake, ticket, lost, work, wait
):
    fake.answers = [Sent(external_id="p7")]
    twin = outbox.reply(ticket, "one", visibility="public", by=None)
    work()
    fake.said = [found(external_id="p7")]
    wait(minutes=1)
    assert state(twin) == (DeliveryStatus.SENT, "p7")
    assert state(lost) == (DeliveryStatus.UNKNOWN, None)


def test_an_answer_that_stands_in_the_thread_of_another_ticket_is_known_by_what_it_was_to_answer(
    fake, ticket, lost, wait
):
    intake.receive("fake", mention(external_id="in_top", conversation="public:top:1"))
    lost.target = {"under": "in_top"}
    db.session.commit()
    fake.said = [found(reply_to="in_top")]
    wait(minutes=1)
    assert state(lost) == (DeliveryStatus.SENT, "p1")


def test_what_has_no_text_is_known_where_it_stands_alone(fake, ticket, lost, wait):
    lost.text = ""
    db.session.commit()
    fake.said = [found("", "p8", reply_to="somewhere"), found("", "p9")]
    wait(minutes=1)
    assert state(lost) == (DeliveryStatus.UNKNOWN, None)
    wait(minutes=2)
    assert state(lost) == (DeliveryStatus.SENT, "p9")


# --- The platform does not say --------------------------------------------------------------------


def test_a_platform_that_tells_nothing_leaves_it_to_a_person_at_once(fake, lost, wait):
    fake.said = None
    wait(minutes=1)
    assert handed_over(lost) == "cannot-look"
    assert len(fake.sent) == 1


def test_what_keeps_the_hub_from_asking_counts_as_no_look(fake, lost, wait):
    until = now() + timedelta(minutes=15)
    fake.said = [[RetryLater("rate_limited", at=until)], [OutcomeUnknown("no_answer")], [], []]
    wait(minutes=1)
    assert (lost.next_at, lost.looks) == (until, 0)
    wait(minutes=14)
    assert lost.looks == 0
    wait(minutes=16)
    assert lost.looks == 1


def test_after_hours_without_an_answer_a_person_is_asked(fake, lost, wait, clock):
    fake.said = [[RetryLater("unreachable", "ConnectTimeout")]] * 100
    for _look in range(16):
        wait(minutes=20)
    assert handed_over(lost) == ""
    assert len(fake.looked_for) < 12
    for _look in range(2):
        wait(minutes=20)
    assert handed_over(lost) == "unreachable"


def test_a_fault_of_the_channel_is_tried_again_and_then_a_persons(fake, lost, wait):
    fake.said = [[KeyError("data")]] * 100
    wait(minutes=1)
    assert handed_over(lost) == ""
    for _hour in range(13):
        wait(minutes=30)
    assert handed_over(lost) == "unexpected"


def test_a_look_whose_worker_dies_is_begun_again(fake, lost, clock, wait):
    fake.said = [[SystemExit()], found()]
    clock.shift(timedelta(minutes=1))
    with pytest.raises(SystemExit):
        unknowns.look_for(lost.id)
    assert unknowns.due() == []
    wait(minutes=6)
    assert state(lost) == (DeliveryStatus.SENT, "p1")


def test_a_look_that_took_too_long_does_not_count_beside_the_one_that_was_begun_after_it(
    fake, lost, clock
):
    def slow() -> Any:
        clock.shift(unknowns.LEASE + timedelta(seconds=1))
        unknowns.look_for(lost.id)
        return Ignored(what="nothing")

    fake.said = [[slow], []]
    clock.shift(timedelta(minutes=1))
    unknowns.look_for(lost.id)
    db.session.expire_all()
    assert (len(fake.looked_for), lost.looks) == (2, 1)


# --- Accounts out of order ------------------------------------------------------------------------


def mend() -> None:
    accounts.connect("fake", ACCOUNT, name="Région", credentials={"access_token": "second"})


def test_an_account_that_is_broken_keeps_it_until_it_is_mended(fake, lost, wait):
    fake.said = [[AccountBroken("token_dead")], found()]
    wait(minutes=1)
    assert account().broken_because == "token_dead"
    wait(days=2)
    assert (len(fake.looked_for), state(lost)[0]) == (1, DeliveryStatus.UNKNOWN)
    mend()
    wait(seconds=1)
    assert state(lost) == (DeliveryStatus.SENT, "p1")


def test_an_outage_after_the_account_was_mended_leaves_time_again(fake, lost, wait):
    fake.said = [[AccountBroken("token_dead")], [RetryLater("unreachable")]]
    wait(minutes=1)
    wait(days=2)
    mend()
    wait(seconds=1)
    assert handed_over(lost) == ""


def test_a_channel_that_is_off_is_not_asked(app, fake, lost, wait):
    channels = app.extensions["hub.channels"]
    off = channels.pop("fake")
    wait(minutes=1)
    channels["fake"] = off
    assert fake.looked_for == []


# --- Races ----------------------------------------------------------------------------------------


def test_an_echo_during_the_look_is_believed(fake, lost, wait):
    fake.said = [[lambda: intake.echo("fake", echo("one", "p1")) or found(external_id="p1")[0]]]
    wait(minutes=1)
    assert state(lost) == (DeliveryStatus.SENT, "p1")
    assert len(fake.looked_for) == len(fake.sent) == 1


def test_a_late_echo_keeps_what_was_to_be_said_again_from_leaving(fake, lost, clock):
    for minutes in (1, 2):
        clock.shift(timedelta(minutes=minutes))
        unknowns.look_for(lost.id)
    assert state(lost)[0] == DeliveryStatus.PENDING
    intake.echo("fake", found()[0])
    assert state(lost) == (DeliveryStatus.SENT, "p1")


@pytest.mark.parametrize("decide", [decisions.is_there, decisions.say_again, decisions.leave])
def test_an_echo_that_comes_after_a_persons_decision_knows_better(
    fake, ticket, lost, wait, work, decide
):
    fake.said = None
    wait(minutes=1)
    decide(lost, by=None)
    intake.echo("fake", found(posted_at=MORNING)[0])
    assert state(lost) == (DeliveryStatus.SENT, "p1")
    assert (ticket.first_reply_at, ticket.waiting_since) == (MORNING, None)
    work()
    assert len(fake.sent) == 1
    assert db.session.scalars(select(Message).where(Message.outside)).all() == []


def test_the_late_echo_of_a_part_that_a_person_saw_names_it(fake, ticket, work, wait):
    fake.said = None
    fake.answers = [LOST]
    answer = outbox.reply(ticket, "one|two", visibility="public", by=None)
    work()
    wait(minutes=1)
    decisions.is_there(answer, by=None)
    work()
    assert state(answer)[0] == DeliveryStatus.SENT
    assert [said.previous for said in fake.sent] == [None, None]
    intake.echo("fake", found()[0])
    assert state(answer) == (DeliveryStatus.SENT, "p1")


def test_what_was_refused_is_not_taken_for_an_answer_written_elsewhere(fake, ticket, work):
    fake.answers = [Refused("blocked")]
    refused = outbox.reply(ticket, "one", visibility="public", by=None)
    work()
    intake.echo("fake", found()[0])
    assert state(refused) == (DeliveryStatus.FAILED, None)
    assert db.session.scalars(select(Message.external_id).where(Message.outside)).all() == ["p1"]


def test_a_dead_workers_message_is_looked_for_since_it_was_written(fake, ticket, work, wait):
    fake.answers = [SystemExit()]
    message = outbox.reply(ticket, "one", visibility="public", by=None)
    with pytest.raises(SystemExit):
        work()
    wait(hours=9)  # the hub was down
    wait(minutes=1)
    ((_wanted, since),) = fake.looked_for
    assert since == MORNING - unknowns.CLOCK_SKEW
    assert message.next_at == now() + unknowns.BETWEEN_LOOKS


def test_no_search_for_what_to_look_for_reads_all_messages(fake, lost, clock):
    clock.shift(timedelta(minutes=1))
    assert unknowns.due() == [lost.id]
    assert whole_reads_of("message", unknowns.due) == []
