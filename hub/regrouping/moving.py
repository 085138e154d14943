"""Holding tickets with all that is in them, and moving messages from one to another. Everything
here is in the caller's transaction."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import ColumnElement, func, select, update

from hub.extensions import db
from hub.regrouping.models import MovedConversation, MovedMessage, Regrouping
from hub.regrouping.refusals import BeingSent
from hub.tickets.actions import lock
from hub.tickets.models import Conversation, DeliveryStatus, Message, Ticket

#: How often to begin again because a message came in meanwhile.
TRIES = 5


@contextmanager
def holding(*tickets: Ticket) -> Iterator[None]:
    """Hold tickets, their conversations and messages for one change, then commit. Whatever is
    raised inside rolls everything back.

    The order is that of all who lock: messages, conversations, tickets. What came in between
    the first and the last would be locked in the wrong order, so it is begun again then.
    """
    ids = sorted({ticket.id for ticket in tickets})
    try:
        for _try in range(TRIES):
            held = _lock_messages(ids)
            _lock_conversations(ids)
            for ticket_id in ids:
                lock(ticket_id)
            if held == _message_ids(ids):
                break
            db.session.rollback()
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


def refuse_sending(*conditions: ColumnElement[bool]) -> None:
    """Raises BeingSent while a worker has one of these messages in its hands."""
    sending = select(Message.id).where(*conditions, Message.delivery == DeliveryStatus.SENDING)
    if db.session.scalar(sending.limit(1)) is not None:
        raise BeingSent


def newest_message_id(*tickets: Ticket) -> int:
    ids = [ticket.id for ticket in tickets]
    newest = select(func.max(Message.id)).where(Message.ticket_id.in_(ids))
    return db.session.scalar(newest) or 0


def move_messages(ids: Collection[int], into: Ticket, note_in: Regrouping | None = None) -> None:
    """Put messages into another ticket, and note them for the undoing. Two messages of a ticket
    have not the same idempotency key: the one that comes lays it down."""
    taken = select(Message.idempotency_key).where(
        Message.ticket_id == into.id, Message.idempotency_key.is_not(None)
    )
    doubles = dict(
        db.session.execute(
            select(Message.id, Message.idempotency_key).where(
                Message.id.in_(ids), Message.idempotency_key.in_(taken)
            )
        ).all()
    )
    _update(ids, ticket_id=into.id, without_key=doubles)
    if note_in is not None:
        db.session.add_all(
            MovedMessage(
                regrouping_id=note_in.id, message_id=number, idempotency_key=doubles.get(number)
            )
            for number in sorted(ids)
        )


def move_conversations(ids: Collection[int], into: Ticket, note_in: Regrouping | None) -> None:
    """Let what the citizen writes next in these conversations come to another ticket."""
    for conversation in db.session.scalars(select(Conversation).where(Conversation.id.in_(ids))):
        conversation.ticket_id = into.id
        if note_in is not None:
            db.session.add(
                MovedConversation(regrouping_id=note_in.id, conversation_id=conversation.id)
            )
    db.session.flush()


def conversation_ids(ticket: Ticket) -> Sequence[int]:
    """The conversations that the ticket holds now."""
    return db.session.scalars(
        select(Conversation.id).where(Conversation.ticket_id == ticket.id)
    ).all()


def message_ids(ticket: Ticket) -> set[int]:
    return _message_ids([ticket.id])


def _update(ids: Collection[int], *, ticket_id: int, without_key: Collection[int]) -> None:
    moved = update(Message).execution_options(synchronize_session=False)
    if without_key:
        db.session.execute(moved.where(Message.id.in_(without_key)).values(idempotency_key=None))
    db.session.execute(moved.where(Message.id.in_(ids)).values(ticket_id=ticket_id))
    db.session.flush()
    for message in [one for one in db.session.identity_map.values() if isinstance(one, Message)]:
        db.session.expire(message)


def _lock_messages(ticket_ids: Sequence[int]) -> set[int]:
    rows = select(Message.id).where(Message.ticket_id.in_(ticket_ids)).order_by(Message.id)
    return set(db.session.scalars(rows.with_for_update()))


def _lock_conversations(ticket_ids: Sequence[int]) -> None:
    rows = select(Conversation.id).where(Conversation.ticket_id.in_(ticket_ids))
    db.session.execute(rows.order_by(Conversation.id).with_for_update()).all()


def _message_ids(ticket_ids: Sequence[int]) -> set[int]:
    return set(db.session.scalars(select(Message.id).where(Message.ticket_id.in_(ticket_ids))))
