"""The trace of each attempt to say something on a platform, and what it cost."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hub.channels.models import Account
from hub.clock import UtcDateTime, now
from hub.database import Base, BigInt, Id, Money
from hub.tickets.models import Message


class Attempt(Base):
    """One call to a platform for one message, or for the `part` of it with this number.

    `finished_at` None: its worker died in the call. `outcome` is "sent" or the code of the
    ChannelError. `cost`: what was reserved for it."""

    __tablename__ = "attempt"

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Message.id), index=True)
    part: Mapped[int | None]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(64), default="")
    detail: Mapped[str] = mapped_column(Text, default="")
    cost: Mapped[Decimal | None] = mapped_column(Money)


class Spending(Base):
    """What the answers of one account have cost in one month of UTC ("2026-11")."""

    __tablename__ = "spending"

    account_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Account.id), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
