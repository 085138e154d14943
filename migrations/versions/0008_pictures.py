"""Small pictures of files"""

import sqlalchemy as sa
from alembic import op

import hub.clock

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TO_PICTURE = (
    "state = 'stored' AND pictured_at IS NULL AND media_type IN "
    "('image/jpeg', 'image/png', 'image/gif', 'image/webp', 'application/pdf')"
)


def upgrade() -> None:
    op.add_column(
        "attachment", sa.Column("pictures", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    op.add_column(
        "attachment", sa.Column("pictured_at", hub.clock.UtcDateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_attachment_to_picture",
        "attachment",
        ["id"],
        sqlite_where=sa.text(TO_PICTURE),
        postgresql_where=sa.text(TO_PICTURE),
    )


def downgrade() -> None:
    op.drop_index("ix_attachment_to_picture", table_name="attachment")
    op.drop_column("attachment", "pictured_at")
    op.drop_column("attachment", "pictures")
