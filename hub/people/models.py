"""Who is who: which identities are one person's, how that is known, and what hints at it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.accounts.models import User
from hub.clock import UtcDateTime, now
from hub.database import Base, BigInt, Id, PlainText
from hub.tickets.models import Message, Ticket
from hub.tickets.people import Contact, Identity

STANDING = text("undone_at IS NULL")


class How(StrEnum):
    """How it is known that two people are one. `code`: the citizen told a code that the hub had
    sent to the other identity."""

    HAND = "hand"
    CODE = "code"


class IdentityLink(Base):
    """Two contacts that are one person: all that was of the one counts as the other's, until it
    is undone. `filled`: which of the other's empty fields were filled in from the one.
    `ticket_id`: where it was said."""

    __tablename__ = "identity_link"
    __table_args__ = (
        # What is linked with a second person at the same time belongs to one of them.
        Index(
            "uq_identity_link_standing",
            "from_contact_id",
            unique=True,
            sqlite_where=STANDING,
            postgresql_where=STANDING,
        ),
        Index("ix_identity_link_contact", "contact_id", "id"),
    )

    id: Mapped[Id]
    from_contact_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Contact.id))
    contact_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Contact.id))
    ticket_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Ticket.id))
    how: Mapped[How] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(PlainText, default="")
    filled: Mapped[list[str]] = mapped_column(JSON, default=list)
    by_id: Mapped[int] = mapped_column(BigInt, ForeignKey(User.id))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey(User.id))

    from_contact: Mapped[Contact] = relationship(foreign_keys=from_contact_id)
    contact: Mapped[Contact] = relationship(foreign_keys=contact_id)
    by: Mapped[User] = relationship(foreign_keys=by_id)


class LinkedIdentity(Base):
    """An identity that a link brought to the other person."""

    __tablename__ = "linked_identity"

    link_id: Mapped[int] = mapped_column(BigInt, ForeignKey(IdentityLink.id), primary_key=True)
    identity_id: Mapped[int] = mapped_column(
        BigInt, ForeignKey(Identity.id), primary_key=True, index=True
    )


class LinkedTicket(Base):
    """A ticket that a link brought to the other person."""

    __tablename__ = "linked_ticket"

    link_id: Mapped[int] = mapped_column(BigInt, ForeignKey(IdentityLink.id), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(
        BigInt, ForeignKey(Ticket.id), primary_key=True, index=True
    )


class ClueKind(StrEnum):
    """`word`: one of the words of a name."""

    EMAIL = "email"
    NAME = "name"
    WORD = "word"
    HANDLE = "handle"


class Clue(Base):
    """What is known of an identity, folded, so that others with the same are found by an index:
    its names, its e-mail address, and the addresses that its citizen wrote in a message."""

    __tablename__ = "clue"
    __table_args__ = (Index("ix_clue_identity", "identity_id", "kind"),)

    value: Mapped[str] = mapped_column(String(255), primary_key=True)
    kind: Mapped[ClueKind] = mapped_column(String(8), primary_key=True)
    identity_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Identity.id), primary_key=True)


class Dismissal(Base):
    """Two contacts of whom an agent said that they are two people, or that it does not matter:
    they are not suggested again. `contact_id` is the lower of the two."""

    __tablename__ = "dismissal"

    contact_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Contact.id), primary_key=True)
    other_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Contact.id), primary_key=True)
    by_id: Mapped[int] = mapped_column(BigInt, ForeignKey(User.id))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class IdentityCode(Base):
    """A code that was sent to one identity of a citizen, to be told in the ticket of another.

    `message_id` carries it, in the ticket of the identity `identity_id`; the code itself is kept
    nowhere: see hub/tickets/codes.py. `digest` is its keyed hash. It is settled (`ended_at`) once
    it was told, was tried too often, or another one took its place; `told_at`: it was told, and
    the link is to be made.
    """

    __tablename__ = "identity_code"
    __table_args__ = (
        Index("ix_identity_code_ticket", "ticket_id", "id"),
        Index("ix_identity_code_identity", "identity_id", "sent_at"),
        Index(
            "ix_identity_code_told",
            "told_at",
            sqlite_where=text("told_at IS NOT NULL AND ended_at IS NULL"),
            postgresql_where=text("told_at IS NOT NULL AND ended_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Ticket.id))
    identity_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Identity.id))
    message_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Message.id))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    by_id: Mapped[int] = mapped_column(BigInt, ForeignKey(User.id))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    ticket: Mapped[Ticket] = relationship()
    identity: Mapped[Identity] = relationship()
    message: Mapped[Message] = relationship()


class Correction(Base):
    """What an agent corrected of a person by hand."""

    __tablename__ = "correction"
    __table_args__ = (Index("ix_correction_contact", "contact_id", "id"),)

    id: Mapped[Id]
    contact_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Contact.id))
    field: Mapped[str] = mapped_column(String(32))
    old: Mapped[str] = mapped_column(PlainText)
    new: Mapped[str] = mapped_column(PlainText)
    by_id: Mapped[int] = mapped_column(BigInt, ForeignKey(User.id))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    by: Mapped[User] = relationship()
