"""What people are told, in the page and by e-mail"""

import sqlalchemy as sa
from alembic import op

import hub.clock

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = hub.clock.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "reader",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("position", ID, nullable=False),
        sa.Column("reached", ID, nullable=False),
        sa.Column("bound", ID, nullable=True),
        sa.Column("horizon", ID, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_reader"),
    )
    _create_digest()
    _create_notification()


def downgrade() -> None:
    op.drop_table("notification")
    op.drop_table("digest")
    op.drop_table("reader")


def _create_digest() -> None:
    op.create_table(
        "digest",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", INSTANT, nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("error", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_digest_user_id_user"),
        sa.PrimaryKeyConstraint("id", name="pk_digest"),
    )
    op.create_index("ix_digest_user", "digest", ["user_id", "at"])
    _index_where("ix_digest_due", "digest", ["next_at"], "next_at IS NOT NULL")


def _create_notification() -> None:
    names = {"user_id": "user", "ticket_id": "ticket", "event_id": "event", "digest_id": "digest"}
    op.create_table(
        "notification",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("read_at", INSTANT, nullable=True),
        sa.Column("mail_at", INSTANT, nullable=True),
        sa.Column("digest_id", ID, nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=f"fk_notification_{column}_{table}"
            )
            for column, table in names.items()
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notification"),
        sa.UniqueConstraint("user_id", "event_id", name="uq_notification_user_id_event_id"),
    )
    op.create_index("ix_notification_user", "notification", ["user_id", "id"])
    op.create_index("ix_notification_digest_id", "notification", ["digest_id"])
    unread, to_mail = ["user_id", "ticket_id"], ["user_id", "mail_at"]
    _index_where("ix_notification_unread", "notification", unread, "read_at IS NULL")
    _index_where("ix_notification_to_mail", "notification", to_mail, "mail_at IS NOT NULL")


def _index_where(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
