"""Deadlines, priorities, snoozing, languages, followers and consultations"""

import sqlalchemy as sa
from alembic import op

import hub.clock
import hub.database

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = hub.clock.UtcDateTime(timezone=True)
OPEN = sa.text("ended_at IS NULL")
ON_THEIR_WAY = "delivery IN ('pending', 'sending', 'waiting')"


def upgrade() -> None:
    _create_consultation()
    op.create_table(
        "follower",
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_follower_ticket_id_ticket"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_follower_user_id_user"),
        sa.PrimaryKeyConstraint("ticket_id", "user_id", name="pk_follower"),
    )
    op.create_index("ix_follower_user_id", "follower", ["user_id"])
    _add_text("message", "language", 8)
    _add_text("ticket", "priority", 16, "normal")
    _add_text("ticket", "language", 8)
    for name in ("due_at", "snoozed_until", "indexed_at"):
        op.add_column("ticket", sa.Column(name, INSTANT, nullable=True))
    # What waits already is due since it waits: that keeps its order, and the next message of a
    # ticket gives it the deadline of the council's promise.
    op.execute("UPDATE ticket SET due_at = waiting_since WHERE waiting_since IS NOT NULL")
    _index_waiting("due_at")
    _index_where("ix_ticket_snoozed", "ticket", "snoozed_until", "snoozed_until IS NOT NULL")
    _index_where("ix_ticket_to_index", "ticket", "id", "indexed_at IS NULL")
    _index_due("delivery IN ('pending', 'sending', 'waiting', 'scheduled')")


def downgrade() -> None:
    _index_due(ON_THEIR_WAY)
    op.drop_index("ix_ticket_to_index", table_name="ticket")
    op.drop_index("ix_ticket_snoozed", table_name="ticket")
    _index_waiting("waiting_since")
    for name in ("indexed_at", "snoozed_until", "due_at", "language", "priority"):
        op.drop_column("ticket", name)
    op.drop_column("message", "language")
    op.drop_table("follower")
    op.drop_table("consultation")


def _create_consultation() -> None:
    op.create_table(
        "consultation",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("department_id", ID, nullable=True),
        sa.Column("question", hub.database.PlainText(), nullable=False),
        sa.Column("asked_by_id", ID, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user.id"], name="fk_consultation_asked_by_id_user"
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name="fk_consultation_department_id_department"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name="fk_consultation_ticket_id_ticket"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_consultation_user_id_user"),
        sa.PrimaryKeyConstraint("id", name="pk_consultation"),
    )
    op.create_index("ix_consultation_ticket", "consultation", ["ticket_id", "id"])
    for who in ("user", "department"):
        op.create_index(
            f"ix_consultation_{who}",
            "consultation",
            [f"{who}_id", "ticket_id"],
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        )


def _add_text(table: str, name: str, length: int, default: str = "") -> None:
    column = sa.Column(
        name, sa.String(length=length), nullable=False, server_default=sa.text(f"'{default}'")
    )
    op.add_column(table, column)


def _index_waiting(column: str) -> None:
    op.drop_index("ix_ticket_waiting", table_name="ticket")
    _index_where("ix_ticket_waiting", "ticket", [column, "id"], "waiting_since IS NOT NULL")


def _index_due(condition: str) -> None:
    op.drop_index("ix_message_due", table_name="message")
    _index_where("ix_message_due", "message", "next_at", condition)


def _index_where(name: str, table: str, columns: str | list[str], condition: str) -> None:
    where = sa.text(condition)
    named = [columns] if isinstance(columns, str) else columns
    op.create_index(name, table, named, sqlite_where=where, postgresql_where=where)
