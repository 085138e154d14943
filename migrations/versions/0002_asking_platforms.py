"""Asking platforms, answers in parts, and what they cost"""

import sqlalchemy as sa
from alembic import op

import hub.clock
import hub.database

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spending",
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", hub.database.Money(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_spending_account_id_account")
        ),
        sa.PrimaryKeyConstraint("account_id", "month", name=op.f("pk_spending")),
    )
    op.create_table(
        "part",
        sa.Column(
            "message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("text", hub.database.PlainText(), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=True),
        sa.Column("sent_at", hub.clock.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_part_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_part_message_id_message")
        ),
        sa.PrimaryKeyConstraint("message_id", "number", name=op.f("pk_part")),
        sa.UniqueConstraint(
            "account_id", "external_id", name=op.f("uq_part_account_id_external_id")
        ),
    )
    # One ALTER for each column: a batch would rebuild the table on SQLite, which refuses to drop
    # the old one while rows of other tables refer to it.
    op.add_column(
        "account", sa.Column("renewing_until", hub.clock.UtcDateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "account", sa.Column("cursor", sa.JSON(), nullable=False, server_default=sa.text("'{}'"))
    )
    op.add_column(
        "account", sa.Column("next_poll_at", hub.clock.UtcDateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "account",
        sa.Column("poll_lease_until", hub.clock.UtcDateTime(timezone=True), nullable=True),
    )
    op.add_column(
        "account", sa.Column("polled_at", hub.clock.UtcDateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "account",
        sa.Column("poll_error", sa.String(length=64), nullable=False, server_default=sa.text("''")),
    )
    op.add_column(
        "attachment",
        sa.Column(
            "alt_text", hub.database.PlainText(), nullable=False, server_default=sa.text("''")
        ),
    )
    op.add_column("attempt", sa.Column("part", sa.Integer(), nullable=True))
    op.add_column("attempt", sa.Column("cost", hub.database.Money(), nullable=True))
    op.add_column(
        "message",
        sa.Column("notice", sa.String(length=64), nullable=False, server_default=sa.text("''")),
    )
    op.add_column(
        "message", sa.Column("details", sa.JSON(), nullable=False, server_default=sa.text("'{}'"))
    )
    op.add_column(
        "message", sa.Column("incomplete", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column(
        "message", sa.Column("check_at", hub.clock.UtcDateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_message_check",
        "message",
        ["account_id", "check_at"],
        unique=False,
        sqlite_where=sa.text("check_at IS NOT NULL"),
        postgresql_where=sa.text("check_at IS NOT NULL"),
    )
    op.drop_index("ix_message_unknown", table_name="message")
    op.create_index(
        "ix_message_in_doubt",
        "message",
        ["account_id", "id"],
        unique=False,
        sqlite_where=sa.text("delivery IN ('sending', 'unknown')"),
        postgresql_where=sa.text("delivery IN ('sending', 'unknown')"),
    )


def downgrade() -> None:
    op.drop_index("ix_message_in_doubt", table_name="message")
    op.create_index(
        "ix_message_unknown",
        "message",
        ["account_id", "id"],
        unique=False,
        sqlite_where=sa.text("delivery = 'unknown'"),
        postgresql_where=sa.text("delivery = 'unknown'"),
    )
    op.drop_index("ix_message_check", table_name="message")
    for column in ("check_at", "incomplete", "details", "notice"):
        op.drop_column("message", column)
    for column in ("cost", "part"):
        op.drop_column("attempt", column)
    op.drop_column("attachment", "alt_text")
    for column in (
        "poll_error",
        "polled_at",
        "poll_lease_until",
        "next_poll_at",
        "cursor",
        "renewing_until",
    ):
        op.drop_column("account", column)
    op.drop_table("part")
    op.drop_table("spending")
