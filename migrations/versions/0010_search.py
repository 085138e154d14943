"""The index of the search"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        # The words come ready to be looked for; "_" belongs to some of them.
        op.execute(
            "CREATE VIRTUAL TABLE search_document USING fts5"
            "(words, tokenize = \"ascii tokenchars '_'\", columnsize = 0)"
        )
        return
    op.execute(
        "CREATE TABLE search_document"
        " (ticket_id bigint CONSTRAINT pk_search_document PRIMARY KEY, words tsvector NOT NULL)"
    )
    # What was just written is looked for at once, so nothing may wait in a list beside the index.
    op.execute(
        "CREATE INDEX ix_search_document_words ON search_document"
        " USING gin (words) WITH (fastupdate = off)"
    )


def downgrade() -> None:
    op.execute("DROP TABLE search_document")
    op.execute("UPDATE ticket SET indexed_at = NULL WHERE indexed_at IS NOT NULL")
