"""What people are told of a sick account by e-mail."""

from sqlalchemy import JSON, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.accounts.mails import Mailing
from hub.channels.models import Account
from hub.database import Base, BigInt, partial_index


class Alarm(Mailing, Base):
    """One e-mail to one person: an account is sick, or well again when `problems` is empty."""

    __tablename__ = "alarm"
    __table_args__ = (partial_index("ix_alarm_due", "next_at", where=text("next_at IS NOT NULL")),)

    account_id: Mapped[int] = mapped_column(BigInt, ForeignKey(Account.id))
    problems: Mapped[list[str]] = mapped_column(JSON, default=list)

    account: Mapped[Account] = relationship()
