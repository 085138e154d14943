"""Drafts, canned replies, signatures, answers that leave later, and messages to hide"""

import sqlalchemy as sa
from alembic import op

import hub.clock
import hub.database

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = hub.clock.UtcDateTime(timezone=True)
TEXT = hub.database.PlainText()
OPEN = sa.text("state = 'asked'")


def upgrade() -> None:
    _create_draft()
    _create_canned_reply()
    _create_hiding()
    no = sa.false()
    op.add_column("user", sa.Column("anonymous", sa.Boolean(), nullable=False, server_default=no))
    op.add_column("message", sa.Column("signature", TEXT, nullable=False, server_default=""))
    op.add_column("message", sa.Column("scheduled_at", INSTANT, nullable=True))
    op.add_column(
        "message", sa.Column("closes_ticket", sa.Boolean(), nullable=False, server_default=no)
    )


def downgrade() -> None:
    # What was to leave later would leave at once under the old code, or never: it is taken back.
    op.execute("UPDATE message SET delivery = 'cancelled' WHERE delivery = 'scheduled'")
    for name in ("closes_ticket", "scheduled_at", "signature"):
        op.drop_column("message", name)
    op.drop_column("user", "anonymous")
    op.drop_table("hiding")
    op.drop_table("canned_reply")
    op.drop_table("draft")


def _create_draft() -> None:
    op.create_table(
        "draft",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("way", sa.String(length=64), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("seen", ID, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("writer", sa.String(length=32), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("notice", sa.String(length=32), nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_draft_ticket_id_ticket"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_draft_user_id_user"),
        sa.PrimaryKeyConstraint("id", name="pk_draft"),
        sa.UniqueConstraint("user_id", "ticket_id", "kind", name="uq_draft_user_id_ticket_id_kind"),
    )
    op.create_index("ix_draft_ticket_id", "draft", ["ticket_id"])
    op.create_index("ix_draft_updated_at", "draft", ["updated_at"])


def _create_canned_reply() -> None:
    op.create_table(
        "canned_reply",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("shortcut", sa.String(length=48), nullable=False),
        sa.Column("department_id", ID, nullable=True),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("plain_body", TEXT, nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name="fk_canned_reply_department_id_department"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_canned_reply"),
        sa.UniqueConstraint("shortcut", name="uq_canned_reply_shortcut"),
    )
    op.create_index("ix_canned_reply_department_id", "canned_reply", ["department_id"])


def _create_hiding() -> None:
    op.create_table(
        "hiding",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", INSTANT, nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("error_code", sa.String(length=64), nullable=False),
        sa.Column("error_detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_hiding_message_id_message"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_hiding_user_id_user"),
        sa.PrimaryKeyConstraint("id", name="pk_hiding"),
    )
    for name, columns, unique in (
        ("ix_hiding_open", ["message_id"], True),
        ("ix_hiding_due", ["next_at"], False),
    ):
        op.create_index(
            name, "hiding", columns, unique=unique, sqlite_where=OPEN, postgresql_where=OPEN
        )
    op.create_index("ix_hiding_message_id", "hiding", ["message_id"])
