"""The council's accounts on the channels."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.clock import UtcDateTime, now
from hub.database import Base, BigInt, Id


class Account(Base):
    """A page, a handle or a form of the council.

    `sealed_credentials`: encrypted JSON, see credentials.py.
    `broken_because`: code of the ChannelError that paused sending; empty when all is well.
    `renewing_until`: somebody is exchanging the credentials for new ones until then.
    `cursor`: how far polling has come, in the channel's own words; `next_poll_at` None: at once;
    `polled_at`: when a poll last came to its end; `poll_error`: code of what stopped the last one.
    """

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("channel", "external_id"),)

    id: Mapped[Id]
    channel: Mapped[str] = mapped_column(String(32))
    external_id: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(160))
    sealed_credentials: Mapped[str] = mapped_column(Text, default="")
    features: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    broken_because: Mapped[str] = mapped_column(String(64), default="")
    broken_detail: Mapped[str] = mapped_column(Text, default="")
    broken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    connected_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    renewing_until: Mapped[datetime | None] = mapped_column(UtcDateTime)

    cursor: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    next_poll_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    poll_lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    polled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    poll_error: Mapped[str] = mapped_column(String(64), default="")


class Checkup(Base):
    """What the last look at an account found.

    `problems` are sentences in the council's language, with the repair in words; `facts` what else
    was found. `sick_since`: since when there has been a problem; `told_at`: when supervisors were
    told of it. `deaf_since`: the last sign of what citizens write before the platform stopped
    telling of it, or the last look before the account was connected again; `unreachable_since`:
    since when the platform could not be asked. `next_at` None: at once.
    """

    __tablename__ = "checkup"

    account_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Account.id), primary_key=True)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    problems: Mapped[list[str]] = mapped_column(JSON, default=list)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    sick_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deaf_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    unreachable_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)

    account: Mapped[Account] = relationship()
