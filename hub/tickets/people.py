"""The people who write, and the posts of the council under which they do."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.channels.models import Account
from hub.clock import UtcDateTime, now
from hub.database import Base, BigInt, Id, PlainText


class Contact(Base):
    """A person who writes to the council, by whatever channels."""

    __tablename__ = "contact"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(PlainText, default="")
    email: Mapped[str] = mapped_column(PlainText, default="")
    postal_address: Mapped[str] = mapped_column(PlainText, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Identity(Base):
    """A contact as one account of the council knows it."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("account_id", "external_id"),)

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Account.id))
    external_id: Mapped[str] = mapped_column(String(255))
    contact_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Contact.id), index=True)
    name: Mapped[str] = mapped_column(PlainText, default="")
    handle: Mapped[str] = mapped_column(PlainText, default="")

    account: Mapped[Account] = relationship()
    contact: Mapped[Contact] = relationship()


class Publication(Base):
    """A post of the council under which citizens wrote."""

    __tablename__ = "publication"
    __table_args__ = (UniqueConstraint("account_id", "external_id"),)

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Account.id))
    external_id: Mapped[str] = mapped_column(String(255))
    permalink: Mapped[str] = mapped_column(PlainText, default="")
    text: Mapped[str] = mapped_column(PlainText, default="")

    account: Mapped[Account] = relationship()
