"""Merging tickets, splitting messages off, linking tickets, and undoing all three. Each is one
commit with its lines of history; who may do it is the caller's question."""

import secrets
from collections.abc import Collection
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.orm import aliased

from hub.accounts.models import User
from hub.clock import now
from hub.extensions import db
from hub.regrouping import belongings, clocks, moving, queries
from hub.regrouping.models import (
    Kind,
    LinkKind,
    MovedConversation,
    MovedMessage,
    Regrouping,
    TicketLink,
)
from hub.regrouping.refusals import (
    FoldedAlready,
    NothingLeft,
    NotThere,
    OtherPerson,
    OtherPlace,
    SameTicket,
    StandsBelow,
    UndoneAlready,
)
from hub.tickets.history import record
from hub.tickets.models import Conversation, Direction, EventKind, Message, State, Ticket
from hub.tickets.planning import set_awake
from hub.tickets.subjects import subject_of


def merge(source: Ticket, target: Ticket, reason: str, *, by: User) -> Regrouping:
    """Put all messages of `source` into `target`, and close it. Its conversations follow, so the
    citizen's next message comes to the target. Answers that have not left go with it. The target
    is followed by those who follow the source, and gets its tags, as many as it has room for.

    Raises CannotRegroup (see refusals.py): nothing was changed then.
    """
    with moving.holding(source, target):
        _check_merge(source, target)
        before = {"from": clocks.standing(source), "into": clocks.standing(target)}
        waits = source.waiting_since is not None
        done = _note(Kind.MERGE, source, target, reason=reason, by=by, before=before)
        moving.move_messages(moving.message_ids(source), target, done)
        moving.move_conversations(moving.conversation_ids(source), target, done)
        set_awake(source, by=by)
        clocks.fold(source)
        if waits:
            set_awake(target, by=by)
        clocks.settle_merged(target, before["from"], waits=waits)
        _keep_standing(done, source, target)
        record(source, EventKind.MERGED, user_id=by.id, into=target.reference, reason=reason)
        record(
            target,
            EventKind.MERGED,
            user_id=by.id,
            reference=source.reference,
            reason=reason,
            no_room=belongings.give(done, by=by),
        )
    return done


def split(ticket: Ticket, message_ids: Collection[int], reason: str, *, by: User) -> Ticket:
    """Put some messages of a ticket into a new one of the same person and department. A
    conversation follows its newest message.

    Raises NothingLeft, NotThere, BeingSent, FoldedAlready.
    """
    with moving.holding(ticket):
        _check_split(ticket, message_ids)
        before = {"from": clocks.standing(ticket)}
        made = _split_off(ticket, message_ids, by)
        done = _note(Kind.SPLIT, ticket, made, reason=reason, by=by, before=before)
        conversations = _led_by(ticket, message_ids)
        moving.move_messages(message_ids, made, done)
        moving.move_conversations(conversations, made, done)
        clocks.settle_split(ticket, made)
        _keep_standing(done, ticket, made)
        record(ticket, EventKind.SPLIT, user_id=by.id, into=made.reference)
        record(made, EventKind.SPLIT, user_id=by.id, reference=ticket.reference)
    return made


def undo(regrouping: Regrouping, *, by: User) -> None:
    """Bring the messages back, with what was written since in their conversations (merge), or
    with all that is in the ticket that was split off. Tags and followers that a merge gave are
    taken back where nobody has chosen them since. Raises UndoneAlready, StandsBelow, BeingSent."""
    source, target = regrouping.from_ticket, regrouping.into_ticket
    with moving.holding(source, target):
        db.session.refresh(regrouping)
        if regrouping.undone_at is not None:
            raise UndoneAlready
        if not queries.is_newest(regrouping):
            raise StandsBelow
        regrouping.undone_at, regrouping.undone_by_id = now(), by.id
        if regrouping.kind == Kind.MERGE:
            _undo_merge(regrouping, source, target, by)
        else:
            _undo_split(regrouping, source, target, by)


def link(ticket: Ticket, other: Ticket, kind: LinkKind, *, by: User) -> None:
    """Note that two tickets belong together. Linking again changes the kind. Raises SameTicket."""
    low, high = sorted([ticket.id, other.id])
    if low == high:
        raise SameTicket
    with moving.holding(ticket, other):
        known = db.session.get(TicketLink, (low, high))
        if known is not None:
            known.kind = kind
            return
        db.session.add(TicketLink(ticket_id=low, other_id=high, kind=kind, by_id=by.id))
        record(ticket, EventKind.LINKED, user_id=by.id, reference=other.reference)
        record(other, EventKind.LINKED, user_id=by.id, reference=ticket.reference)


def unlink(ticket: Ticket, other: Ticket, *, by: User) -> None:
    """Take the link away; none is no matter."""
    low, high = sorted([ticket.id, other.id])
    with moving.holding(ticket, other):
        known = db.session.get(TicketLink, (low, high))
        if known is None:
            return
        db.session.delete(known)
        record(ticket, EventKind.UNLINKED, user_id=by.id, reference=other.reference)
        record(other, EventKind.UNLINKED, user_id=by.id, reference=ticket.reference)


# --- Steps of the above, on tickets that are held -------------------------------------------------


def _check_merge(source: Ticket, target: Ticket) -> None:
    if source.id == target.id:
        raise SameTicket
    if source.contact_id != target.contact_id:
        raise OtherPerson
    if (source.account_id, source.visibility) != (target.account_id, target.visibility):
        raise OtherPlace
    if queries.folded_into(source) or queries.folded_into(target):
        raise FoldedAlready
    moving.refuse_sending(Message.ticket_id == source.id)


def _check_split(ticket: Ticket, message_ids: Collection[int]) -> None:
    if queries.folded_into(ticket):
        raise FoldedAlready
    if not set(message_ids) <= moving.message_ids(ticket):
        raise NotThere
    theirs = set(
        db.session.scalars(
            select(Message.id).where(
                Message.ticket_id == ticket.id, Message.direction == Direction.IN
            )
        )
    )
    if not theirs & set(message_ids) or theirs <= set(message_ids):
        raise NothingLeft
    moving.refuse_sending(Message.id.in_(message_ids))


def _note(
    kind: Kind,
    source: Ticket,
    target: Ticket,
    *,
    reason: str,
    by: User,
    before: dict[str, Any],
) -> Regrouping:
    done = Regrouping(
        kind=kind,
        from_ticket=source,
        into_ticket=target,
        reason=reason,
        by_id=by.id,
        before=before,
        last_message_id=moving.newest_message_id(source, target),
    )
    db.session.add(done)
    db.session.flush()
    return done


def _keep_standing(done: Regrouping, source: Ticket, target: Ticket) -> None:
    done.after = {"from": clocks.standing(source), "into": clocks.standing(target)}


def _split_off(ticket: Ticket, message_ids: Collection[int], by: User) -> Ticket:
    first = db.session.scalars(
        select(Message)
        .where(Message.id.in_(message_ids), Message.direction == Direction.IN)
        .order_by(Message.posted_at, Message.id)
        .limit(1)
    ).one()
    made = Ticket(
        subject=subject_of(first.text),
        state=State.OPEN,
        kind=ticket.kind,
        priority=ticket.priority,
        language=first.language or ticket.language,
        channel=ticket.channel,
        visibility=ticket.visibility,
        account=ticket.account,
        department=ticket.department,
        routed_because=ticket.routed_because,
        assignee_id=ticket.assignee_id,
        contact=ticket.contact,
        publication=ticket.publication,
        received_at=first.posted_at,
        opened_at=now(),
        tracking_token=secrets.token_urlsafe(32) if ticket.tracking_token else None,
    )
    db.session.add(made)
    db.session.flush()
    return made


def _led_by(ticket: Ticket, message_ids: Collection[int]) -> list[int]:
    """The conversations of a ticket whose newest message is one of these."""
    later = aliased(Message)
    newest = select(Message.conversation).where(
        Message.id.in_(message_ids),
        Message.direction == Direction.IN,
        ~exists().where(
            later.ticket_id == ticket.id,
            later.direction == Direction.IN,
            later.conversation == Message.conversation,
            later.id > Message.id,
        ),
    )
    return list(
        db.session.scalars(
            select(Conversation.id).where(
                Conversation.ticket_id == ticket.id, Conversation.key.in_(newest)
            )
        )
    )


def _undo_merge(done: Regrouping, source: Ticket, target: Ticket, by: User) -> None:
    moved = select(MovedConversation.conversation_id).where(
        MovedConversation.regrouping_id == done.id
    )
    keys = select(Conversation.key).where(Conversation.id.in_(moved))
    back = _moved_and_since(done, target, list(db.session.scalars(keys)))
    moving.refuse_sending(Message.id.in_(back))
    moving.move_messages(back, source)
    _give_keys_back(done)
    mine = select(Conversation.id).where(
        Conversation.id.in_(moved), Conversation.ticket_id == target.id
    )
    moving.move_conversations(db.session.scalars(mine).all(), source, None)
    _let_follow(source, target, list(db.session.scalars(keys)))
    for ticket, name in ((source, "from"), (target, "into")):
        clocks.restore(ticket, done.before[name], done.after[name], done.last_message_id)
    record(source, EventKind.UNMERGED, user_id=by.id, reference=target.reference)
    record(target, EventKind.UNMERGED, user_id=by.id, reference=source.reference)
    belongings.take_back(done, by=by)


def _undo_split(done: Regrouping, source: Ticket, made: Ticket, by: User) -> None:
    moving.refuse_sending(Message.ticket_id == made.id)
    moving.move_messages(moving.message_ids(made), source)
    moving.move_conversations(moving.conversation_ids(made), source, None)
    clocks.fold(made)
    clocks.restore(source, done.before["from"], done.after["from"], done.last_message_id)
    record(made, EventKind.UNSPLIT, user_id=by.id, into=source.reference)
    record(source, EventKind.UNSPLIT, user_id=by.id, reference=made.reference)


def _moved_and_since(done: Regrouping, target: Ticket, keys: list[str]) -> set[int]:
    moved = select(MovedMessage.message_id).where(MovedMessage.regrouping_id == done.id)
    since = select(Message.id).where(
        Message.ticket_id == target.id,
        Message.id > done.last_message_id,
        Message.conversation.in_(keys),
    )
    return {*db.session.scalars(moved), *db.session.scalars(since)}


def _give_keys_back(done: Regrouping) -> None:
    laid_down = select(MovedMessage).where(
        MovedMessage.regrouping_id == done.id, MovedMessage.idempotency_key.is_not(None)
    )
    for moved in db.session.scalars(laid_down):
        db.session.get_one(Message, moved.message_id).idempotency_key = moved.idempotency_key


def _let_follow(source: Ticket, target: Ticket, keys: list[str]) -> None:
    """A ticket that the citizen opened since, too late to reopen the merged one, follows the one
    in whose conversation it was opened."""
    written = exists().where(Message.ticket_id == Ticket.id, Message.conversation.in_(keys))
    db.session.execute(
        update(Ticket)
        .where(Ticket.contact_id == target.contact_id, Ticket.previous_id == target.id, written)
        .values(previous_id=source.id)
        .execution_options(synchronize_session=False)
    )
