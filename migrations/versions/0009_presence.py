"""Who is at work on which ticket"""

import sqlalchemy as sa
from alembic import op

import hub.clock

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = hub.clock.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "presence",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("page", sa.String(length=24), nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("writing", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name="fk_presence_user_id_user", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name="fk_presence_ticket_id_ticket", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "page", name="pk_presence"),
    )
    op.create_index("ix_presence_ticket_id", "presence", ["ticket_id"])
    op.create_index("ix_presence_seen_at", "presence", ["seen_at"])


def downgrade() -> None:
    op.drop_table("presence")
