"""Filing what the channels give. `receive` is the one way in for every message of a citizen.

Each value is one transaction, and filing it twice has no second effect: unique keys decide, and
whoever loses a race tries once more on what the winner wrote.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from hub.channels.base import (
    Deleted,
    Echo,
    Edited,
    Hidden,
    InboundMessage,
    Receipt,
    RemoteFile,
)
from hub.channels.models import Account
from hub.clock import now
from hub.extensions import db
from hub.intake import copies, threads
from hub.intake.models import Tombstone
from hub.queue import ring
from hub.tickets.actions import lock, set_answered, set_sent, settle_clocks
from hub.tickets.history import record
from hub.tickets.models import (
    Attachment,
    Conversation,
    DeliveryStatus,
    Direction,
    EventKind,
    FileState,
    Message,
    Revision,
    State,
    Ticket,
)

Value = TypeVar("Value")
TRIES = 4


class UnknownAccount(Exception):
    """The message is for a page, handle or form that is not connected. Connect it and replay."""


def receive(
    channel: str, message: InboundMessage, *, also: Callable[[Message], None] | None = None
) -> Message:
    """File one message of a citizen: find or open its ticket, route it, start its clock.

    Gives the stored message, the old one when it was filed before. Later a worker copies its
    files and asks for what the platform did not tell (a name, our publication's text). `also`
    writes what else must stand or fall with the message, in the same transaction; it is not
    called for a message filed before, and it may be called again after a rollback. Raises
    UnknownAccount.
    """
    stored, is_new = _once(lambda: _receive(channel, message, also))
    if is_new:
        for attachment in stored.attachments:
            if attachment.state == FileState.PENDING:
                ring("copy_file", attachment.id)
        if stored.identity and not stored.identity.name:
            ring("look_up_author", stored.identity.id)
        if stored.ticket.publication and not stored.ticket.publication.text:
            ring("look_up_publication", stored.ticket.publication.id)
    return stored


def edit(channel: str, change: Edited) -> None:
    """Replace the text of a message and keep what it said before. An edit that comes before its
    original files the message as it now stands. Raises UnknownAccount."""
    _once(lambda: _edit(channel, change))


def delete(channel: str, change: Deleted) -> None:
    """Blank a message that is gone from the platform and keep the trace that it was there. A
    removal that comes before its message is remembered. Raises UnknownAccount."""
    copies.forget(_once(lambda: _delete(channel, change)))


def hide(channel: str, change: Hidden) -> None:
    """Note that a message was hidden or is shown again. Raises UnknownAccount."""
    _once(lambda: _hide(channel, change))


def note_receipt(channel: str, receipt: Receipt) -> None:
    """Note what the citizen's device read, up to a moment. Raises UnknownAccount."""
    if receipt.status == "read":
        _once(lambda: _note_read(channel, receipt))


def echo(channel: str, said: Echo) -> None:
    """File a message of our own account: it settles what the hub sent, or it is an answer given
    in the platform's own tools, which stops the clock all the same. Raises UnknownAccount."""
    _once(lambda: _echo(channel, said))


# --- One transaction each -------------------------------------------------------------------


def _once(work: Callable[[], Value]) -> Value:
    """Run one transaction. Whoever loses a race on a unique key starts again and finds what the
    winner wrote; anything else rolls back and is the caller's."""
    for attempt in range(1, TRIES + 1):
        try:
            result = work()
            db.session.commit()
            return result
        except IntegrityError:
            db.session.rollback()
            if attempt == TRIES:
                raise
        except BaseException:
            db.session.rollback()
            raise
    raise AssertionError("unreachable")


def _note_read(channel: str, receipt: Receipt) -> None:
    """By way of the ticket: a private reply to a comment was written in another conversation."""
    conversation = select(Conversation.ticket_id).where(
        Conversation.account_id == _account(channel, receipt.account).id,
        Conversation.key == receipt.conversation,
    )
    db.session.execute(
        update(Message)
        .where(
            Message.ticket_id == conversation.scalar_subquery(),
            Message.direction == Direction.OUT,
            Message.visibility == "private",
            Message.delivery == DeliveryStatus.SENT,
            Message.read_at.is_(None),
            Message.sent_at <= receipt.until,
        )
        .values(read_at=receipt.until)
    )


def _receive(
    channel: str, message: InboundMessage, also: Callable[[Message], None] | None = None
) -> tuple[Message, bool]:
    account = _account(channel, message.account)
    if known := _find(account, message.external_id):
        return known, False
    ticket = threads.ticket_for(channel, account, message)
    stored = _store(account, ticket, message)
    record(ticket, EventKind.RECEIVED, message_id=stored.id)
    if grave := db.session.get(Tombstone, (account.id, message.external_id)):
        _blank(stored, grave.deleted_at)
    settle_clocks(ticket)
    if ticket.state == State.WAITING and ticket.waiting_since:
        ticket.state = State.OPEN
    if also:
        also(stored)
    return stored, True


def _store(account: Account, ticket: Ticket, message: InboundMessage) -> Message:
    stored = Message(
        ticket=ticket,
        account=account,
        conversation=message.conversation,
        direction=Direction.IN,
        visibility=message.visibility,
        text=message.text,
        external_id=message.external_id,
        reply_to=message.reply_to,
        identity=threads.identity(account, message.author, ticket.contact),
        posted_at=_not_in_the_future(message.posted_at),
        attachments=[_attachment(position, file) for position, file in enumerate(message.files)],
    )
    db.session.add(stored)
    db.session.flush()
    return stored


def _attachment(position: int, file: RemoteFile) -> Attachment:
    attachment = Attachment(
        position=position,
        kind=file.kind,
        state=FileState.PENDING if file.url else FileState.MISSING,
        name=file.name[:255],
        label=file.label,
        source_url=file.url or "",
    )
    if file.storage_key:
        attachment.state = FileState.STORED
        attachment.storage_key, attachment.size = file.storage_key, file.size
        attachment.media_type = file.media_type
    return attachment


def _edit(channel: str, change: Edited) -> None:
    account = _account(channel, change.message.account)
    stored = _find(account, change.message.external_id, locked=True)
    if stored is None:
        stored, _new = _receive(channel, change.message)
        stored.edited_at = change.edited_at
        return
    is_old = stored.edited_at is not None and stored.edited_at > change.edited_at
    if is_old or stored.deleted_at or stored.text == change.message.text:
        return
    stored.revision += 1
    stored.revisions.append(
        Revision(number=stored.revision, text=stored.text, until=change.edited_at)
    )
    if stored.ticket.subject == threads.subject_of(stored.text):
        stored.ticket.subject = threads.subject_of(change.message.text)
    stored.text = change.message.text
    stored.edited_at = change.edited_at
    record(stored.ticket, EventKind.EDITED, message_id=stored.id)


def _delete(channel: str, change: Deleted) -> list[str]:
    """Gives the keys of the copies that went with the message."""
    account = _account(channel, change.account)
    stored = _find(account, change.external_id, locked=True)
    if stored is None:
        # Its message may be on its way into the database. Every row of a message refers to its
        # account, so this lock waits for those that are being filed and holds back the next.
        db.session.refresh(account, with_for_update=True)
        stored = _find(account, change.external_id, locked=True)
    if stored is None:
        _remember(account, change)
        return []
    if stored.deleted_at:
        return []
    ticket = lock(stored.ticket_id)
    keys = [attachment.storage_key for attachment in stored.attachments if attachment.storage_key]
    _blank(stored, change.deleted_at)
    record(ticket, EventKind.DELETED, message_id=stored.id)
    settle_clocks(ticket)
    return keys


def _remember(account: Account, change: Deleted) -> None:
    if db.session.get(Tombstone, (account.id, change.external_id)) is None:
        db.session.add(
            Tombstone(
                account_id=account.id,
                external_id=change.external_id,
                deleted_at=change.deleted_at,
            )
        )


def _blank(stored: Message, at: datetime) -> None:
    if stored.ticket.subject == threads.subject_of(stored.text):
        stored.ticket.subject = ""
    stored.text = ""
    stored.deleted_at = at
    stored.revisions.clear()
    stored.attachments.clear()


def _hide(channel: str, change: Hidden) -> None:
    stored = _find(_account(channel, change.account), change.external_id, locked=True)
    if stored is None or bool(stored.hidden_at) == change.hidden:
        return
    stored.hidden_at = change.at if change.hidden else None
    kind = EventKind.HIDDEN if change.hidden else EventKind.SHOWN
    record(stored.ticket, kind, message_id=stored.id)


def _echo(channel: str, said: Echo) -> None:
    account = _account(channel, said.account)
    if _find(account, said.external_id):
        return
    if ours := _sent_by_the_hub(account, said):
        _settle(ours, said)
        return
    ticket = threads.of_echo(account, said)
    if ticket is None:
        return  # the council spoke first: there is no matter of a citizen yet
    stored = Message(
        ticket=ticket,
        account=account,
        conversation=said.conversation or "",
        direction=Direction.OUT,
        visibility=said.visibility,
        text=said.text,
        external_id=said.external_id,
        reply_to=said.reply_to,
        posted_at=_not_in_the_future(said.posted_at),
        sent_at=_not_in_the_future(said.posted_at),
        delivery=DeliveryStatus.SENT,
        outside=True,
        marker=secrets.token_urlsafe(12),
    )
    db.session.add(stored)
    db.session.flush()
    record(ticket, EventKind.ANSWERED_OUTSIDE, message_id=stored.id)
    set_answered(ticket)


def _sent_by_the_hub(account: Account, said: Echo) -> Message | None:
    """The outbound message this echo is of: by its marker, else a message that is on its way or
    of unknown fate with the same text (public comments carry no marker), rather one of the ticket
    that the echo stands in."""
    query = select(Message).where(
        Message.account_id == account.id, Message.direction == Direction.OUT
    )
    if said.marker:
        return db.session.scalar(query.where(Message.marker == said.marker).with_for_update())
    candidates = db.session.scalars(
        query.where(
            Message.delivery.in_([DeliveryStatus.SENDING, DeliveryStatus.UNKNOWN]),
            Message.external_id.is_(None),
            Message.visibility == said.visibility,
            func.length(Message.text) > 0,
        )
        .order_by(Message.id)
        .with_for_update()
    )
    wanted = _squeezed(said.text)
    same = [message for message in candidates if _squeezed(message.text) == wanted]
    if len(same) < 2:
        return same[0] if same else None
    ticket = threads.of_echo(account, said)
    return min(same, key=lambda message: ticket is None or message.ticket_id != ticket.id)


def _settle(ours: Message, said: Echo) -> None:
    if ours.external_id is None:
        set_sent(ours, external_id=said.external_id, at=_not_in_the_future(said.posted_at))


def _squeezed(text: str) -> str:
    """A platform may change white space at the ends and in between."""
    return " ".join(text.split())


def _not_in_the_future(instant: datetime) -> datetime:
    """A platform's clock may run ahead of ours; nobody has waited a negative time."""
    return min(instant, now())


def _account(channel: str, external_id: str) -> Account:
    account = db.session.scalar(
        select(Account).where(Account.channel == channel, Account.external_id == external_id)
    )
    if account is None:
        raise UnknownAccount(f"{channel} account {external_id} is not connected")
    return account


def _find(account: Account, external_id: str, *, locked: bool = False) -> Message | None:
    query = select(Message).where(
        Message.account_id == account.id, Message.external_id == external_id
    )
    if locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(query)
