"""Tickets, the messages in them, and the history of every change."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.accounts.models import User
from hub.channels.models import Account
from hub.clock import UtcDateTime, now
from hub.database import DERIVED, Base, BigInt, Id, PlainText, partial_index
from hub.deadlines.targets import Priority
from hub.routing.models import Department
from hub.tickets import references
from hub.tickets.people import Contact, Identity, Publication


class State(StrEnum):
    """Where a ticket stands. `waiting` means: for the citizen."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    CLOSED = "closed"


class Direction(StrEnum):
    IN = "in"
    OUT = "out"
    NOTE = "note"


class DeliveryStatus(StrEnum):
    """Where an outbound message stands; the only truth about it.

    pending -> sending -> sent | unknown | failed; waiting (rate limit, sick account) goes back
    to pending by itself; scheduled leaves when its time comes; cancelled never left.
    """

    PENDING = "pending"
    SENDING = "sending"
    WAITING = "waiting"
    SCHEDULED = "scheduled"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    CANCELLED = "cancelled"


#: States in which the text surely did not reach the citizen and will not by itself.
NEVER_LEFT = (DeliveryStatus.FAILED, DeliveryStatus.CANCELLED)

#: Conditions of partial indexes. A query names them word for word, because SQLite does not see
#: that a condition on bound values implies one of these, and would read the whole table.
ON_THEIR_WAY = text("delivery IN ('pending', 'sending', 'waiting', 'scheduled')")
IN_DOUBT = text("delivery IN ('sending', 'unknown')")
NOT_SENT = text("delivery <> 'sent'")
TO_COPY = text("state = 'pending'")
TO_PICTURE = text(
    "state = 'stored' AND pictured_at IS NULL AND media_type IN "
    "('image/jpeg', 'image/png', 'image/gif', 'image/webp', 'application/pdf')"
)
TO_INDEX = text("indexed_at IS NULL")
FROM_CITIZENS = text("direction = 'in'")


def _of_all_and_of_departments(
    subject: str, *columns: str, where: str | None = None
) -> tuple[Index, Index]:
    """Two indexes for one list: whoever sees all departments reads the first, others read the
    second once for each of theirs."""
    condition = None if where is None else text(where)
    of_all, of_departments = (
        Index(name, *named, sqlite_where=condition, postgresql_where=condition)
        for name, named in (
            (f"ix_ticket_{subject}", columns),
            (f"ix_ticket_department_{subject}", ("department_id", *columns)),
        )
    )
    return of_all, of_departments


class Ticket(Base):
    """One matter of one citizen.

    Instants (UTC): `received_at` the citizen's own posting time of the first message,
    `opened_at` when the hub filed it, `first_reply_at` when the first answer by a person left,
    `waiting_since` the posting time of the oldest message without an answer (None: nothing to
    answer), `due_at` by when it should have an answer (None with `waiting_since`), `updated_at` the
    last change, `snoozed_until` it is out of the lists of open work.
    `language`: what its citizen writes in, "" until somebody has looked.
    `indexed_at`: when the search last read it; None: it has changed since.
    `tracking_token` opens the citizen's private page without signing in. It guards the same
    data as the row it is in, so it is kept as it is.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        # The lists: each of all tickets, and of one department. Counts are read from these alone.
        *_of_all_and_of_departments(
            "waiting", "due_at", "id", "snoozed_until", where="waiting_since IS NOT NULL"
        ),
        *_of_all_and_of_departments(
            "unassigned",
            "due_at",
            "id",
            "snoozed_until",
            where="assignee_id IS NULL AND state != 'closed'",
        ),
        *_of_all_and_of_departments(
            "snoozed", "snoozed_until", "id", where="snoozed_until IS NOT NULL"
        ),
        *_of_all_and_of_departments("state_updated", "state", "updated_at", "id", "snoozed_until"),
        *_of_all_and_of_departments("updated", "updated_at", "id"),
        partial_index(
            "ix_ticket_in_hand",
            "assignee_id",
            "due_at",
            "id",
            "snoozed_until",
            "department_id",
            where=text("assignee_id IS NOT NULL AND state != 'closed'"),
        ),
        partial_index("ix_ticket_to_index", "id", where=TO_INDEX),
        Index("ix_ticket_received", "received_at", "department_id", "channel"),
    )

    id: Mapped[Id]
    subject: Mapped[str] = mapped_column(PlainText)
    state: Mapped[State] = mapped_column(String(16), default=State.NEW)
    kind: Mapped[str] = mapped_column(String(32), default="contact")
    priority: Mapped[Priority] = mapped_column(String(16), default=Priority.NORMAL)
    language: Mapped[str] = mapped_column(String(8), default="")
    channel: Mapped[str] = mapped_column(String(32))
    visibility: Mapped[str] = mapped_column(String(16))
    account_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Account.id))
    department_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Department.id))
    routed_because: Mapped[str] = mapped_column(Text, default="")
    assignee_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey(User.id))
    contact_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Contact.id), index=True)
    publication_id: Mapped[int | None] = mapped_column(
        BigInt, ForeignKey(Publication.id), index=True
    )
    previous_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("ticket.id"))
    tracking_token: Mapped[str | None] = mapped_column(String(64), unique=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    first_reply_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    waiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    snoozed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    indexed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info=DERIVED)

    account: Mapped[Account] = relationship()
    department: Mapped[Department] = relationship()
    assignee: Mapped[User | None] = relationship()
    contact: Mapped[Contact] = relationship()
    publication: Mapped[Publication | None] = relationship()
    previous: Mapped["Ticket | None"] = relationship(remote_side="Ticket.id")
    tags: Mapped[list["Tag"]] = relationship(
        order_by="Tag.name", cascade="all, delete-orphan", lazy="select"
    )

    @property
    def reference(self) -> str:
        """What citizens quote: year, number, check letter. See references.py."""
        return references.reference(self.opened_at, self.id)


class Follower(Base):
    """A colleague who wants to hear of a ticket's changes."""

    __tablename__ = "follower"

    ticket_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Ticket.id), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey(User.id), primary_key=True, index=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Consultation(Base):
    """A colleague, or a department, who was asked about a ticket that stays where it is. While it
    is open they may read the ticket and write notes. Exactly one of the two ids is set."""

    __tablename__ = "consultation"
    __table_args__ = (
        Index("ix_consultation_ticket", "ticket_id", "id"),
        partial_index(
            "ix_consultation_user", "user_id", "ticket_id", where=text("ended_at IS NULL")
        ),
        partial_index(
            "ix_consultation_department",
            "department_id",
            "ticket_id",
            where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Ticket.id))
    user_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey(User.id))
    department_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey(Department.id))
    question: Mapped[str] = mapped_column(PlainText)
    asked_by_id: Mapped[int] = mapped_column(BigInt, ForeignKey(User.id))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    ticket: Mapped[Ticket] = relationship()
    user: Mapped[User | None] = relationship(foreign_keys=user_id)
    department: Mapped[Department | None] = relationship()
    asked_by: Mapped[User] = relationship(foreign_keys=asked_by_id)


class Tag(Base):
    """A word that agents put on a ticket."""

    __tablename__ = "tag"

    ticket_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Ticket.id), primary_key=True)
    name: Mapped[str] = mapped_column(String(48), primary_key=True, index=True)


class Conversation(Base):
    """Which ticket holds a conversation of the platform now. Its unique key decides the race of
    two first messages that arrive together; its row is locked while a message is filed."""

    __tablename__ = "conversation"
    __table_args__ = (UniqueConstraint("account_id", "key"),)

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Account.id))
    key: Mapped[str] = mapped_column(String(255))
    ticket_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Ticket.id), index=True)

    ticket: Mapped[Ticket] = relationship()


def signed(text: str, signature: str) -> str:
    """A text, and below it who signs it."""
    return "\n\n".join(filter(None, [text, signature]))


class Message(Base):
    """One message of a ticket: in, out, or an internal note.

    `posted_at`: when it was said, as the platform tells it; for our own, when the agent sent it.
    `external_id`: the platform's id, unique within the account; None until it is sent.
    `marker`: our own id of an outbound message, which the platform carries back in its echo.
    `target`: where it goes, in the channel's own words (Way.target).
    `automatic`: said by the hub itself; it never stops a clock.
    `outside`: said by a colleague in the platform's own tools.
    `language`: what it is written in, "" until somebody has looked.
    `notice`, `details`: see InboundMessage; of a note, `details` has the names that stand in it
    ("@claire.morvan" -> "Claire Morvan"), and under "answers" who had asked.
    `incomplete`: the platform was not asked yet for what it left out. `check_at`: when to ask it
    again what has become of the message.
    `next_at`: when a message that is on its way is due, or one of unknown fate is looked for
    again (None: a person decides). `looks`: how often it was looked for since its last try;
    `resent`: it was said once more after it was not found. `doubted_at`: when its fate became
    unknown; it stays while it may be on the platform under an id that the hub does not know.
    `send_until`: the platform takes it no later (None: as late as the hub goes on trying).
    `signature`: who answers, said below the text (outbox/signing.py). `scheduled_at`: when its
    author wants it to leave, None where that is at once. `closes_ticket`: the ticket is closed once
    it has left.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("account_id", "external_id"),
        UniqueConstraint("ticket_id", "idempotency_key"),
        Index("ix_message_thread", "ticket_id", "posted_at", "id"),
        partial_index("ix_message_due", "next_at", where=ON_THEIR_WAY),
        partial_index("ix_message_not_sent", "delivery", where=NOT_SENT),
        partial_index("ix_message_in_doubt", "account_id", "id", where=IN_DOUBT),
        partial_index("ix_message_heard", "account_id", "posted_at", where=FROM_CITIZENS),
        partial_index(
            "ix_message_check", "account_id", "check_at", where=text("check_at IS NOT NULL")
        ),
    )

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Ticket.id))
    account_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Account.id))
    conversation: Mapped[str] = mapped_column(String(255), default="")
    direction: Mapped[Direction] = mapped_column(String(8))
    visibility: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(PlainText)
    language: Mapped[str] = mapped_column(String(8), default="")
    external_id: Mapped[str | None] = mapped_column(String(255))
    reply_to: Mapped[str | None] = mapped_column(String(255))
    identity_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey(Identity.id), index=True)
    user_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey(User.id))
    posted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    revision: Mapped[int] = mapped_column(default=0)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    notice: Mapped[str] = mapped_column(String(64), default="")
    details: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    incomplete: Mapped[bool] = mapped_column(default=False)
    check_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    automatic: Mapped[bool] = mapped_column(default=False)
    outside: Mapped[bool] = mapped_column(default=False)
    way: Mapped[str] = mapped_column(String(32), default="")
    target: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    marker: Mapped[str | None] = mapped_column(String(64), unique=True)
    idempotency_key: Mapped[str | None] = mapped_column(String(255))
    delivery: Mapped[DeliveryStatus | None] = mapped_column(String(16))
    error_code: Mapped[str] = mapped_column(String(64), default="")
    error_detail: Mapped[str] = mapped_column(Text, default="")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    send_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    looks: Mapped[int] = mapped_column(default=0)
    resent: Mapped[bool] = mapped_column(default=False)
    doubted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signature: Mapped[str] = mapped_column(PlainText, default="")
    scheduled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_ticket: Mapped[bool] = mapped_column(default=False)

    ticket: Mapped[Ticket] = relationship()
    account: Mapped[Account] = relationship()
    identity: Mapped[Identity | None] = relationship()
    user: Mapped[User | None] = relationship()
    attachments: Mapped[list["Attachment"]] = relationship(
        order_by="Attachment.position", cascade="all, delete-orphan"
    )
    revisions: Mapped[list["Revision"]] = relationship(
        order_by="Revision.number", cascade="all, delete-orphan"
    )
    parts: Mapped[list["Part"]] = relationship(order_by="Part.number", cascade="all, delete-orphan")

    @property
    def whole_text(self) -> str:
        """What is said: the text with its signature."""
        return signed(self.text, self.signature)

    @property
    def next_part(self) -> "Part | None":
        """The first part that is not on the platform yet."""
        return next((part for part in self.parts if not part.is_there), None)


class Revision(Base):
    """What an edited message said before. Blanked with the message when it is deleted."""

    __tablename__ = "revision"

    message_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Message.id), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(PlainText)
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class Part(Base):
    """One of the texts in which a long answer stands on the platform, in the order of `number`
    (from 1). A message that was not split has none. `sent_at` None: it is not there yet;
    `external_id` is None as well where a person has seen it there."""

    __tablename__ = "part"
    __table_args__ = (UniqueConstraint("account_id", "external_id"),)

    message_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Message.id), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Account.id))
    text: Mapped[str] = mapped_column(PlainText)
    external_id: Mapped[str | None] = mapped_column(String(255))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def is_there(self) -> bool:
        """Is it on the platform?"""
        return self.sent_at is not None or self.external_id is not None


class FileState(StrEnum):
    """`missing` keeps the place of a file that could not be copied."""

    PENDING = "pending"
    STORED = "stored"
    MISSING = "missing"


class Attachment(Base):
    """A picture or file of a message. `storage_key` names the copy (see hub/files.py). `label` says
    what was there when there is no copy, `error_code` why. `alt_text`: what a picture of ours
    shows, for those who do not see it. `pictures`: how many were made of it (hub/pictures.py), at
    `pictured_at`."""

    __tablename__ = "attachment"
    __table_args__ = (
        partial_index("ix_attachment_due", "next_at", where=TO_COPY),
        partial_index("ix_attachment_to_picture", "id", where=TO_PICTURE),
    )

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Message.id), index=True)
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[FileState] = mapped_column(String(16), default=FileState.PENDING)
    name: Mapped[str] = mapped_column(PlainText, default="")
    media_type: Mapped[str] = mapped_column(String(100), default="application/octet-stream")
    size: Mapped[int] = mapped_column(BigInt, default=0)
    label: Mapped[str] = mapped_column(PlainText, default="")
    alt_text: Mapped[str] = mapped_column(PlainText, default="")
    source_url: Mapped[str] = mapped_column(PlainText, default="")
    storage_key: Mapped[str] = mapped_column(String(64), default="")
    pictures: Mapped[int] = mapped_column(default=0)
    pictured_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error_code: Mapped[str] = mapped_column(String(64), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=now)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)

    message: Mapped[Message] = relationship(back_populates="attachments")


class EventKind(StrEnum):
    """What can happen to a ticket. The history and the open pages are told in these words."""

    OPENED = "opened"
    RECEIVED = "received"
    ROUTED = "routed"
    REOPENED = "reopened"
    EDITED = "edited"
    DELETED = "deleted"
    HIDDEN = "hidden"
    SHOWN = "shown"
    FILE = "file"
    REPLIED = "replied"
    CANCELLED = "cancelled"
    DELIVERY = "delivery"
    ANSWERED_OUTSIDE = "answered_outside"
    NOTED = "noted"
    TAKEN = "taken"
    ASSIGNED = "assigned"
    RELEASED = "released"
    TRANSFERRED = "transferred"
    CLOSED = "closed"
    TAGGED = "tagged"
    UNTAGGED = "untagged"
    NAMED = "named"
    COMPLETED = "completed"
    ERASED = "erased"
    LOOKED = "looked"
    RESENT = "resent"
    UNSETTLED = "unsettled"
    DECIDED = "decided"
    SNOOZED = "snoozed"
    WOKEN = "woken"
    PRIORITISED = "prioritised"
    CONSULTED = "consulted"
    CONSULTATION_ENDED = "consultation_ended"
    MERGED = "merged"
    UNMERGED = "unmerged"
    SPLIT = "split"
    UNSPLIT = "unsplit"
    LINKED = "linked"
    UNLINKED = "unlinked"
    IDENTIFIED = "identified"
    SEPARATED = "separated"
    CODE_SENT = "code_sent"
    HIDE_ASKED = "hide_asked"
    LANGUAGE = "language"


class Event(Base):
    """One line of a ticket's history; never changed, never removed while the ticket lives.

    `user_id` None: the hub or the citizen did it. `department_id`: where the ticket was before.
    `data` holds what the line's sentence needs (see history.py).
    """

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_ticket", "ticket_id", "id"),)

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Ticket.id))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    kind: Mapped[EventKind] = mapped_column(String(24))
    user_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey(User.id))
    department_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey(Department.id))
    message_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey(Message.id))
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    ticket: Mapped[Ticket] = relationship()
    message: Mapped[Message | None] = relationship()
    user: Mapped[User | None] = relationship()
