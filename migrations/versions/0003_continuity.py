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
    _index_due_deliveries("channel", "next_at")
    op.add_column("message", sa.Column("send_until", INSTANT, nullable=True))
    op.add_column(
        "message", sa.Column("looks", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    op.add_column(
        "message",
        sa.Column("resent", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("message", sa.Column("doubted_at", INSTANT, nullable=True))
    op.create_index(
        "ix_message_heard",
        "message",
        ["account_id", "posted_at"],
        unique=False,
        sqlite_where=sa.text("direction = 'in'"),
        postgresql_where=sa.text("direction = 'in'"),
    )
    _widen_kept_item()
    _create_alarm()


def downgrade() -> None:
    op.drop_table("alarm")
    with op.batch_alter_table("kept_item") as batch:
        batch.drop_constraint(op.f("fk_kept_item_account_id_account"), type_="foreignkey")
        for name in ("external_id", "asked_since", "account_id"):
            batch.drop_column(name)
    op.drop_index("ix_message_heard", table_name="message")
    op.drop_column("message", "doubted_at")
    op.drop_column("message", "resent")
    op.drop_column("message", "looks")
    op.drop_column("message", "send_until")
    _index_due_deliveries("next_at")
    op.drop_table("gap")
    op.drop_table("checkup")
    op.drop_table("pulse")
    op.drop_table("tick")


def _index_due_deliveries(*columns: str) -> None:
    waiting = sa.text("state = 'waiting'")
    op.drop_index("ix_delivery_due", table_name="delivery")
    op.create_index(
        "ix_delivery_due",
        "delivery",
        list(columns),
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def _create_checkup() -> None:
    op.create_table(
        "checkup",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("checked_at", INSTANT, nullable=True),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("sick_since", INSTANT, nullable=True),
        sa.Column("told_at", INSTANT, nullable=True),
        sa.Column("deaf_since", INSTANT, nullable=True),
        sa.Column("unreachable_since", INSTANT, nullable=True),
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


def _widen_kept_item() -> None:
    with op.batch_alter_table("kept_item") as batch:
        batch.add_column(sa.Column("account_id", ID, nullable=True))
        batch.add_column(sa.Column("asked_since", INSTANT, nullable=True))
        batch.add_column(
            sa.Column(
                "external_id", sa.String(length=255), nullable=False, server_default=sa.text("''")
            )
        )
        batch.create_foreign_key(
            op.f("fk_kept_item_account_id_account"), "account", ["account_id"], ["id"]
        )


def _create_alarm() -> None:
    op.create_table(
        "alarm",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", INSTANT, nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("error", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_alarm_account_id_account")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_alarm_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
    )
    op.create_index(
        "ix_alarm_due",
        "alarm",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
