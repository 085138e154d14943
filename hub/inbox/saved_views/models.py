"""Lists kept under a name."""

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hub.accounts.models import User
from hub.database import Base, BigInt, Id
from hub.routing.models import Department


class SavedView(Base):
    """A list under a name. `department_id` None: its owner's alone; else it is shared with all
    who read that department's tickets. `query` is the list's address (Selection.args), `position`
    its place among those of the same owner or department."""

    __tablename__ = "saved_view"
    __table_args__ = (
        Index("ix_saved_view_owner_id", "owner_id"),
        Index("ix_saved_view_department_id", "department_id"),
    )

    id: Mapped[Id]
    owner_id: Mapped[int] = mapped_column(BigInt, ForeignKey(User.id))
    department_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey(Department.id))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(default=0)
