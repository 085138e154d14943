"""What is done to many tickets at once, and how far it has come."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.accounts.models import User
from hub.clock import UtcDateTime, now
from hub.database import Base, BigInt, Id, PlainText, partial_index
from hub.tickets.models import Message, Ticket


class Action(StrEnum):
    """What can be done to many tickets."""

    TAKE = "take"
    ASSIGN = "assign"
    TRANSFER = "transfer"
    TAG = "tag"
    UNTAG = "untag"
    PRIORITY = "priority"
    SNOOZE = "snooze"
    WAKE = "wake"
    CLOSE = "close"
    REOPEN = "reopen"
    ANSWER = "answer"


class ItemState(StrEnum):
    """`stopped`: it was not done, because somebody stopped the job, or was taken back."""

    PENDING = "pending"
    DONE = "done"
    REFUSED = "refused"
    STOPPED = "stopped"


class BulkJob(Base):
    """One change of many tickets, under the rights of the person who asked for it.

    `args`: what the change needs to know (see doing.py). `begun_at` None: an answer that is being
    written; its tickets are chosen already. `lease_until`: a worker is at it. `stopped_at`: what
    was not done by then is not done, and answers that have not left are taken back.
    """

    __tablename__ = "bulk_job"
    __table_args__ = (
        Index("ix_bulk_job_user", "user_id", "id"),
        partial_index(
            "ix_bulk_job_under_way",
            "id",
            where=text("begun_at IS NOT NULL AND done_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey(User.id))
    action: Mapped[Action] = mapped_column(String(16))
    args: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship()


class BulkItem(Base):
    """One ticket of a job. `problem`: the code of why it was refused (wording.py says it), with
    `detail`. `message_id`: the answer that was written."""

    __tablename__ = "bulk_item"
    __table_args__ = (Index("ix_bulk_item_state", "job_id", "state", "ticket_id"),)

    job_id: Mapped[int] = mapped_column(BigInt, ForeignKey(BulkJob.id), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(
        BigInt, ForeignKey(Ticket.id), primary_key=True, index=True
    )
    state: Mapped[ItemState] = mapped_column(String(16), default=ItemState.PENDING)
    problem: Mapped[str] = mapped_column(String(32), default="")
    detail: Mapped[str] = mapped_column(PlainText, default="")
    message_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey(Message.id), index=True)

    job: Mapped[BulkJob] = relationship()
    ticket: Mapped[Ticket] = relationship()
    message: Mapped[Message | None] = relationship()
