"""Which tickets were brought together or taken apart, so that it can be undone."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.accounts.models import User
from hub.clock import UtcDateTime, now
from hub.database import Base, BigInt, Id, PlainText
from hub.tickets.models import Conversation, Message, Ticket

STANDING_MERGE = text("kind = 'merge' AND undone_at IS NULL")
#: The same for queries, which join other tables that have a kind.
IS_STANDING_MERGE = text("regrouping.kind = 'merge' AND regrouping.undone_at IS NULL")


class Kind(StrEnum):
    MERGE = "merge"
    SPLIT = "split"


class Regrouping(Base):
    """Messages that went from one ticket into another: all of them (merge), or some, into a
    ticket that was opened for them (split).

    `last_message_id`: the newest message of both at that time; what has a higher id came since.
    `before` and `after`: how both tickets stood, for the undoing (see clocks.py). `after` also has
    what the one gave the other besides messages (see belongings.py).
    """

    __tablename__ = "regrouping"
    __table_args__ = (
        # A ticket's messages are in one other ticket at most, whoever is faster.
        Index(
            "uq_regrouping_standing_merge",
            "from_ticket_id",
            unique=True,
            sqlite_where=STANDING_MERGE,
            postgresql_where=STANDING_MERGE,
        ),
        Index("ix_regrouping_from", "from_ticket_id", "id"),
        Index("ix_regrouping_into", "into_ticket_id", "id"),
    )

    id: Mapped[Id]
    kind: Mapped[Kind] = mapped_column(String(8))
    from_ticket_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Ticket.id))
    into_ticket_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Ticket.id))
    reason: Mapped[str] = mapped_column(PlainText)
    by_id: Mapped[int] = mapped_column(BigInt, ForeignKey(User.id))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey(User.id))
    last_message_id: Mapped[int] = mapped_column(BigInt)
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    from_ticket: Mapped[Ticket] = relationship(foreign_keys=from_ticket_id)
    into_ticket: Mapped[Ticket] = relationship(foreign_keys=into_ticket_id)


class MovedMessage(Base):
    """A message that went along. `idempotency_key`: what it had to lay down, because a message
    of the other ticket had the same."""

    __tablename__ = "moved_message"

    regrouping_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Regrouping.id), primary_key=True)
    message_id: Mapped[int] = mapped_column(
        BigInt, ForeignKey(Message.id), primary_key=True, index=True
    )
    idempotency_key: Mapped[str | None] = mapped_column(String(255))


class MovedConversation(Base):
    """A conversation that went along: what the citizen writes next in it does too."""

    __tablename__ = "moved_conversation"

    regrouping_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Regrouping.id), primary_key=True)
    conversation_id: Mapped[int] = mapped_column(
        BigInt, ForeignKey(Conversation.id), primary_key=True, index=True
    )


class LinkKind(StrEnum):
    RELATED = "related"
    DUPLICATE = "duplicate"


class TicketLink(Base):
    """Two tickets that belong together and stay two. `ticket_id` is the lower of the two."""

    __tablename__ = "ticket_link"

    ticket_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Ticket.id), primary_key=True)
    other_id: Mapped[int] = mapped_column(
        BigInt, ForeignKey(Ticket.id), primary_key=True, index=True
    )
    kind: Mapped[LinkKind] = mapped_column(String(16))
    by_id: Mapped[int] = mapped_column(BigInt, ForeignKey(User.id))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
