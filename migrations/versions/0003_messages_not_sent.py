"""Index of the messages that were not sent"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.create_index(
            'ix_message_not_sent',
            ['delivery'],
            unique=False,
            sqlite_where=sa.text("delivery <> 'sent'"),
            postgresql_where=sa.text("delivery <> 'sent'"),
        )


def downgrade() -> None:
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.drop_index('ix_message_not_sent')
