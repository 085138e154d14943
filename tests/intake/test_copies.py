"""Copies of files that came with messages: what is tried again, given up, and forgotten."""

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from hub import files
from hub.channels.base import AccountBroken, Deleted, RemoteFile
from hub.channels.download import FileRetryLater, FileUnavailable
from hub.clock import now
from hub.extensions import db
from hub.intake import actions, copies
from hub.tickets.models import Attachment, FileState, Message
from tests.builders import PAGE_ID, create_account, create_department, inbound

PICTURE = b"\x89PNG\r\n\x1a\n a picture"
REMOTE = RemoteFile(kind="image", url="https://scontent.xx.fbcdn.net/a.png")


@pytest.fixture(autouse=True)
def council(app: Flask, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    create_account()
    create_department("accueil")


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What each download meets, in turn: an error to raise or something to call; then PICTURE."""
    meets: list[Any] = []

    def download(_url: str, *, into: Any, **_limits: Any) -> str:
        met = meets.pop(0) if meets else None
        if isinstance(met, Exception):
            raise met
        if met is not None:
            met()
        into.write(PICTURE)
        return "image/png"

    monkeypatch.setattr(copies, "download", download)
    return meets


def filed(external_id: str = "m_picture") -> Message:
    message = inbound(external_id=external_id, files=(REMOTE,))
    return actions.receive("facebook", message)


def remove(external_id: str = "m_picture") -> None:
    gone = Deleted(account=PAGE_ID, external_id=external_id, deleted_at=now())
    actions.delete("facebook", gone)


def only(message: Message) -> Attachment:
    db.session.expire_all()
    (attachment,) = message.attachments
    return attachment


def test_a_copy_is_named_and_typed_by_its_content(wire, work):
    message = filed()
    work()
    copy = only(message)
    assert (copy.state, copy.media_type, copy.size) == ("stored", "image/png", len(PICTURE))
    assert copy.name == f"image-{copy.id}.png"


def test_a_file_that_is_gone_is_not_asked_for_again(wire, work):
    wire.append(FileUnavailable("gone"))
    message = filed()
    work()
    assert (only(message).state, only(message).error_code) == (FileState.MISSING, "gone")


def test_trouble_is_tried_again_later_and_later_and_then_given_up(wire, work):
    wire.extend(FileRetryLater("busy") for _ in range(copies.MOST_ATTEMPTS))
    message = filed()
    work()
    assert only(message).state == FileState.PENDING
    for hour in range(1, copies.MOST_ATTEMPTS):
        with time_machine.travel(now() + timedelta(hours=hour)):
            work()
    assert (only(message).state, only(message).attempts) == ("missing", copies.MOST_ATTEMPTS)


def test_a_worker_that_dies_with_a_file_only_delays_it(wire, work):
    message = filed()
    only(message).lease_until = now() + timedelta(seconds=30)
    db.session.commit()
    work()
    assert only(message).state == FileState.PENDING
    with time_machine.travel(now() + timedelta(seconds=31)):
        work()
    assert only(message).state == FileState.STORED


def test_a_channel_that_is_switched_off_leaves_its_files_for_later(app, wire, work):
    message = filed()
    channels = app.extensions["hub.channels"]
    off = channels.pop("facebook")
    try:
        work()
    finally:
        channels["facebook"] = off
    assert (only(message).state, only(message).error_code) == (FileState.PENDING, "channel-off")


def test_an_account_that_cannot_prove_itself_leaves_its_files_for_later(wire, work):
    wire.append(AccountBroken("token_dead"))
    message = filed()
    work()
    assert (only(message).state, only(message).error_code) == (FileState.PENDING, "token_dead")


def test_a_removal_takes_the_copy_too(wire, work):
    filed()
    work()
    assert len(list(files.keys())) == 1
    remove()
    assert list(files.keys()) == []


def test_a_copy_that_another_message_has_too_stays(wire, work):
    filed()
    other = filed("m_other")
    work()
    remove()
    assert list(files.keys()) == [only(other).storage_key]


def test_a_message_that_is_removed_while_its_file_is_copied_leaves_no_copy(app, wire, work):
    def remove_meanwhile() -> None:
        with app.app_context():
            remove()

    wire.append(remove_meanwhile)
    filed()
    work()
    assert list(files.keys()) == []


def test_a_file_that_is_in_store_already_is_not_asked_for(wire, work):
    key, size = files.store(io.BytesIO(PICTURE))
    own = RemoteFile(kind="image", storage_key=key, size=size, media_type="image/png")
    message = actions.receive("facebook", inbound(files=(own,)))
    wire.append(AssertionError("asked for"))
    work()
    assert only(message).state == FileState.STORED
