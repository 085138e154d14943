"""Changes of many tickets at once"""

import sqlalchemy as sa
from alembic import op

import hub.clock
import hub.database

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = hub.clock.UtcDateTime(timezone=True)
UNDER_WAY = sa.text("begun_at IS NOT NULL AND done_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "bulk_job",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("begun_at", INSTANT, nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("stopped_at", INSTANT, nullable=True),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_bulk_job_user_id_user"),
        sa.PrimaryKeyConstraint("id", name="pk_bulk_job"),
    )
    op.create_index("ix_bulk_job_user", "bulk_job", ["user_id", "id"])
    op.create_index(
        "ix_bulk_job_under_way",
        "bulk_job",
        ["id"],
        sqlite_where=UNDER_WAY,
        postgresql_where=UNDER_WAY,
    )
    _create_item()


def downgrade() -> None:
    op.drop_table("bulk_item")
    op.drop_table("bulk_job")


def _create_item() -> None:
    op.create_table(
        "bulk_item",
        sa.Column("job_id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("problem", sa.String(length=32), nullable=False),
        sa.Column("detail", hub.database.PlainText(), nullable=False),
        sa.Column("message_id", ID, nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["bulk_job.id"], name="fk_bulk_item_job_id_bulk_job"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_bulk_item_message_id_message"
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_bulk_item_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("job_id", "ticket_id", name="pk_bulk_item"),
    )
    op.create_index("ix_bulk_item_state", "bulk_item", ["job_id", "state", "ticket_id"])
    op.create_index("ix_bulk_item_ticket_id", "bulk_item", ["ticket_id"])
    op.create_index("ix_bulk_item_message_id", "bulk_item", ["message_id"])
