"""The indexes of the lists, for all tickets and for each department, and lists kept under a name"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITING = "waiting_since IS NOT NULL"
UNASSIGNED = "assignee_id IS NULL AND state != 'closed'"
IN_HAND = "assignee_id IS NOT NULL AND state != 'closed'"
SNOOZED = "snoozed_until IS NOT NULL"

#: Name, columns, and the condition of those that hold only some tickets.
NEW = (
    ("waiting", "due_at id snoozed_until", WAITING),
    ("department_waiting", "department_id due_at id snoozed_until", WAITING),
    ("unassigned", "due_at id snoozed_until", UNASSIGNED),
    ("department_unassigned", "department_id due_at id snoozed_until", UNASSIGNED),
    ("snoozed", "snoozed_until id", SNOOZED),
    ("department_snoozed", "department_id snoozed_until id", SNOOZED),
    ("state_updated", "state updated_at id snoozed_until", ""),
    ("department_state_updated", "department_id state updated_at id snoozed_until", ""),
    ("in_hand", "assignee_id due_at id snoozed_until department_id", IN_HAND),
)
OLD = (
    ("waiting", "due_at id", WAITING),
    ("unassigned", "received_at id", UNASSIGNED),
    ("snoozed", "snoozed_until", SNOOZED),
    ("state_updated", "state updated_at id", ""),
    ("assignee_updated", "assignee_id updated_at id", ""),
    ("in_hand", "assignee_id updated_at id", IN_HAND),
)


def upgrade() -> None:
    _drop(OLD)
    _create(NEW)
    op.create_table(
        "saved_view",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("department_id", ID, nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name="fk_saved_view_department_id_department"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name="fk_saved_view_owner_id_user"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_view"),
    )
    for name in ("owner_id", "department_id"):
        op.create_index(f"ix_saved_view_{name}", "saved_view", [name])


def downgrade() -> None:
    op.drop_table("saved_view")
    _drop(NEW)
    _create(OLD)


def _drop(indexes: tuple[tuple[str, str, str], ...]) -> None:
    for name, _columns, _condition in indexes:
        op.drop_index(f"ix_ticket_{name}", table_name="ticket")


def _create(indexes: tuple[tuple[str, str, str], ...]) -> None:
    for name, columns, condition in indexes:
        where = sa.text(condition) if condition else None
        op.create_index(
            f"ix_ticket_{name}",
            "ticket",
            columns.split(),
            sqlite_where=where,
            postgresql_where=where,
        )
