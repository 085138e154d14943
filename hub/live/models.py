"""Who is at work on which ticket, as long as they are."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from hub.accounts.models import User
from hub.clock import UtcDateTime
from hub.database import Base, BigInt
from hub.tickets.models import Ticket


class Presence(Base):
    """An open page of a ticket, under the key that it made up when it was loaded.

    `seen_at`: when it last spoke. `until`: how long its person counts as being there, unless it
    speaks again; no later than `seen_at` once it has said that they left. `writing`: they type.

    No history: rows go a minute after their page fell silent, and no copy of the hub has them.
    """

    __tablename__ = "presence"
    __table_args__ = ({"info": {"passing": True}},)

    user_id: Mapped[int] = mapped_column(
        BigInt, ForeignKey(User.id, ondelete="CASCADE"), primary_key=True
    )
    page: Mapped[str] = mapped_column(String(24), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(
        BigInt, ForeignKey(Ticket.id, ondelete="CASCADE"), index=True
    )
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    writing: Mapped[bool] = mapped_column(default=False)
