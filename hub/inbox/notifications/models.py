"""What people are told, and how far the history was read for it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.accounts.mails import Mailing
from hub.accounts.models import User
from hub.clock import UtcDateTime
from hub.database import Base, BigInt, Id, partial_index
from hub.tickets.models import Event, Ticket


class Kind(StrEnum):
    """Why somebody is told."""

    MENTIONED = "mentioned"
    CONSULTED = "consulted"
    ANSWERED = "answered"
    ASSIGNED = "assigned"
    NOT_SENT = "not_sent"
    MESSAGE = "message"
    WOKEN = "woken"
    TRANSFERRED = "transferred"
    CLOSED = "closed"


class Digest(Mailing, Base):
    """One e-mail to one person with what they had not read."""

    __tablename__ = "digest"
    __table_args__ = (
        partial_index("ix_digest_due", "next_at", where=text("next_at IS NOT NULL")),
        Index("ix_digest_user", "user_id", "at"),
    )


class Notification(Base):
    """One person is told of one line of a ticket's history.

    `at`: when it happened. `mail_at`: from when on it goes into an e-mail, None when it does not,
    does not any more, or is in `digest`.
    """

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("user_id", "event_id"),
        Index("ix_notification_user", "user_id", "id"),
        partial_index(
            "ix_notification_unread", "user_id", "ticket_id", where=text("read_at IS NULL")
        ),
        partial_index(
            "ix_notification_to_mail", "user_id", "mail_at", where=text("mail_at IS NOT NULL")
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey(User.id))
    ticket_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Ticket.id))
    event_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Event.id))
    kind: Mapped[Kind] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mail_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    digest_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey(Digest.id), index=True)

    ticket: Mapped[Ticket] = relationship()
    event: Mapped[Event] = relationship()
    user: Mapped[User] = relationship()
    digest: Mapped[Digest | None] = relationship()


class Reader(Base):
    """How far the history was read. Whoever reads on holds the row.

    All lines up to `position` were read for good, and up to `reached` those that could be seen:
    PostgreSQL gives ids in order and commits in any. Once no transaction is open any more that was
    when `horizon` was noted, nothing can come up to `bound` (see reading.py).
    """

    __tablename__ = "reader"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    position: Mapped[int] = mapped_column(BigInt)
    reached: Mapped[int] = mapped_column(BigInt)
    bound: Mapped[int | None] = mapped_column(BigInt)
    horizon: Mapped[int | None] = mapped_column(BigInt)
