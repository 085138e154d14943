"""Used proofs of work"""

import sqlalchemy as sa
from alembic import op

import hub.clock

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('used_proof',
    sa.Column('nonce', sa.String(length=64), nullable=False),
    sa.Column('expires_at', hub.clock.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('nonce', name=op.f('pk_used_proof'))
    )
    with op.batch_alter_table('used_proof', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_used_proof_expires_at'), ['expires_at'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('used_proof', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_used_proof_expires_at'))

    op.drop_table('used_proof')
