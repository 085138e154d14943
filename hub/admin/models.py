"""What people are told of a sick account by e-mail."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.accounts.models import User
from hub.channels.models import Account
from hub.clock import UtcDateTime, now
from hub.database import Base, BigInt, Id, partial_index


class Alarm(Base):
    """One e-mail to one person: an account is sick, or well again when `problems` is empty.

    `next_at`: when it is to leave (again), None once it has left or was given up; `error`: code of
    what stopped the last try.
    """

    __tablename__ = "alarm"
    __table_args__ = (partial_index("ix_alarm_due", "next_at", where=text("next_at IS NOT NULL")),)

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Account.id))
    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey(User.id))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    problems: Mapped[list[str]] = mapped_column(JSON, default=list)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=now)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(String(64), default="")

    account: Mapped[Account] = relationship()
    user: Mapped[User] = relationship()
