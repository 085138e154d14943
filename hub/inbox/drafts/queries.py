"""Reading drafts."""

from collections.abc import Collection, Mapping
from functools import cache

from sqlalchemy import Select, Text, bindparam, cast, select

from hub import files
from hub.accounts.models import User
from hub.accounts.readers import Reader
from hub.extensions import db
from hub.inbox.drafts.models import DraftKind, SavedDraft
from hub.outbox.scheduling import OVERTAKEN
from hub.tickets.models import NOT_SENT, DeliveryStatus, Message, Ticket


def one(ticket: Ticket, user: User, kind: DraftKind, *, lock: bool = False) -> SavedDraft | None:
    """This person's draft. `lock`: until the transaction ends."""
    query = select(SavedDraft).where(
        SavedDraft.user_id == user.id, SavedDraft.ticket_id == ticket.id, SavedDraft.kind == kind
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(query)


def both(ticket: Ticket, user: User) -> Mapping[str, SavedDraft]:
    """This person's drafts in this ticket, by their kind. One statement."""
    values = {"user_id": user.id, "ticket_id": ticket.id}
    return {draft.kind: draft for draft in db.session.scalars(_both(), values)}


@cache
def _both() -> Select[SavedDraft]:
    is_here = SavedDraft.ticket_id == bindparam("ticket_id")
    return select(SavedDraft).where(SavedDraft.user_id == bindparam("user_id"), is_here)


def ticket_ids(user: Reader) -> Select[int]:
    """The tickets in which this person has begun to write."""
    return select(SavedDraft.ticket_id).where(SavedDraft.user_id == user.id)


def begun_among(user: User, ids: Collection[int]) -> set[int]:
    """Those of these tickets. One statement; none without ids."""
    if not ids:
        return set()
    return set(db.session.scalars(ticket_ids(user).where(SavedDraft.ticket_id.in_(ids))))


def held_back() -> list[int]:
    """Ids of answers that were held back and that their authors do not have yet."""
    query = select(Message.id).where(
        NOT_SENT,
        Message.delivery == DeliveryStatus.CANCELLED,
        Message.error_code == OVERTAKEN,
    )
    return list(db.session.scalars(query.order_by(Message.id).limit(100)))


@files.keeps_held
def files_of_drafts() -> set[str]:
    """The keys of all files that go with a draft."""
    with_files = select(SavedDraft.files).where(cast(SavedDraft.files, Text) != "[]")
    return {file["key"] for held in db.session.scalars(with_files) for file in held}
