"""What citizens may read: the form's subjects, and their own exchange."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, not_, or_, select
from sqlalchemy.orm import joinedload, selectinload

from hub.clock import now
from hub.extensions import db
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

TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
MOST_MESSAGES = 500
#: Our own words that were not said yet, or never will be. A failed e-mail is no such case: the
#: tracking page is where the answer stands, e-mail only brings a copy.
UNSAID = (DeliveryStatus.SCHEDULED, DeliveryStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Tracked:
    """All that belongs to one tracking page. `tickets` are those of one conversation, oldest
    first: a message after the reopening time opens a new one. `conversation` is its key."""

    tickets: Sequence[Ticket]
    conversation: str

    @property
    def latest(self) -> Ticket:
        return self.tickets[-1]


def subjects() -> list[tuple[str, str]]:
    """(slug, subject) of the departments citizens choose from, in their order. The fallback
    comes last: it is for those who found nothing above."""
    offered = [(d.slug, d.subject) for d in routing.departments() if d.subject]
    return sorted(offered, key=lambda choice: choice[0] == FALLBACK)


def tracked(token: str) -> Tracked | None:
    """What the address with this token shows; None when there is no such address. Three
    statements, however long the exchange."""
    if not TOKEN.fullmatch(token):
        return None
    opened = db.session.execute(
        select(Ticket.account_id, Message.conversation)
        .join(Message, Message.ticket_id == Ticket.id)
        .where(Ticket.tracking_token == token, Message.direction == Direction.IN)
        .order_by(Message.id)
        .limit(1)
    ).first()
    if opened is None:
        return None
    account_id, key = opened
    latest = db.session.scalar(
        select(Conversation.ticket_id).where(
            Conversation.account_id == account_id, Conversation.key == key
        )
    )
    return Tracked(_chain(latest), key) if latest else None


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
        *((m.id, m.revision, *(a.state for a in m.attachments)) for m in messages),
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
        Message.direction.in_([Direction.IN, Direction.OUT]),
        Message.deleted_at.is_(None),
        or_(Message.delivery.is_(None), and_(Message.delivery.not_in(UNSAID), not_(_is_held()))),
    )


def _is_held() -> ColumnElement[bool]:
    """Its author may still take it back (outbox/cancelling.py)."""
    return and_(Message.delivery == DeliveryStatus.PENDING, Message.next_at > now())


def _chain(latest: int) -> Sequence[Ticket]:
    """The ticket and all it follows, oldest first."""
    chain = select(Ticket.id, Ticket.previous_id).where(Ticket.id == latest).cte(recursive=True)
    chain = chain.union(
        select(Ticket.id, Ticket.previous_id).where(Ticket.id == chain.c.previous_id)
    )
    return db.session.scalars(
        select(Ticket)
        .where(Ticket.id.in_(select(chain.c.id)))
        .options(joinedload(Ticket.department), joinedload(Ticket.contact))
        .order_by(Ticket.id)
    ).all()
