"""What somebody has begun to write and not sent."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.accounts.models import User
from hub.clock import UtcDateTime, now
from hub.database import Base, BigInt, Id, PlainText
from hub.tickets.models import Ticket


class DraftKind(StrEnum):
    REPLY = "reply"
    NOTE = "note"


class SavedDraft(Base):
    """One person's unsent words in one ticket: a reply and a note at most.

    `files`: those that go with it, as ReplyFile describes them. `seen`: the last line of the
    ticket's history that its author knew. `revision` rises with each change: a page that saves on
    top of an older one is told. `writer`: which open page saved it last, in its `turn`th save: what
    the same page sent earlier and arrives later means nothing. `notice`: why the hub itself put it
    there, "" where it did not.
    """

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("user_id", "ticket_id", "kind"),)

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Ticket.id), index=True)
    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey(User.id))
    kind: Mapped[DraftKind] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(PlainText, default="")
    way: Mapped[str] = mapped_column(String(64), default="")
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    seen: Mapped[int] = mapped_column(BigInt, default=0)
    revision: Mapped[int] = mapped_column(default=1)
    writer: Mapped[str] = mapped_column(String(32), default="")
    turn: Mapped[int] = mapped_column(default=0)
    notice: Mapped[str] = mapped_column(String(32), default="")
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)

    ticket: Mapped[Ticket] = relationship()
