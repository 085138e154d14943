"""Regrouped tickets, and who is who"""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

import hub.clock
import hub.database

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = hub.clock.UtcDateTime(timezone=True)
TEXT = hub.database.PlainText()
EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")
BATCH = 1000


def upgrade() -> None:
    _create_regrouping()
    _create_pair("moved_message", regrouping_id="regrouping", message_id="message")
    op.add_column("moved_message", sa.Column("idempotency_key", sa.String(255), nullable=True))
    _create_pair(
        "moved_conversation", regrouping_id="regrouping", conversation_id="conversation"
    )
    _create("ticket_link", _id_of("ticket", "ticket_id"), _id_of("ticket", "other_id"),
            ("kind", sa.String(16)), _id_of("user", "by_id"), ("at", INSTANT),
            key=["ticket_id", "other_id"])  # fmt: skip
    op.create_index("ix_ticket_link_other_id", "ticket_link", ["other_id"])
    _create_identity_link()
    _create_pair("linked_identity", link_id="identity_link", identity_id="identity")
    _create_pair("linked_ticket", link_id="identity_link", ticket_id="ticket")
    _create("clue", ("value", sa.String(255)), ("kind", sa.String(8)),
            _id_of("identity", "identity_id"), key=["value", "kind", "identity_id"])  # fmt: skip
    op.create_index("ix_clue_identity", "clue", ["identity_id", "kind"])
    _create("dismissal", _id_of("contact", "contact_id"), _id_of("contact", "other_id"),
            _id_of("user", "by_id"), ("at", INSTANT),
            key=["contact_id", "other_id"])  # fmt: skip
    _create_identity_code()
    _create("correction", ("id", ID), _id_of("contact", "contact_id"), ("field", sa.String(32)),
            ("old", TEXT), ("new", TEXT), _id_of("user", "by_id"), ("at", INSTANT))  # fmt: skip
    op.create_index("ix_correction_contact", "correction", ["contact_id", "id"])
    _note_clues()


def downgrade() -> None:
    for name in (
        "correction",
        "identity_code",
        "dismissal",
        "clue",
        "linked_ticket",
        "linked_identity",
        "identity_link",
        "ticket_link",
        "moved_conversation",
        "moved_message",
        "regrouping",
    ):
        op.drop_table(name)


def _create_regrouping() -> None:
    _create(
        "regrouping",
        ("id", ID),
        ("kind", sa.String(8)),
        _id_of("ticket", "from_ticket_id"),
        _id_of("ticket", "into_ticket_id"),
        ("reason", TEXT),
        _id_of("user", "by_id"),
        ("at", INSTANT),
        ("undone_at", INSTANT, True),
        _id_of("user", "undone_by_id", True),
        ("last_message_id", ID),
        ("before", sa.JSON()),
        ("after", sa.JSON()),
    )
    _index("uq_regrouping_standing_merge", "regrouping", ["from_ticket_id"], unique=True,
           where="kind = 'merge' AND undone_at IS NULL")  # fmt: skip
    op.create_index("ix_regrouping_from", "regrouping", ["from_ticket_id", "id"])
    op.create_index("ix_regrouping_into", "regrouping", ["into_ticket_id", "id"])


def _create_identity_link() -> None:
    _create(
        "identity_link",
        ("id", ID),
        _id_of("contact", "from_contact_id"),
        _id_of("contact", "contact_id"),
        _id_of("ticket", "ticket_id"),
        ("how", sa.String(8)),
        ("reason", TEXT),
        ("filled", sa.JSON()),
        _id_of("user", "by_id"),
        ("at", INSTANT),
        ("undone_at", INSTANT, True),
        _id_of("user", "undone_by_id", True),
    )
    _index("uq_identity_link_standing", "identity_link", ["from_contact_id"], unique=True,
           where="undone_at IS NULL")  # fmt: skip
    op.create_index("ix_identity_link_contact", "identity_link", ["contact_id", "id"])


def _create_identity_code() -> None:
    _create(
        "identity_code",
        ("id", ID),
        _id_of("ticket", "ticket_id"),
        _id_of("identity", "identity_id"),
        _id_of("message", "message_id"),
        ("digest", sa.LargeBinary()),
        _id_of("user", "by_id"),
        ("sent_at", INSTANT),
        ("expires_at", INSTANT),
        ("tries", sa.Integer()),
        ("told_at", INSTANT, True),
        ("ended_at", INSTANT, True),
    )
    op.create_index("ix_identity_code_ticket", "identity_code", ["ticket_id", "id"])
    op.create_index("ix_identity_code_identity", "identity_code", ["identity_id", "sent_at"])
    _index("ix_identity_code_told", "identity_code", ["told_at"],
           where="told_at IS NOT NULL AND ended_at IS NULL")  # fmt: skip


def _create_pair(table: str, **columns: str) -> None:
    """A table of two ids, which are its key together; the second has an index."""
    named = [_id_of(other, name) for name, other in columns.items()]
    _create(table, *named, key=list(columns))
    second = list(columns)[1]
    op.create_index(f"ix_{table}_{second}", table, [second])


def _create(table: str, *columns: tuple, key: list[str] | None = None) -> None:
    """`columns`: name, type, may it be empty, and the table that it refers to."""
    key = key or ["id"]
    parts: list = []
    for name, kind, *more in columns:
        empty, other = (*more, False, None)[:2] if len(more) < 2 else more
        identity = [sa.Identity()] if name == "id" else []
        parts.append(sa.Column(name, kind, *identity, nullable=empty))
        if other:
            constraint = f"fk_{table}_{name}_{other}"
            parts.append(sa.ForeignKeyConstraint([name], [f"{other}.id"], name=constraint))
    op.create_table(table, *parts, sa.PrimaryKeyConstraint(*key, name=f"pk_{table}"))


def _id_of(table: str, name: str, empty: bool = False) -> tuple:
    return name, ID, empty, table


def _index(name: str, table: str, columns: list[str], *, where: str, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(
        name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition
    )


def _note_clues() -> None:
    """Names and addresses of those who are known already."""
    connection = op.get_bind()
    clue = sa.table("clue", sa.column("value"), sa.column("kind"), sa.column("identity_id"))
    after = 0
    while rows := connection.execute(
        sa.text("SELECT id, name, handle FROM identity WHERE id > :after ORDER BY id LIMIT :most"),
        {"after": after, "most": BATCH},
    ).all():
        after = rows[-1][0]
        found = [
            {"identity_id": number, "kind": kind, "value": value}
            for number, name, handle in rows
            for kind, value in sorted(_clues(name, handle))
        ]
        if found:
            connection.execute(sa.insert(clue), found)


def _clues(name: str, handle: str) -> set[tuple[str, str]]:
    words = _fold(name).split()
    found = {("word", word[:255]) for word in words if len(word) > 1}
    if len(words) > 1:
        found.add(("name", " ".join(sorted(words))[:255]))
    if EMAIL.fullmatch(handle.strip()):
        found.add(("email", handle.strip().lower()[:255]))
    elif handle.strip("@ "):
        found.add(("handle", _fold(handle).strip("@ ")[:255]))
    return found


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[^\w@.]+", " ", plain).strip()
