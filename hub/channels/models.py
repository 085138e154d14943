"""The council's accounts on the channels."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub.channels.base import AccountAccess
from hub.channels.credentials import decrypt
from hub.clock import UtcDateTime, now
from hub.database import Base, Id


class Account(Base):
    """A page, a handle or a form of the council.

    `sealed_credentials`: encrypted JSON, see credentials.py.
    `broken_because`: code of the ChannelError that paused sending; empty when all is well.
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

    def access(self, secret_key: str) -> AccountAccess:
        """The plain value a channel works with. Its credentials are decrypted: never log it."""
        return AccountAccess(
            external_id=self.external_id,
            name=self.name,
            credentials=decrypt(self.sealed_credentials, secret_key),
            features=self.features,
        )
