"""What citizens may read: the form's subjects, and their own exchange."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select, union_all
from sqlalchemy.orm import aliased, joinedload, selectinload

from hub.clock import now
from hub.extensions import db
from hub.regrouping.models import (
    IS_STANDING_MERGE,
    Kind,
    MovedConversation,
    MovedMessage,
    Regrouping,
)
from hub.routing import queries as routing
from hub.routing.models import FALLBACK
from hub.tickets.models import (
    Attachment,
    Conversation,
    DeliveryStatus,
    Direction,
    FileState,
    Message,
    Ticket,
)
from hub.tickets.people import Identity

TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
MOST_MESSAGES = 500
#: Our own words that were not said yet, or never will be. A failed e-mail is no such case: the
#: tracking page is where the answer stands, e-mail only brings a copy.
UNSAID = (DeliveryStatus.SCHEDULED, DeliveryStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Tracked:
    """All that belongs to one tracking page: what was said in one conversation, whose key is
    `conversation`, and nothing else of the person.

    `tickets`: those in which it stands, oldest first: a message after the reopening time opens a
    new one, and agents merge and split tickets. `latest` is the one that goes on. `own` is the one
    that the page names: the latest, unless that was opened by another conversation, whose subject
    is not to be shown here.
    """

    tickets: Sequence[Ticket]
    latest: Ticket
    own: Ticket
    author: Identity
    conversation: str


def subjects() -> list[tuple[str, str]]:
    """(slug, subject) of the departments citizens choose from, in their order. The fallback
    comes last: it is for those who found nothing above."""
    offered = [(d.slug, d.subject) for d in routing.departments() if d.subject]
    return sorted(offered, key=lambda choice: choice[0] == FALLBACK)


def tracked(token: str) -> Tracked | None:
    """What the address with this token shows; None when there is no such address. As many
    statements however long the exchange."""
    if not TOKEN.fullmatch(token):
        return None
    opened = db.session.scalar(
        select(Ticket).where(Ticket.tracking_token == token).options(joinedload(Ticket.department))
    )
    first = _first_message(opened) if opened else None
    if opened is None or first is None or first.identity is None:
        return None
    held = db.session.execute(
        select(Conversation.ticket_id, _was_merged()).where(
            Conversation.account_id == first.account_id, Conversation.key == first.conversation
        )
    ).one_or_none()
    if held is None:
        return None
    tickets = _with_messages_of(first.identity)
    latest = db.session.get_one(Ticket, held[0])
    own = opened if held[1] else latest
    return Tracked(tickets, latest, own, first.identity, first.conversation)


def exchange(tracked: Tracked) -> list[Message]:
    """What was said, oldest first, as the citizen may read it: no notes, nothing deleted, nothing
    that was not said. The last MOST_MESSAGES."""
    rows = db.session.scalars(
        select(Message)
        .where(*_readable(tracked))
        .options(selectinload(Message.attachments), selectinload(Message.user))
        .order_by(Message.posted_at.desc(), Message.id.desc())
        .limit(MOST_MESSAGES)
    ).all()
    return list(reversed(rows))


def stamp(tracked: Tracked, messages: Sequence[Message]) -> str:
    """Changes whenever the page would show anything else."""
    shown = [
        *((t.id, t.state, t.department_id) for t in tracked.tickets),
        *((m.id, m.revision, *((a.state, a.pictures) for a in m.attachments)) for m in messages),
    ]
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def attachment(tracked: Tracked, attachment_id: int) -> Attachment | None:
    """A file of this exchange that can be fetched; None for any other."""
    return db.session.scalar(
        select(Attachment)
        .join(Attachment.message)
        .where(
            Attachment.id == attachment_id,
            Attachment.state == FileState.STORED,
            *_readable(tracked),
        )
    )


def _readable(tracked: Tracked) -> tuple[ColumnElement[bool], ...]:
    return (
        Message.ticket_id.in_([ticket.id for ticket in tracked.tickets]),
        Message.conversation == tracked.conversation,
        Message.direction.in_([Direction.IN, Direction.OUT]),
        Message.deleted_at.is_(None),
        or_(Message.delivery.is_(None), and_(Message.delivery.not_in(UNSAID), not_(_is_held()))),
    )


def _is_held() -> ColumnElement[bool]:
    """Its author may still take it back (outbox/cancelling.py)."""
    return and_(Message.delivery == DeliveryStatus.PENDING, Message.next_at > now())


def _first_message(opened: Ticket) -> Message | None:
    """The message by which its citizen opened a ticket, wherever agents have moved it, and whatever
    they moved in."""
    first = select(func.min(Message.id)).where(Message.direction == Direction.IN)
    moved = select(MovedMessage.message_id).join(Regrouping)
    never_moved = ~exists().where(MovedMessage.message_id == Message.id)
    earlier = aliased(MovedMessage)
    moved_in = exists().where(
        earlier.message_id == MovedMessage.message_id,
        earlier.regrouping_id < MovedMessage.regrouping_id,
    )
    gone = moved.where(Regrouping.from_ticket_id == opened.id, ~moved_in)
    came = moved.where(Regrouping.into_ticket_id == opened.id, Regrouping.kind == Kind.SPLIT)
    firsts = union_all(
        first.where(Message.ticket_id == opened.id, never_moved),
        first.where(Message.id.in_(gone)),
        first.where(Message.id.in_(came)),
    ).subquery()
    return db.session.scalar(
        select(Message)
        .where(Message.id == select(func.min(firsts.c[0])).scalar_subquery())
        .options(joinedload(Message.identity))
    )


def _was_merged() -> ColumnElement[bool]:
    """Did agents let a conversation go on in a ticket that another one opened?"""
    return (
        exists()
        .where(
            MovedConversation.conversation_id == Conversation.id,
            MovedConversation.regrouping_id == Regrouping.id,
            IS_STANDING_MERGE,
        )
        .correlate(Conversation)
    )


def _with_messages_of(author: Identity) -> Sequence[Ticket]:
    written = select(Message.ticket_id).where(Message.identity_id == author.id)
    return db.session.scalars(
        select(Ticket)
        .where(Ticket.id.in_(written))
        .options(joinedload(Ticket.department))
        .order_by(Ticket.id)
    ).all()
