"""Periodic jobs, gaps in what came in, check-ups of accounts, and looking for what is unknown"""

import sqlalchemy as sa
from alembic import op

import hub.clock

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = hub.clock.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "tick",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("next_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_tick")),
    )
    op.create_table(
        "pulse",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pulse")),
    )
    _create_checkup()
    _create_gap()
    op.add_column("message", sa.Column("send_until", INSTANT, nullable=True))
    op.add_column(
        "message", sa.Column("looks", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    op.add_column(
        "message",
        sa.Column("resent", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("message", sa.Column("doubted_at", INSTANT, nullable=True))


def downgrade() -> None:
    op.drop_column("message", "doubted_at")
    op.drop_column("message", "resent")
    op.drop_column("message", "looks")
    op.drop_column("message", "send_until")
    op.drop_table("gap")
    op.drop_table("checkup")
    op.drop_table("pulse")
    op.drop_table("tick")


def _create_checkup() -> None:
    op.create_table(
        "checkup",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("checked_at", INSTANT, nullable=True),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("sick_since", INSTANT, nullable=True),
        sa.Column("told_at", INSTANT, nullable=True),
        sa.Column("next_at", INSTANT, nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_checkup_account_id_account")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_checkup")),
    )


def _create_gap() -> None:
    op.create_table(
        "gap",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("noticed_at", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", INSTANT, nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=64), nullable=False),
        sa.Column("filled_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_gap_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap")),
    )
    op.create_index(
        "ix_gap_due",
        "gap",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index("ix_gap_account_id_id", "gap", ["account_id", "id"], unique=False)
