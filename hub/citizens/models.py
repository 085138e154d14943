"""What the public form remembers besides the messages."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from hub.clock import UtcDateTime
from hub.database import Base


class UsedProof(Base):
    """A proof of work that a message was filed with. Its key is what refuses it a second time;
    once it has expired it is refused anyway, and the row goes."""

    __tablename__ = "used_proof"

    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
