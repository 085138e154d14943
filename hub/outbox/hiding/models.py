"""Wishes to have a citizen's public message hidden from other readers, or shown again."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.accounts.models import User
from hub.clock import UtcDateTime, now
from hub.database import Base, BigInt, Id, PlainText
from hub.tickets.models import Message

#: The condition of the partial indexes, word for word.
OPEN = text("state = 'asked'")


class HidingState(StrEnum):
    ASKED = "asked"
    DONE = "done"
    FAILED = "failed"


class Hiding(Base):
    """One such wish, with its reason: hiding is an act of a person that the council may have to
    justify. `hidden` False: to show it again. `next_at`: when the platform is asked (again)."""

    __tablename__ = "hiding"
    __table_args__ = (
        Index(
            "ix_hiding_open", "message_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN
        ),
        Index("ix_hiding_due", "next_at", sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Message.id), index=True)
    hidden: Mapped[bool]
    reason: Mapped[str] = mapped_column(PlainText)
    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey(User.id))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    state: Mapped[HidingState] = mapped_column(String(16), default=HidingState.ASKED)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=now)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error_code: Mapped[str] = mapped_column(String(64), default="")
    error_detail: Mapped[str] = mapped_column(Text, default="")

    message: Mapped[Message] = relationship()
    user: Mapped[User] = relationship()
