"""Texts that are written once and sent often."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.clock import UtcDateTime, now
from hub.database import Base, BigInt, Id, PlainText
from hub.routing.models import Department


class CannedReply(Base):
    """A text with variables in braces (filling.py). `shortcut`: what agents type after "/" to find
    it. `department_id` None: for all departments. `plain_body`: the same in plain language, for
    those who read with difficulty (FALC), "" where nobody has written it. `language`: in which
    language it is."""

    __tablename__ = "canned_reply"

    id: Mapped[Id]
    title: Mapped[str] = mapped_column(String(120))
    shortcut: Mapped[str] = mapped_column(String(48), unique=True)
    department_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey(Department.id), index=True)
    body: Mapped[str] = mapped_column(PlainText)
    plain_body: Mapped[str] = mapped_column(PlainText, default="")
    language: Mapped[str] = mapped_column(String(8), default="fr")
    active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=100)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, onupdate=now)

    department: Mapped[Department | None] = relationship()
