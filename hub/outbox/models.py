"""The trace of each attempt to say something on a platform."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hub.clock import UtcDateTime, now
from hub.database import Base, BigInt, Id
from hub.tickets.models import Message


class Attempt(Base):
    """One call to a platform for one message. `finished_at` None: its worker died in the call.
    `outcome` is "sent" or the code of the ChannelError."""

    __tablename__ = "attempt"

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Message.id), index=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(64), default="")
    detail: Mapped[str] = mapped_column(Text, default="")
