"""Departments, and the rules that choose one for a message."""

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.database import Base, BigInt, Id

#: Where a message goes that no rule knows; every agent sees it.
FALLBACK = "accueil"


class Department(Base):
    """A service of the council that answers citizens. `slug` is its name in code and in the API."""

    __tablename__ = "department"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(String(48), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    #: Offered to citizens as a subject on the form; empty when it is not.
    subject: Mapped[str] = mapped_column(String(120), default="")


class Rule(Base):
    """One routing rule. Every condition that is filled must hold; the lowest position decides.

    `words`: one of these must stand in the message, `unless` none of these (see matching.py).
    `author`: part of the author's name or handle, folded.
    `version` rises with each edit, so the history can say which wording decided.
    """

    __tablename__ = "rule"

    id: Mapped[Id]
    position: Mapped[int] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(120))
    channel: Mapped[str] = mapped_column(String(32), default="")
    words: Mapped[list[str]] = mapped_column(JSON, default=list)
    unless: Mapped[list[str]] = mapped_column(JSON, default=list)
    author: Mapped[str] = mapped_column(String(120), default="")
    subject: Mapped[str] = mapped_column(String(120), default="")
    department_id: Mapped[int] = mapped_column(BigInt, ForeignKey("department.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    department: Mapped[Department] = relationship()
