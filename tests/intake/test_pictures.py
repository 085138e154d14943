"""Which files have pictures made of them, and when."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from PIL import Image

from hub import files, pictures
from hub.clock import now
from hub.extensions import db
from hub.intake import pictures as work_on_pictures
from hub.tickets.models import Attachment, FileState, Message
from tests.builders import create_ticket


@pytest.fixture(autouse=True)
def council(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "instance_path", str(tmp_path))


def attached(*, key: str = "", kind: str = "image/png", state: str = "stored") -> Attachment:
    message = db.session.scalars(db.select(Message)).first() or _message()
    attachment = Attachment(
        message_id=message.id,
        kind="image",
        state=FileState(state),
        storage_key=key or _stored(),
        media_type=kind,
        next_at=None,
    )
    db.session.add(attachment)
    db.session.commit()
    return attachment


def _message() -> Message:
    ticket = create_ticket()
    return db.session.scalars(db.select(Message).where(Message.ticket_id == ticket.id)).one()


def _stored(colour: str = "red") -> str:
    content = io.BytesIO()
    Image.new("RGB", (600, 300), colour).save(content, "PNG")
    content.seek(0)
    return files.store(content)[0]


def test_a_worker_finds_every_picture_whoever_sent_it(work: Any) -> None:
    attachment = attached()
    work()
    db.session.refresh(attachment)
    assert (attachment.pictures, attachment.pictured_at is not None) == (1, True)
    assert attachment.lease_until is None
    assert pictures.path(attachment.storage_key, 0).exists()


def test_only_stored_pictures_and_documents_are_due() -> None:
    wanted = {attached().id, attached(kind="application/pdf").id}
    attached(kind="video/mp4")
    attached(kind="application/octet-stream")
    attached(state="missing")
    assert set(work_on_pictures.due()) == wanted


def test_what_is_broken_is_looked_at_once(work: Any) -> None:
    attachment = attached(key=files.store(io.BytesIO(b"broken"))[0])
    work()
    db.session.refresh(attachment)
    assert (attachment.pictures, attachment.pictured_at is not None) == (0, True)
    assert work_on_pictures.due() == []


def test_one_worker_at_a_time_and_the_next_when_it_died(monkeypatch: pytest.MonkeyPatch) -> None:
    attachment = attached()
    calls: list[str] = []

    def dies(key: str, _kind: str) -> int:
        calls.append(key)
        work_on_pictures.make(attachment.id)  # another worker, meanwhile
        raise KeyboardInterrupt

    monkeypatch.setattr(pictures, "make", dies)
    with pytest.raises(KeyboardInterrupt):
        work_on_pictures.make(attachment.id)
    assert len(calls) == 1
    assert work_on_pictures.due() == []
    with time_machine.travel(now() + work_on_pictures.LEASE + timedelta(seconds=1)):
        assert work_on_pictures.due() == [attachment.id]


def test_a_message_removed_meanwhile_leaves_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    attachment = attached()
    key, make = attachment.storage_key, pictures.make

    def removed_meanwhile(*args: str) -> int:
        made = make(*args)
        db.session.delete(db.session.get_one(Attachment, attachment.id))
        db.session.commit()
        return made

    monkeypatch.setattr(pictures, "make", removed_meanwhile)
    work_on_pictures.make(attachment.id)
    assert not files.path(key).exists()
    assert not pictures.path(key, 0).exists()
