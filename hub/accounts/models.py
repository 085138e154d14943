"""The people who work in the hub."""

from datetime import datetime
from enum import StrEnum

from flask_login import UserMixin
from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.clock import UtcDateTime, now
from hub.database import Base, BigInt, Id


class Role(StrEnum):
    """What a person may do. Each role may do all that the ones before it may."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"

    def covers(self, needed: "Role") -> bool:
        order = list(Role)
        return order.index(self) >= order.index(needed)


class Membership(Base):
    """A person works for a department."""

    __tablename__ = "membership"

    user_id: Mapped[int] = mapped_column(BigInt, ForeignKey("user.id"), primary_key=True)
    department_id: Mapped[int] = mapped_column(
        BigInt, ForeignKey("department.id"), primary_key=True, index=True
    )


class User(Base, UserMixin):
    """A person who signs in.

    `password_hash` empty: nobody can sign in under this name until a password is set.
    `epoch` is part of the session: raising it signs the person out everywhere.
    `title` is the role and service printed under replies (CRPA L111-2).
    `anonymous`: their name is not told to citizens, for their safety (the same article).
    `preferences`: what the person chose on their own page, by name; what is not there is as the
    hub has it for everybody. It comes with the person, so that no page asks for it.
    """

    __tablename__ = "user"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(String(160), default="")
    anonymous: Mapped[bool] = mapped_column(default=False)
    role: Mapped[Role] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(String(255), default="")
    language: Mapped[str] = mapped_column(String(5), default="fr")
    active: Mapped[bool] = mapped_column(default=True)
    epoch: Mapped[int] = mapped_column(default=0)
    preferences: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    memberships: Mapped[list[Membership]] = relationship(
        cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def is_active(self) -> bool:
        return self.active

    @property
    def department_ids(self) -> set[int]:
        return {membership.department_id for membership in self.memberships}

    def may(self, role: Role) -> bool:
        return Role(self.role).covers(role)

    def get_id(self) -> str:
        """What Flask-Login keeps in the session."""
        return f"{self.id}.{self.epoch}"


class SignInAttempt(Base):
    """One try to sign in that did not succeed (yet), kept to slow down guessing. `subject` is a
    folded e-mail or a network address. Rows older than the window are removed at the next try."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_subject_at", "subject", "at"),)

    id: Mapped[Id]
    subject: Mapped[str] = mapped_column(String(254))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
