"""Copies of the pictures and files that come with messages: platforms' addresses expire within
days, so a worker copies them at arrival. A copy that fails leaves its place in the message."""

import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from typing import BinaryIO

from sqlalchemy import ColumnElement, Select, and_, or_, select, update
from sqlalchemy.orm import joinedload

from hub import files, media
from hub.channels import accounts, registry
from hub.channels.base import AccountAccess, ChannelError
from hub.channels.credentials import CredentialsUnreadable
from hub.channels.download import FileRetryLater, FileUnavailable, download
from hub.channels.models import Account
from hub.clock import now, present
from hub.extensions import db
from hub.plain_rows import plain_ids
from hub.tickets.history import record
from hub.tickets.models import TO_COPY, Attachment, EventKind, FileState, Message

MOST_BYTES = 25 * 1024 * 1024
MOST_SECONDS = 60
MOST_ATTEMPTS = 5
LEASE = timedelta(seconds=MOST_SECONDS * 2)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a file is. `access`: None while its account cannot be used."""

    url: str
    channel: str
    access: AccountAccess | None


def copy(attachment_id: int) -> None:
    """Copy one file, unless another worker has it or it is settled. The download happens outside
    of any transaction."""
    source = _claim(attachment_id)
    if source is None:
        return
    if source.access is None:
        _postpone(attachment_id, "channel-off")
        return
    channel = registry.channel(source.channel)
    with tempfile.TemporaryFile() as content:
        try:
            download(
                source.url,
                hosts=channel.hosts_of_files(source.access),
                origins=channel.file_origins,
                max_bytes=MOST_BYTES,
                seconds=MOST_SECONDS,
                into=content,
                headers_for=partial(channel.file_headers, source.access),
            )
        except FileUnavailable as error:
            _give_up(attachment_id, error.code)
        except (FileRetryLater, ChannelError) as error:
            _postpone(attachment_id, error.code)
        else:
            _keep(attachment_id, content)


def due() -> list[int]:
    """Ids of the files to copy now, oldest first, at most 200."""
    return plain_ids(_due())


@cache
def _due() -> Select[int]:
    return select(Attachment.id).where(_is_due()).order_by(Attachment.next_at).limit(200)


def forget(keys: Collection[str]) -> None:
    """Remove the copies that no message has any more. Call it after the commit: a copy whose
    message is rolled back to life must still be there."""
    query = select(Attachment.storage_key).where(Attachment.storage_key.in_(keys))
    kept = set(db.session.scalars(query)) if keys else set()
    db.session.rollback()
    for key in set(keys) - kept:
        files.remove(key)


@cache
def _is_due() -> ColumnElement[bool]:
    return and_(
        TO_COPY,
        Attachment.next_at <= present(),
        or_(Attachment.lease_until.is_(None), Attachment.lease_until < present()),
    )


def _claim(attachment_id: int) -> Source | None:
    """Where the file is, once it is ours to copy."""
    url = db.session.scalar(
        update(Attachment)
        .where(Attachment.id == attachment_id, _is_due())
        .values(lease_until=now() + LEASE, attempts=Attachment.attempts + 1)
        .returning(Attachment.source_url)
    )
    attachment = _loaded(attachment_id) if url else None
    account = attachment.message.account if attachment else None
    source = Source(url, account.channel, _access(account)) if url and account else None
    db.session.commit()
    return source


def _access(account: Account) -> AccountAccess | None:
    if account.channel not in registry.all_channels():
        return None
    try:
        return accounts.access(account)
    except CredentialsUnreadable:
        return None


def _keep(attachment_id: int, content: BinaryIO) -> None:
    content.seek(0)
    kind = media.media_type(content.read(media.HEAD_BYTES))
    content.seek(0)
    key, size = files.store(content)
    attachment = _loaded(attachment_id)
    if attachment is None:  # its message was removed meanwhile
        forget([key])
        return
    attachment.state = FileState.STORED
    attachment.storage_key, attachment.size, attachment.media_type = key, size, kind
    attachment.name = attachment.name or f"{attachment.kind}-{attachment.id}" + media.ENDINGS.get(
        kind, ".bin"
    )
    attachment.next_at = attachment.lease_until = None
    record(attachment.message.ticket, EventKind.FILE, message_id=attachment.message_id)
    db.session.commit()


def _give_up(attachment_id: int, code: str) -> None:
    attachment = _loaded(attachment_id)
    if attachment is None:
        return
    attachment.state = FileState.MISSING
    attachment.error_code = code
    attachment.next_at = attachment.lease_until = None
    record(attachment.message.ticket, EventKind.FILE, message_id=attachment.message_id, why=code)
    db.session.commit()


def _postpone(attachment_id: int, code: str) -> None:
    attachment = _loaded(attachment_id)
    if attachment is None:
        return
    if attachment.attempts >= MOST_ATTEMPTS:
        _give_up(attachment_id, code)
        return
    attachment.error_code = code
    attachment.lease_until = None
    attachment.next_at = now() + timedelta(seconds=10 * 4**attachment.attempts)
    db.session.commit()


def _loaded(attachment_id: int) -> Attachment | None:
    """The attachment; None once its message was removed."""
    return db.session.scalars(
        select(Attachment)
        .where(Attachment.id == attachment_id)
        .options(joinedload(Attachment.message).joinedload(Message.account))
    ).one_or_none()
