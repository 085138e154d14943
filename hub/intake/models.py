"""What came in, as it came."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.channels.models import Account
from hub.clock import UtcDateTime, now
from hub.database import Base, BigInt, Id, PlainText, partial_index


class DeliveryState(StrEnum):
    """`polled`: nobody delivered it; it keeps what a poll brought and could not be placed."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    POLLED = "polled"


class Delivery(Base):
    """One raw delivery of a platform, stored before anything is made of it.

    `digest` is unique: the same bytes delivered twice are one row.
    `lease_until`: a worker has it until then; afterwards another may take it.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("channel", "digest"),
        partial_index("ix_delivery_due", "channel", "next_at", where=text("state = 'waiting'")),
        Index("ix_delivery_state_id", "state", "id"),
    )

    id: Mapped[Id]
    channel: Mapped[str] = mapped_column(String(32))
    digest: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    state: Mapped[DeliveryState] = mapped_column(String(16), default=DeliveryState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(Text, default="")

    kept: Mapped[list["KeptItem"]] = relationship(
        order_by="KeptItem.position", cascade="all, delete-orphan"
    )


class KeptItem(Base):
    """One item of a delivery that could not be placed: unknown to the channel, or broken while
    it was filed. Its neighbours were processed; this one waits for a person or a replay.

    An item that nobody delivered names the account that was asked, `asked_since`: for what was
    there since then, and its `external_id` on the platform where it has one."""

    __tablename__ = "kept_item"
    __table_args__ = (UniqueConstraint("delivery_id", "position"),)

    id: Mapped[Id]
    delivery_id: Mapped[int] = mapped_column(BigInt, ForeignKey("delivery.id"))
    position: Mapped[int]
    reason: Mapped[str] = mapped_column(PlainText)
    raw: Mapped[Any] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    account_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey(Account.__table__.c.id))
    asked_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    external_id: Mapped[str] = mapped_column(String(255), default="")


class Tombstone(Base):
    """A removal that came before its message, so that the late message is filed without text."""

    __tablename__ = "tombstone"

    account_id: Mapped[int] = mapped_column(
        BigInt, ForeignKey(Account.__table__.c.id), primary_key=True
    )
    external_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    deleted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Gap(Base):
    """A time in which messages of an account may not have reached the hub, and how far the
    platform has been asked for them.

    `since` and `until`: from when to when; `until` None: up to now. `reason` says how it was
    noticed. `next_at`: when the platform is asked (again), None once that is done; `found`: how
    many messages were new; `error`: code of what stopped the last try.
    """

    __tablename__ = "gap"
    __table_args__ = (
        partial_index("ix_gap_due", "next_at", where=text("next_at IS NOT NULL")),
        Index("ix_gap_account_id_id", "account_id", "id"),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Account.__table__.c.id))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(32))
    noticed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=now)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    found: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(64), default="")
    filled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    account: Mapped[Account] = relationship()


class Pulse(Base):
    """That a part of the hub was alive: `name` says which, `at` when it last said so. A long time
    without it is a gap."""

    __tablename__ = "pulse"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
