"""Keeping what is being written, as it is typed. Each is one commit, but for `forget`.

A page says on which revision its text is based. Where another one, on another device perhaps, has
saved meanwhile, both texts are kept, one below the other: nothing that somebody typed is lost, and
nothing is chosen for them.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cache
from typing import Final

from sqlalchemy import Delete, bindparam, delete, exists, or_, select
from sqlalchemy.exc import IntegrityError

from hub.accounts.models import User
from hub.clock import now
from hub.extensions import db
from hub.inbox.drafts import queries
from hub.inbox.drafts.models import DraftKind, SavedDraft
from hub.outbox.attaching import ReplyFile
from hub.outbox.scheduling import OVERTAKEN
from hub.tickets.models import NEVER_LEFT, DeliveryStatus, FileState, Message, Ticket

#: A draft that nobody has touched for so long is removed.
KEPT_FOR: Final = timedelta(days=30)
#: A save that left before its text was sent arrives within this time.
LATE: Final = timedelta(minutes=2)
#: What an answer that was held back is marked with once its author has it again.
RETURNED: Final = "overtaken-returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What stands in the composer of the open page `writer`, which saves it for the `turn`th time.
    `based_on`: the revision it grew from, 0 for none."""

    text: str
    way: str = ""
    files: Sequence[ReplyFile] = ()
    seen: int = 0
    based_on: int = 0
    writer: str = ""
    turn: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.text.strip() or self.files)


@dataclass(frozen=True, slots=True)
class Kept:
    """`draft` None: there is none any more. `was_joined`: another page had saved something else,
    and the draft holds both texts."""

    draft: SavedDraft | None
    was_joined: bool = False


def save(ticket: Ticket, user: User, kind: DraftKind, writing: Writing) -> Kept:
    """Keep what stands in the composer. What is empty removes the draft it is based on."""
    for _try in range(2):
        try:
            return _save(ticket, user, kind, writing)
        except IntegrityError:  # another device saved the first draft in the same instant
            db.session.rollback()
    return _save(ticket, user, kind, writing)


def forget(ticket: Ticket, user: User, kind: DraftKind) -> None:
    """Its text was sent: in the caller's transaction, best that which stores what was sent."""
    values = {"this_ticket": ticket.id, "this_user": user.id, "this_kind": kind}
    db.session.execute(_this(), values, execution_options={"synchronize_session": False})


@cache
def _this() -> Delete:
    return delete(SavedDraft).where(
        SavedDraft.ticket_id == bindparam("this_ticket"),
        SavedDraft.user_id == bindparam("this_user"),
        SavedDraft.kind == bindparam("this_kind"),
    )


def forget_old() -> int:
    """Remove drafts that nobody has touched for KEPT_FOR. Gives how many."""
    old = delete(SavedDraft).where(SavedDraft.updated_at < now() - KEPT_FOR)
    removed = db.session.scalars(old.returning(SavedDraft.id)).all()
    db.session.commit()
    return len(removed)


def return_to_author(message_id: int) -> None:
    """Make an answer that was held back (outbox/scheduling.py) a draft of its author again."""
    message = db.session.scalar(
        select(Message).where(Message.id == message_id).with_for_update(of=Message)
    )
    if message is None or (message.delivery, message.error_code) != _HELD_BACK:
        db.session.rollback()
        return
    if message.user_id is not None:
        _put_back(message)
    message.error_code = RETURNED
    db.session.commit()


_HELD_BACK = (DeliveryStatus.CANCELLED, OVERTAKEN)


def _save(ticket: Ticket, user: User, kind: DraftKind, writing: Writing) -> Kept:
    known = queries.one(ticket, user, kind, lock=True)
    if known is None:
        kept = _begin(ticket, user, kind, writing)
    elif known.writer == writing.writer != "" and writing.turn <= known.turn:
        kept = Kept(known)
    elif writing.based_on == known.revision or known.writer == writing.writer != "":
        kept = Kept(_replace(known, writing, writing.text))
    else:
        kept = _join(known, writing)
    db.session.commit()
    return kept


def _begin(ticket: Ticket, user: User, kind: DraftKind, writing: Writing) -> Kept:
    if writing.is_empty or _was_sent(ticket, user, writing.text):
        return Kept(None)
    begun = SavedDraft(ticket_id=ticket.id, user_id=user.id, kind=kind)
    db.session.add(begun)
    _replace(begun, writing, writing.text)
    begun.revision = 1
    return Kept(begun)


def _join(known: SavedDraft, writing: Writing) -> Kept:
    """One text that holds the other is both."""
    mine, theirs = writing.text.strip(), known.text.strip()
    if mine in theirs and not writing.files:
        return Kept(known, was_joined=mine != theirs)
    text = writing.text if theirs in mine else f"{theirs}\n\n{mine}"
    held = {file["key"]: file for file in [*known.files, *map(asdict, writing.files)]}
    _replace(known, writing, text)
    known.files = list(held.values())
    return Kept(known, was_joined=text != writing.text)


def _replace(draft: SavedDraft, writing: Writing, text: str) -> SavedDraft | None:
    if not text.strip() and not writing.files:
        db.session.delete(draft)
        return None
    draft.text, draft.way = text, writing.way
    draft.files = [asdict(file) for file in writing.files]
    draft.seen, draft.notice = writing.seen, ""
    draft.writer, draft.turn = writing.writer, writing.turn
    draft.revision = (draft.revision or 0) + 1
    draft.updated_at = now()
    return draft


def _was_sent(ticket: Ticket, user: User, text: str) -> bool:
    """Did this text, or what it grew to, leave a moment ago? Then the save that brings it now was
    on its way when it was sent."""
    said = text.replace("\r\n", "\n").strip()
    sent = exists().where(
        Message.ticket_id == ticket.id,
        Message.user_id == user.id,
        Message.created_at > now() - LATE,
        Message.text.startswith(said, autoescape=True),
        or_(Message.delivery.is_(None), Message.delivery.not_in(NEVER_LEFT)),
    )
    return bool(said) and bool(db.session.scalar(select(sent)))


def _put_back(message: Message) -> None:
    """Above what its author has begun to write there meanwhile."""
    known = db.session.scalar(
        select(SavedDraft)
        .where(
            SavedDraft.user_id == message.user_id,
            SavedDraft.ticket_id == message.ticket_id,
            SavedDraft.kind == DraftKind.REPLY,
        )
        .with_for_update()
    )
    files = [file for file in message.attachments if file.state == FileState.STORED]
    returned = known or SavedDraft(
        ticket_id=message.ticket_id, user_id=message.user_id, kind=DraftKind.REPLY, revision=0
    )
    db.session.add(returned)
    returned.text = "\n\n".join(filter(None, [message.text, returned.text or ""]))
    returned.way = f"{message.visibility}:{message.way}"
    returned.files = [*map(asdict, map(ReplyFile.of, files)), *(returned.files or [])]
    returned.revision += 1
    returned.notice, returned.updated_at = OVERTAKEN, now()
