"""Pictures of the files of messages, whoever sent them: made by a worker once a file is stored."""

from datetime import timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Select, and_, or_, select, update

from hub import pictures
from hub.clock import now, present
from hub.extensions import db
from hub.intake import copies
from hub.plain_rows import plain_ids
from hub.tickets.models import TO_PICTURE, Attachment

LEASE = timedelta(seconds=2 * pictures.SECONDS)


def make(attachment_id: int) -> None:
    """Make the pictures of one file, unless another worker does or it has them. What cannot be
    shown has none, and is not tried again."""
    claimed = _claim(attachment_id)
    if claimed is None:
        return
    key, media_type = claimed
    made = pictures.make(key, media_type)
    if not _record(attachment_id, made):  # its message was removed meanwhile
        copies.forget([key])


def due() -> list[int]:
    """Ids of the files to make pictures of now, newest first: those are looked at."""
    return plain_ids(_due())


@cache
def _due() -> Select[int]:
    return select(Attachment.id).where(_is_due()).order_by(Attachment.id.desc()).limit(50)


@cache
def _is_due() -> ColumnElement[bool]:
    is_free = or_(Attachment.lease_until.is_(None), Attachment.lease_until < present())
    return and_(TO_PICTURE, is_free)


def _claim(attachment_id: int) -> tuple[str, str] | None:
    """The key and the media type of the file, once it is ours to look at."""
    found = db.session.execute(
        update(Attachment)
        .where(Attachment.id == attachment_id, _is_due())
        .values(lease_until=now() + LEASE)
        .returning(Attachment.storage_key, Attachment.media_type)
    ).one_or_none()
    db.session.commit()
    return (found[0], found[1]) if found else None


def _record(attachment_id: int, made: int) -> bool:
    """Keep how many pictures there are. Is the file still there?"""
    done = db.session.execute(
        update(Attachment)
        .where(Attachment.id == attachment_id)
        .values(pictured_at=now(), pictures=made, lease_until=None)
    )
    db.session.commit()
    return cast(CursorResult[Any], done).rowcount == 1
