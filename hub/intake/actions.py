"""Filing what the channels give. `receive` is the one way in for every message of a citizen.

Each value is one transaction, and filing it twice has no second effect: unique keys decide, and
whoever loses a race tries once more on what the winner wrote.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from hub.channels import accounts
from hub.channels.base import (
    AccessRevoked,
    AccountBroken,
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
from hub.intake import copies, echoes, gaps, threads
from hub.intake.models import Tombstone
from hub.intake.staleness import first_check
from hub.people import clues, codes
from hub.queue import ring
from hub.tickets.actions import lock, set_written_at, settle_clocks
from hub.tickets.history import record
from hub.tickets.languages import language_of
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
from hub.tickets.planning import set_awake
from hub.tickets.subjects import subject_of

Value = TypeVar("Value")
#: A task and the id of its row.
Ring = tuple[str, int]
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
    stored, wanted = _once(lambda: _receive(channel, message, also))
    for task, row_id in wanted:
        ring(task, row_id)
    return stored


def complete(channel: str, message: InboundMessage, *, edited_at: datetime | None = None) -> None:
    """Fill in what the platform told of a filed message when it was asked again: the author's
    name, the files, a text that has changed meanwhile, at `edited_at` if it says when. What is
    not filed stays unknown. Raises UnknownAccount."""
    for attachment_id in _once(lambda: _complete(channel, message, edited_at)):
        ring("copy_file", attachment_id)


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
    if cut_off := _once(lambda: _echo(channel, said)):
        ring("send_message", cut_off)


def note_revoked(channel: str, revoked: AccessRevoked) -> None:
    """The council's account was taken from the hub: stop, until somebody connects it again.
    Raises UnknownAccount."""
    _once(lambda: _pause(channel, revoked))


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
) -> tuple[Message, list[Ring]]:
    """Gives the message, and what is to be done about it once it is filed."""
    account = _account(channel, message.account)
    if known := _find(account, message.external_id):
        if known.edited_at:  # its edit came first, perhaps, and told its own time alone
            known = _find(account, message.external_id, locked=True) or known
            set_written_at(known, message.posted_at)
        return known, []
    if account.broken_because == accounts.DISCONNECTED:
        raise UnknownAccount(f"{channel} account {account.external_id} was disconnected")
    threads.hold_author(account, message.author)
    ticket, is_new = threads.ticket_for(channel, account, message)
    stored = _store(account, ticket, message)
    deleted_at = _deleted_at(account, message.external_id)
    if deleted_at:
        _blank(stored, deleted_at)
    if deleted_at or not is_new:
        settle_clocks(ticket)
    if ticket.state == State.WAITING and ticket.waiting_since:
        ticket.state = State.OPEN
    if also:
        also(stored)
    return stored, list(_wanted(stored))


def _store(account: Account, ticket: Ticket, message: InboundMessage) -> Message:
    stored = Message(
        ticket=ticket,
        account=account,
        conversation=message.conversation,
        direction=Direction.IN,
        visibility=message.visibility,
        text=message.text,
        language=language_of(message.text),
        external_id=message.external_id,
        reply_to=message.reply_to,
        identity=threads.identity(account, message.author, ticket.contact),
        posted_at=_not_in_the_future(message.posted_at),
        attachments=[_attachment(position, file) for position, file in enumerate(message.files)],
        notice=message.notice,
        details=dict(message.details),
        incomplete=message.incomplete,
    )
    stored.check_at = first_check(account.channel, stored)
    db.session.add(stored)
    record(ticket, EventKind.RECEIVED, message=stored)
    set_awake(ticket, by_citizen=True)
    db.session.flush()
    if stored.identity_id:
        clues.note_text(stored.identity_id, stored.text)
    return stored


def _wanted(stored: Message) -> Iterator[Ring]:
    """Its files are copied, the platform is asked for what it did not tell, and whoever told a code
    is known."""
    for attachment in stored.attachments:
        if attachment.state == FileState.PENDING:
            yield "copy_file", attachment.id
    if stored.incomplete and stored.check_at:
        yield "look_again", stored.account_id
    elif stored.identity and not stored.identity.name:
        yield "look_up_author", stored.identity.id
    if stored.ticket.publication and not stored.ticket.publication.text:
        yield "look_up_publication", stored.ticket.publication.id
    if code_id := codes.hear(stored):
        yield "identify_person", code_id


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


def _complete(channel: str, message: InboundMessage, edited_at: datetime | None) -> list[int]:
    """Gives the ids of the files to copy."""
    account = _account(channel, message.account)
    stored = _find(account, message.external_id, locked=True)
    if stored is None or stored.deleted_at:
        return []
    threads.identity(account, message.author, stored.ticket.contact)
    if stored.text != message.text:
        _revise(stored, message.text, edited_at or now(), keep=not stored.incomplete)
    stored.edited_at = edited_at or stored.edited_at
    if message.files and not stored.attachments:
        stored.attachments = [_attachment(position, f) for position, f in enumerate(message.files)]
    stored.details = dict(message.details)
    if stored.incomplete:
        stored.incomplete = False
        record(stored.ticket, EventKind.COMPLETED, message_id=stored.id)
    db.session.flush()
    return [file.id for file in stored.attachments if file.state == FileState.PENDING]


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
    stored.details = dict(change.message.details)
    _revise(stored, change.message.text, change.edited_at, keep=True)


def _revise(stored: Message, text: str, at: datetime, *, keep: bool) -> None:
    """Give the message another text. `keep` what it said before: it was the citizen's, not what
    was left of it by a delivery that cut it short."""
    ticket = lock(stored.ticket_id)
    if ticket.subject == subject_of(stored.text):
        ticket.subject = subject_of(text)
    if keep:
        stored.revision += 1
        stored.revisions.append(Revision(number=stored.revision, text=stored.text, until=at))
        stored.edited_at = at
        record(ticket, EventKind.EDITED, message_id=stored.id)
    stored.text, stored.language = text, language_of(text)


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
    is_ours = stored.direction == Direction.OUT
    record(ticket, EventKind.DELETED, message_id=stored.id, ours=is_ours)
    settle_clocks(ticket)
    return [] if is_ours else keys


def _deleted_at(account: Account, external_id: str) -> datetime | None:
    """When a message that had not come yet was removed."""
    return db.session.scalar(
        select(Tombstone.deleted_at).where(
            Tombstone.account_id == account.id, Tombstone.external_id == external_id
        )
    )


def _remember(account: Account, change: Deleted) -> None:
    if _deleted_at(account, change.external_id) is None:
        db.session.add(
            Tombstone(
                account_id=account.id,
                external_id=change.external_id,
                deleted_at=change.deleted_at,
            )
        )


def _blank(stored: Message, at: datetime) -> None:
    """What the council said is its own record and stays; what a citizen took back goes."""
    stored.deleted_at, stored.check_at = at, None
    if stored.direction == Direction.OUT:
        return
    if stored.ticket.subject == subject_of(stored.text):
        stored.ticket.subject = ""
    stored.text = stored.notice = ""
    stored.revisions.clear()
    stored.attachments.clear()


def _hide(channel: str, change: Hidden) -> None:
    stored = _find(_account(channel, change.account), change.external_id, locked=True)
    if stored is None or bool(stored.hidden_at) == change.hidden:
        return
    stored.hidden_at = change.at if change.hidden else None
    kind = EventKind.HIDDEN if change.hidden else EventKind.SHOWN
    record(stored.ticket, kind, message_id=stored.id)


def _echo(channel: str, said: Echo) -> int | None:
    """Gives the id of a message of ours whose next part can leave now."""
    account = _account(channel, said.account)
    if echoes.is_filed(account, said):
        return None
    if ours := echoes.sent_by_the_hub(account, said):
        return echoes.settle(ours, said, _not_in_the_future(said.posted_at))
    ticket = threads.of_echo(account, said)
    if ticket is None:
        return None  # the council spoke first: there is no matter of a citizen yet
    if echoes.is_filed(account, said):  # by a worker that held the row until now
        return None
    echoes.file_outside(ticket, account, said, _not_in_the_future(said.posted_at))
    return None


def _pause(channel: str, revoked: AccessRevoked) -> None:
    account = _account(channel, revoked.account)
    db.session.refresh(account, with_for_update={"of": Account})
    if account.connected_at <= revoked.at and not account.broken_because:
        accounts.pause(account, AccountBroken("revoked"))
        gaps.note(account.id, revoked.at, reason=gaps.PAUSED)


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
