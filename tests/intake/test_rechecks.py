"""Asking again about citizens' public messages: for what was left out, and whether they stand."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from hub.channels import accounts
from hub.channels.base import (
    AccountBroken,
    Author,
    Deleted,
    Edited,
    InboundMessage,
    OutcomeUnknown,
    Polled,
    Refused,
    RemoteFile,
    RetryLater,
)
from hub.clock import now
from hub.extensions import db
from hub.intake import actions, rechecks
from hub.tickets.models import Attachment, Event, EventKind, FileState, Message
from tests.alongside import alongside
from tests.builders import at
from tests.fake import ACCOUNT, CITIZEN, account, mention
from tests.plans import whole_reads_of

NOON = at("2026-11-10 12:00")
NOBODY = Author(external_id=CITIZEN)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def receive(**values: Any) -> InboundMessage:
    message = mention(**{"posted_at": now(), **values})
    actions.receive("fake", message)
    db.session.rollback()
    return message


def stored(message: InboundMessage) -> Message:
    db.session.expire_all()
    query = select(Message).where(Message.external_id == message.external_id)
    return db.session.scalars(query).one()


def look_again() -> None:
    rechecks.look_again(account().id)


def gone(message: InboundMessage) -> Deleted:
    return Deleted(account=ACCOUNT, external_id=message.external_id, deleted_at=now())


def later(clock: Any, **span: float) -> None:
    db.session.rollback()
    clock.shift(timedelta(**span))


# --- What a delivery left out --------------------------------------------------------------------


def test_a_message_with_something_left_out_is_completed_at_once(fake, work):
    message = mention(author=NOBODY, text="Gare de Brest : la", incomplete=True)
    whole = replace(
        message,
        incomplete=False,
        author=Author(external_id=CITIZEN, name="Nolwenn Tanguy", handle="nolwenn"),
        text="Gare de Brest : la rampe",
        files=(RemoteFile(kind="image", url="https://pictures.example/a.jpg"),),
        details={"summoned": "explicit"},
    )
    fake.standing = {message.external_id: whole}
    fake.polls = [[Polled(values=[message], cursor={})]]
    work()
    found = stored(message)
    assert fake.looked_at == [[message.external_id]]
    assert (found.incomplete, found.text) == (False, "Gare de Brest : la rampe")
    assert (found.revisions, found.edited_at) == ([], None)
    assert (found.identity.name, found.identity.handle) == ("Nolwenn Tanguy", "nolwenn")
    assert found.ticket.contact.name == "Nolwenn Tanguy"
    assert (found.ticket.subject, found.details) == (whole.text, {"summoned": "explicit"})
    kinds = db.session.scalars(select(Event.kind).where(Event.message_id == found.id)).all()
    assert kinds.count(EventKind.COMPLETED) == 1


def test_the_files_that_were_left_out_are_copied(fake, work):
    message = receive(incomplete=True)
    picture = RemoteFile(kind="image", url="https://pictures.example/a.jpg")
    fake.standing = {message.external_id: replace(message, incomplete=False, files=(picture,))}
    work()
    attachment = db.session.scalars(select(Attachment)).one()
    assert attachment.state == FileState.MISSING  # no host is allowed: it was tried
    assert attachment.error_code


def test_a_second_look_adds_no_file_and_no_line_of_history(fake, clock):
    message = receive(incomplete=True, files=(RemoteFile(kind="image", label="a picture"),))
    fake.standing = {message.external_id: replace(message, incomplete=False)}
    before = [file.id for file in stored(message).attachments]
    look_again()
    later(clock, hours=6)
    look_again()
    assert len(fake.looked_at) == 2
    assert [file.id for file in stored(message).attachments] == before
    kinds = db.session.scalars(select(Event.kind)).all()
    assert kinds.count(EventKind.COMPLETED) == 1


def test_a_message_that_was_edited_before_it_was_completed_says_when(fake):
    message = receive(text="Gare", incomplete=True)
    whole = replace(message, incomplete=False, text="Gare de Brest")
    edited_at = now() - timedelta(minutes=1)
    fake.standing = {message.external_id: Edited(message=whole, edited_at=edited_at)}
    look_again()
    found = stored(message)
    assert (found.text, found.edited_at, found.revisions) == ("Gare de Brest", edited_at, [])


# --- Does it still stand? ------------------------------------------------------------------------


def test_a_whole_message_is_looked_at_every_so_often(fake, clock):
    message = receive()
    fake.standing = {message.external_id: message}
    assert rechecks.due() == []
    later(clock, hours=6)
    assert rechecks.due() == [account().id]
    look_again()
    assert rechecks.due() == []
    later(clock, hours=6)
    look_again()
    assert fake.looked_at == [[message.external_id]] * 2
    assert stored(message).revisions == []


def test_looking_stops_some_time_after_it_was_posted(fake, clock):
    message = receive(posted_at=now() - timedelta(days=29, hours=20))
    later(clock, hours=6)
    look_again()
    assert stored(message).check_at is None
    old = receive(posted_at=now() - timedelta(days=31))
    assert stored(old).check_at is None


def test_a_channel_that_does_not_look_asks_only_for_what_was_left_out(fake, clock):
    fake.rechecks = None
    whole, partial = receive(), receive(incomplete=True)
    look_again()
    assert fake.looked_at == [[partial.external_id]]
    assert [stored(message).check_at for message in (whole, partial)] == [None, None]


def test_what_is_gone_is_blanked_and_never_asked_about_again(fake, clock):
    picture = RemoteFile(kind="image", label="a picture")
    message = receive(text="Mon numéro est le 06", files=(picture,), notice="encrypted")
    later(clock, hours=6)
    fake.standing = {message.external_id: gone(message)}
    look_again()
    found = stored(message)
    assert (found.text, found.notice, found.attachments) == ("", "", [])
    assert (found.ticket.subject, found.ticket.waiting_since) == ("", None)
    assert (found.deleted_at, found.check_at) == (now(), None)


def test_a_changed_text_becomes_a_revision(fake, clock):
    first = receive(text="Gare de Brest")
    second = receive(text="Gare de Rennes")
    later(clock, hours=6)
    edited_at = now() - timedelta(hours=1)
    fake.standing = {
        first.external_id: replace(first, text="Gare de Brest !"),
        second.external_id: Edited(
            message=replace(second, text="Gare de Rennes !"), edited_at=edited_at
        ),
    }
    look_again()
    assert (stored(first).text, stored(first).edited_at) == ("Gare de Brest !", now())
    assert [revision.text for revision in stored(first).revisions] == ["Gare de Brest"]
    assert (stored(second).text, stored(second).edited_at) == ("Gare de Rennes !", edited_at)
    assert [revision.text for revision in stored(second).revisions] == ["Gare de Rennes"]


def test_what_the_platform_says_nothing_about_is_not_asked_again_too_soon(fake, clock):
    message = receive(incomplete=True)
    look_again()
    later(clock, hours=5)
    look_again()
    assert len(fake.looked_at) == 1
    later(clock, hours=1)
    look_again()
    assert len(fake.looked_at) == 2
    assert stored(message).incomplete


def test_private_messages_and_removed_ones_are_never_asked_about(fake, clock):
    private = receive(visibility="private", conversation=f"dm:{CITIZEN}")
    partial = receive(visibility="private", conversation=f"dm:{CITIZEN}", incomplete=True)
    removed = receive()
    actions.delete("fake", gone(removed))
    never_seen = mention()
    actions.delete("fake", gone(never_seen))
    actions.receive("fake", replace(never_seen, incomplete=True))
    later(clock, hours=7)
    assert rechecks.due() == []
    look_again()
    assert fake.looked_at == []
    for message in (private, partial, removed, never_seen):
        assert stored(message).check_at is None


def test_the_author_of_a_private_message_with_something_left_out_is_asked_for_by_itself(fake, work):
    fake.author = lambda _access, _id: Author(external_id=CITIZEN, name="Nolwenn Tanguy")
    message = mention(author=NOBODY, visibility="private", incomplete=True)
    fake.polls = [[Polled(values=[message], cursor={})]]
    work()
    assert stored(message).identity.name == "Nolwenn Tanguy"


def test_a_value_that_breaks_does_not_stop_the_next(fake, clock):
    first, second = receive(), receive()
    fake.standing = {
        first.external_id: replace(first, account="not connected"),
        second.external_id: gone(second),
    }
    later(clock, hours=6)
    look_again()
    assert stored(second).deleted_at is not None


def test_only_messages_that_are_known_are_completed(fake, clock):
    message = receive()
    stranger = Edited(message=mention(external_id="in_other"), edited_at=now())
    fake.standing = {message.external_id: stranger}
    later(clock, hours=6)
    look_again()
    assert db.session.scalars(select(Message.external_id)).all() == [message.external_id]


# --- How many, and who ---------------------------------------------------------------------------


def fill(number: int) -> None:
    """So many messages that are due, in one ticket."""
    first = stored(receive(incomplete=True))
    for index in range(number - 1):
        db.session.add(
            Message(
                ticket_id=first.ticket_id,
                account_id=first.account_id,
                direction="in",
                visibility="public",
                text="Bonjour",
                external_id=f"many{index}",
                posted_at=now(),
                check_at=now(),
            )
        )
    db.session.commit()


def test_at_most_a_hundred_are_asked_about_in_one_question(fake, work):
    fill(130)
    work()
    assert [len(asked) for asked in fake.looked_at] == [100, 30]
    assert len({name for asked in fake.looked_at for name in asked}) == 130


def test_two_workers_do_not_ask_about_the_same(app: Flask, fake):
    message = receive(incomplete=True)
    asked, leave = threading.Event(), threading.Event()

    def slow() -> InboundMessage:
        asked.set()
        assert leave.wait(5)
        return message

    fake.standing = {message.external_id: slow}
    account_id = account().id
    db.session.rollback()
    first = alongside(app, lambda: rechecks.look_again(account_id))
    assert asked.wait(5)
    rechecks.look_again(account_id)
    leave.set()
    first.join(10)
    assert len(fake.looked_at) == 1


def test_a_worker_that_dies_while_asking_only_delays_it(fake, clock):
    message = receive(incomplete=True)
    fake.standing = {message.external_id: KeyError("a bug of the channel")}
    with pytest.raises(KeyError):
        look_again()
    fake.standing = {message.external_id: replace(message, incomplete=False)}
    look_again()
    assert len(fake.looked_at) == 1
    later(clock, minutes=10)
    look_again()
    assert not stored(message).incomplete


# --- What stops it -------------------------------------------------------------------------------


def test_a_broken_account_is_paused_and_its_messages_are_asked_about_once_it_is_mended(fake, clock):
    message = receive(incomplete=True)
    fake.standing = {message.external_id: AccountBroken("token_dead", "invalid_grant")}
    look_again()
    assert (account().broken_because, account().broken_detail) == ("token_dead", "invalid_grant")
    later(clock, minutes=10)
    assert rechecks.due() == []
    look_again()
    accounts.connect("fake", ACCOUNT, name="Région", credentials={"access_token": "second"})
    fake.standing = {message.external_id: replace(message, incomplete=False)}
    look_again()
    assert not stored(message).incomplete
    assert len(fake.looked_at) == 2


def test_an_old_token_does_not_break_an_account_that_was_connected_meanwhile(fake, clock):
    message = receive(incomplete=True)

    def connected_again() -> InboundMessage:
        later(clock, seconds=1)
        accounts.connect("fake", ACCOUNT, name="Région", credentials={})
        db.session.rollback()
        raise AccountBroken("token_dead")

    fake.standing = {message.external_id: connected_again}
    look_again()
    assert account().broken_because == ""


def test_a_platform_that_wants_us_later_is_asked_no_sooner_about_anything(fake, clock):
    fill(130)
    fake.standing = {"many0": RetryLater("busy", at=now() + timedelta(minutes=15))}
    look_again()
    later(clock, minutes=14)
    assert rechecks.due() == []
    look_again()
    assert len(fake.looked_at) == 1
    later(clock, minutes=1)
    fake.standing = {}
    look_again()
    look_again()
    assert [len(asked) for asked in fake.looked_at] == [100, 100, 30]


@pytest.mark.parametrize(
    ("error", "minutes"), [(RetryLater("busy"), 10), (OutcomeUnknown("no_answer"), 10)]
)
def test_an_answer_that_does_not_come_is_asked_for_again_soon(fake, clock, error, minutes):
    message = receive(incomplete=True)
    fake.standing = {message.external_id: error}
    look_again()
    later(clock, minutes=minutes - 1)
    assert rechecks.due() == []
    later(clock, minutes=1)
    assert rechecks.due() == [account().id]


def test_a_question_that_the_platform_refuses_is_not_repeated_at_once(fake, clock):
    message = receive(incomplete=True)
    fake.standing = {message.external_id: Refused("not_in_plan")}
    look_again()
    later(clock, hours=5)
    assert rechecks.due() == []


def test_nothing_is_rung_for_what_cannot_be_asked(app, fake, work, settings_changed):
    message = receive(incomplete=True)
    off = app.extensions["hub.channels"].pop("fake")
    assert rechecks.due() == []
    look_again()
    app.extensions["hub.channels"]["fake"] = off
    settings_changed(secret_key="another secret")
    look_again()
    assert rechecks.due() == []
    assert fake.looked_at == []
    assert stored(message).incomplete


def test_the_search_for_what_is_due_does_not_read_all_messages(fake):
    fill(3)
    assert whole_reads_of("message", rechecks.due) == []
