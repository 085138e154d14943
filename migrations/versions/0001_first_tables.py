"""First tables"""

import sqlalchemy as sa
from alembic import op

import hub.clock
import hub.database

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('account',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('external_id', sa.String(length=128), nullable=False),
    sa.Column('name', sa.String(length=160), nullable=False),
    sa.Column('sealed_credentials', sa.Text(), nullable=False),
    sa.Column('features', sa.JSON(), nullable=False),
    sa.Column('broken_because', sa.String(length=64), nullable=False),
    sa.Column('broken_detail', sa.Text(), nullable=False),
    sa.Column('broken_at', hub.clock.UtcDateTime(timezone=True), nullable=True),
    sa.Column('connected_at', hub.clock.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    sa.UniqueConstraint('channel', 'external_id', name=op.f('uq_account_channel_external_id'))
    )
    op.create_table('api_token',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('created_at', hub.clock.UtcDateTime(timezone=True), nullable=False),
    sa.Column('last_used_at', hub.clock.UtcDateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', hub.clock.UtcDateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_token')),
    sa.UniqueConstraint('digest', name=op.f('uq_api_token_digest')),
    sa.UniqueConstraint('name', name=op.f('uq_api_token_name'))
    )
    op.create_table('contact',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('name', hub.database.PlainText(), nullable=False),
    sa.Column('email', hub.database.PlainText(), nullable=False),
    sa.Column('postal_address', hub.database.PlainText(), nullable=False),
    sa.Column('created_at', hub.clock.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact'))
    )
    op.create_table('delivery',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('received_at', hub.clock.UtcDateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', hub.clock.UtcDateTime(timezone=True), nullable=False),
    sa.Column('lease_until', hub.clock.UtcDateTime(timezone=True), nullable=True),
    sa.Column('error', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delivery')),
    sa.UniqueConstraint('channel', 'digest', name=op.f('uq_delivery_channel_digest'))
    )
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.create_index('ix_delivery_due', ['next_at'], unique=False, sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))
        batch_op.create_index('ix_delivery_state_id', ['state', 'id'], unique=False)

    op.create_table('department',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('slug', sa.String(length=48), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('subject', sa.String(length=120), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_department')),
    sa.UniqueConstraint('slug', name=op.f('uq_department_slug'))
    )
    op.create_table('sign_in_attempt',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('subject', sa.String(length=254), nullable=False),
    sa.Column('at', hub.clock.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_attempt'))
    )
    with op.batch_alter_table('sign_in_attempt', schema=None) as batch_op:
        batch_op.create_index('ix_sign_in_attempt_subject_at', ['subject', 'at'], unique=False)

    op.create_table('used_proof',
    sa.Column('nonce', sa.String(length=64), nullable=False),
    sa.Column('expires_at', hub.clock.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('nonce', name=op.f('pk_used_proof'))
    )
    with op.batch_alter_table('used_proof', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_used_proof_expires_at'), ['expires_at'], unique=False)

    op.create_table('user',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('title', sa.String(length=160), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('password_hash', sa.String(length=255), nullable=False),
    sa.Column('language', sa.String(length=5), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('created_at', hub.clock.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user')),
    sa.UniqueConstraint('email', name=op.f('uq_user_email'))
    )
    op.create_table('identity',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('external_id', sa.String(length=255), nullable=False),
    sa.Column('contact_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', hub.database.PlainText(), nullable=False),
    sa.Column('handle', hub.database.PlainText(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_identity_account_id_account')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_identity_contact_id_contact')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_identity')),
    sa.UniqueConstraint('account_id', 'external_id', name=op.f('uq_identity_account_id_external_id'))
    )
    with op.batch_alter_table('identity', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_identity_contact_id'), ['contact_id'], unique=False)

    op.create_table('kept_item',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('delivery_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('reason', hub.database.PlainText(), nullable=False),
    sa.Column('raw', sa.JSON(), nullable=False),
    sa.Column('at', hub.clock.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['delivery_id'], ['delivery.id'], name=op.f('fk_kept_item_delivery_id_delivery')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kept_item')),
    sa.UniqueConstraint('delivery_id', 'position', name=op.f('uq_kept_item_delivery_id_position'))
    )
    op.create_table('membership',
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('department_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['department_id'], ['department.id'], name=op.f('fk_membership_department_id_department')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_membership_user_id_user')),
    sa.PrimaryKeyConstraint('user_id', 'department_id', name=op.f('pk_membership'))
    )
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_membership_department_id'), ['department_id'], unique=False)

    op.create_table('publication',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('external_id', sa.String(length=255), nullable=False),
    sa.Column('permalink', hub.database.PlainText(), nullable=False),
    sa.Column('text', hub.database.PlainText(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_publication_account_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_publication')),
    sa.UniqueConstraint('account_id', 'external_id', name=op.f('uq_publication_account_id_external_id'))
    )
    op.create_table('rule',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('words', sa.JSON(), nullable=False),
    sa.Column('unless', sa.JSON(), nullable=False),
    sa.Column('author', sa.String(length=120), nullable=False),
    sa.Column('subject', sa.String(length=120), nullable=False),
    sa.Column('department_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['department_id'], ['department.id'], name=op.f('fk_rule_department_id_department')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rule'))
    )
    with op.batch_alter_table('rule', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_rule_department_id'), ['department_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_rule_position'), ['position'], unique=False)

    op.create_table('tombstone',
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('external_id', sa.String(length=255), nullable=False),
    sa.Column('deleted_at', hub.clock.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_tombstone_account_id_account')),
    sa.PrimaryKeyConstraint('account_id', 'external_id', name=op.f('pk_tombstone'))
    )
    op.create_table('ticket',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('subject', hub.database.PlainText(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('visibility', sa.String(length=16), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('department_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('routed_because', sa.Text(), nullable=False),
    sa.Column('assignee_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('contact_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('publication_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('previous_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('tracking_token', sa.String(length=64), nullable=True),
    sa.Column('opened_at', hub.clock.UtcDateTime(timezone=True), nullable=False),
    sa.Column('received_at', hub.clock.UtcDateTime(timezone=True), nullable=False),
    sa.Column('first_reply_at', hub.clock.UtcDateTime(timezone=True), nullable=True),
    sa.Column('waiting_since', hub.clock.UtcDateTime(timezone=True), nullable=True),
    sa.Column('closed_at', hub.clock.UtcDateTime(timezone=True), nullable=True),
    sa.Column('updated_at', hub.clock.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_ticket_account_id_account')),
    sa.ForeignKeyConstraint(['assignee_id'], ['user.id'], name=op.f('fk_ticket_assignee_id_user')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_ticket_contact_id_contact')),
    sa.ForeignKeyConstraint(['department_id'], ['department.id'], name=op.f('fk_ticket_department_id_department')),
    sa.ForeignKeyConstraint(['previous_id'], ['ticket.id'], name=op.f('fk_ticket_previous_id_ticket')),
    sa.ForeignKeyConstraint(['publication_id'], ['publication.id'], name=op.f('fk_ticket_publication_id_publication')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket')),
    sa.UniqueConstraint('tracking_token', name=op.f('uq_ticket_tracking_token'))
    )
    with op.batch_alter_table('ticket', schema=None) as batch_op:
        batch_op.create_index('ix_ticket_assignee_updated', ['assignee_id', 'updated_at', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ticket_contact_id'), ['contact_id'], unique=False)
        batch_op.create_index('ix_ticket_department_updated', ['department_id', 'updated_at', 'id'], unique=False)
        batch_op.create_index('ix_ticket_in_hand', ['assignee_id', 'updated_at', 'id'], unique=False, sqlite_where=sa.text("assignee_id IS NOT NULL AND state != 'closed'"), postgresql_where=sa.text("assignee_id IS NOT NULL AND state != 'closed'"))
        batch_op.create_index(batch_op.f('ix_ticket_publication_id'), ['publication_id'], unique=False)
        batch_op.create_index('ix_ticket_received', ['received_at', 'department_id', 'channel'], unique=False)
        batch_op.create_index('ix_ticket_state_updated', ['state', 'updated_at', 'id'], unique=False)
        batch_op.create_index('ix_ticket_unassigned', ['received_at', 'id'], unique=False, sqlite_where=sa.text("assignee_id IS NULL AND state != 'closed'"), postgresql_where=sa.text("assignee_id IS NULL AND state != 'closed'"))
        batch_op.create_index('ix_ticket_updated', ['updated_at', 'id'], unique=False)
        batch_op.create_index('ix_ticket_waiting', ['waiting_since', 'id'], unique=False, sqlite_where=sa.text('waiting_since IS NOT NULL'), postgresql_where=sa.text('waiting_since IS NOT NULL'))

    op.create_table('conversation',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('ticket_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_conversation_account_id_account')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_conversation_ticket_id_ticket')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conversation')),
    sa.UniqueConstraint('account_id', 'key', name=op.f('uq_conversation_account_id_key'))
    )
    with op.batch_alter_table('conversation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_conversation_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('message',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('ticket_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('conversation', sa.String(length=255), nullable=False),
    sa.Column('direction', sa.String(length=8), nullable=False),
    sa.Column('visibility', sa.String(length=16), nullable=False),
    sa.Column('text', hub.database.PlainText(), nullable=False),
    sa.Column('external_id', sa.String(length=255), nullable=True),
    sa.Column('reply_to', sa.String(length=255), nullable=True),
    sa.Column('identity_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('posted_at', hub.clock.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_at', hub.clock.UtcDateTime(timezone=True), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('edited_at', hub.clock.UtcDateTime(timezone=True), nullable=True),
    sa.Column('hidden_at', hub.clock.UtcDateTime(timezone=True), nullable=True),
    sa.Column('deleted_at', hub.clock.UtcDateTime(timezone=True), nullable=True),
    sa.Column('automatic', sa.Boolean(), nullable=False),
    sa.Column('outside', sa.Boolean(), nullable=False),
    sa.Column('way', sa.String(length=32), nullable=False),
    sa.Column('target', sa.JSON(), nullable=False),
    sa.Column('marker', sa.String(length=64), nullable=True),
    sa.Column('idempotency_key', sa.String(length=255), nullable=True),
    sa.Column('delivery', sa.String(length=16), nullable=True),
    sa.Column('error_code', sa.String(length=64), nullable=False),
    sa.Column('error_detail', sa.Text(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', hub.clock.UtcDateTime(timezone=True), nullable=True),
    sa.Column('lease_until', hub.clock.UtcDateTime(timezone=True), nullable=True),
    sa.Column('sent_at', hub.clock.UtcDateTime(timezone=True), nullable=True),
    sa.Column('read_at', hub.clock.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_message_account_id_account')),
    sa.ForeignKeyConstraint(['identity_id'], ['identity.id'], name=op.f('fk_message_identity_id_identity')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_message_ticket_id_ticket')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_message_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message')),
    sa.UniqueConstraint('account_id', 'external_id', name=op.f('uq_message_account_id_external_id')),
    sa.UniqueConstraint('marker', name=op.f('uq_message_marker')),
    sa.UniqueConstraint('ticket_id', 'idempotency_key', name=op.f('uq_message_ticket_id_idempotency_key'))
    )
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.create_index('ix_message_due', ['next_at'], unique=False, sqlite_where=sa.text("delivery IN ('pending', 'sending', 'waiting')"), postgresql_where=sa.text("delivery IN ('pending', 'sending', 'waiting')"))
        batch_op.create_index(batch_op.f('ix_message_identity_id'), ['identity_id'], unique=False)
        batch_op.create_index('ix_message_not_sent', ['delivery'], unique=False, sqlite_where=sa.text("delivery <> 'sent'"), postgresql_where=sa.text("delivery <> 'sent'"))
        batch_op.create_index('ix_message_thread', ['ticket_id', 'posted_at', 'id'], unique=False)
        batch_op.create_index('ix_message_unknown', ['account_id', 'id'], unique=False, sqlite_where=sa.text("delivery = 'unknown'"), postgresql_where=sa.text("delivery = 'unknown'"))

    op.create_table('tag',
    sa.Column('ticket_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=48), nullable=False),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_tag_ticket_id_ticket')),
    sa.PrimaryKeyConstraint('ticket_id', 'name', name=op.f('pk_tag'))
    )
    with op.batch_alter_table('tag', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_tag_name'), ['name'], unique=False)

    op.create_table('attachment',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('message_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('name', hub.database.PlainText(), nullable=False),
    sa.Column('media_type', sa.String(length=100), nullable=False),
    sa.Column('size', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('label', hub.database.PlainText(), nullable=False),
    sa.Column('source_url', hub.database.PlainText(), nullable=False),
    sa.Column('storage_key', sa.String(length=64), nullable=False),
    sa.Column('error_code', sa.String(length=64), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', hub.clock.UtcDateTime(timezone=True), nullable=True),
    sa.Column('lease_until', hub.clock.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_attachment_message_id_message')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachment'))
    )
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.create_index('ix_attachment_due', ['next_at'], unique=False, sqlite_where=sa.text("state = 'pending'"), postgresql_where=sa.text("state = 'pending'"))
        batch_op.create_index(batch_op.f('ix_attachment_message_id'), ['message_id'], unique=False)

    op.create_table('attempt',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('message_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('started_at', hub.clock.UtcDateTime(timezone=True), nullable=False),
    sa.Column('finished_at', hub.clock.UtcDateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(length=64), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_attempt_message_id_message')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempt'))
    )
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attempt_message_id'), ['message_id'], unique=False)

    op.create_table('event',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('ticket_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', hub.clock.UtcDateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('department_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('message_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['department_id'], ['department.id'], name=op.f('fk_event_department_id_department')),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_event_message_id_message')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_event_ticket_id_ticket')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_event_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event'))
    )
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.create_index('ix_event_ticket', ['ticket_id', 'id'], unique=False)

    op.create_table('revision',
    sa.Column('message_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('text', hub.database.PlainText(), nullable=False),
    sa.Column('until', hub.clock.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_revision_message_id_message')),
    sa.PrimaryKeyConstraint('message_id', 'number', name=op.f('pk_revision'))
    )


def downgrade() -> None:
    op.drop_table('revision')
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.drop_index('ix_event_ticket')

    op.drop_table('event')
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attempt_message_id'))

    op.drop_table('attempt')
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attachment_message_id'))
        batch_op.drop_index('ix_attachment_due', sqlite_where=sa.text("state = 'pending'"), postgresql_where=sa.text("state = 'pending'"))

    op.drop_table('attachment')
    with op.batch_alter_table('tag', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_tag_name'))

    op.drop_table('tag')
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.drop_index('ix_message_unknown', sqlite_where=sa.text("delivery = 'unknown'"), postgresql_where=sa.text("delivery = 'unknown'"))
        batch_op.drop_index('ix_message_not_sent', sqlite_where=sa.text("delivery <> 'sent'"), postgresql_where=sa.text("delivery <> 'sent'"))
        batch_op.drop_index('ix_message_thread')
        batch_op.drop_index(batch_op.f('ix_message_identity_id'))
        batch_op.drop_index('ix_message_due', sqlite_where=sa.text("delivery IN ('pending', 'sending', 'waiting')"), postgresql_where=sa.text("delivery IN ('pending', 'sending', 'waiting')"))

    op.drop_table('message')
    with op.batch_alter_table('conversation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_conversation_ticket_id'))

    op.drop_table('conversation')
    with op.batch_alter_table('ticket', schema=None) as batch_op:
        batch_op.drop_index('ix_ticket_waiting', sqlite_where=sa.text('waiting_since IS NOT NULL'), postgresql_where=sa.text('waiting_since IS NOT NULL'))
        batch_op.drop_index('ix_ticket_updated')
        batch_op.drop_index('ix_ticket_unassigned', sqlite_where=sa.text("assignee_id IS NULL AND state != 'closed'"), postgresql_where=sa.text("assignee_id IS NULL AND state != 'closed'"))
        batch_op.drop_index('ix_ticket_state_updated')
        batch_op.drop_index('ix_ticket_received')
        batch_op.drop_index(batch_op.f('ix_ticket_publication_id'))
        batch_op.drop_index('ix_ticket_in_hand', sqlite_where=sa.text("assignee_id IS NOT NULL AND state != 'closed'"), postgresql_where=sa.text("assignee_id IS NOT NULL AND state != 'closed'"))
        batch_op.drop_index('ix_ticket_department_updated')
        batch_op.drop_index(batch_op.f('ix_ticket_contact_id'))
        batch_op.drop_index('ix_ticket_assignee_updated')

    op.drop_table('ticket')
    op.drop_table('tombstone')
    with op.batch_alter_table('rule', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_rule_position'))
        batch_op.drop_index(batch_op.f('ix_rule_department_id'))

    op.drop_table('rule')
    op.drop_table('publication')
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_membership_department_id'))

    op.drop_table('membership')
    op.drop_table('kept_item')
    with op.batch_alter_table('identity', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_identity_contact_id'))

    op.drop_table('identity')
    op.drop_table('user')
    with op.batch_alter_table('used_proof', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_used_proof_expires_at'))

    op.drop_table('used_proof')
    with op.batch_alter_table('sign_in_attempt', schema=None) as batch_op:
        batch_op.drop_index('ix_sign_in_attempt_subject_at')

    op.drop_table('sign_in_attempt')
    op.drop_table('department')
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.drop_index('ix_delivery_state_id')
        batch_op.drop_index('ix_delivery_due', sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))

    op.drop_table('delivery')
    op.drop_table('contact')
    op.drop_table('api_token')
    op.drop_table('account')
