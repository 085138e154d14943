"""The full-text engines: FTS5 of SQLite and tsvector of PostgreSQL, given the same words.

The index is derived data. Its table is in no model: each engine has a shape of its own for it, and
backups and moves leave it out (hub/admin/archive.py).
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    cast,
    column,
    delete,
    exists,
    func,
    literal,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from hub.search.documents import PAUSE, Document
from hub.tickets.models import Ticket

NAME = "search_document"
#: Among the newest so many tickets, what is in many of them is found sooner by looking at each.
NEAR = 4000


class Engine(Protocol):
    """One of the two."""

    def phrase(self, words: Sequence[str], *, begins: bool) -> str:
        """Words side by side; `begins`: the last may go on."""
        ...

    def any_of(self, parts: Sequence[str]) -> str: ...

    def all_of(self, parts: Sequence[str], none_of: Sequence[str]) -> str:
        """All of `parts`, of which there is one at least, and none of the others."""
        ...

    def readings(
        self, asked: str, conditions: Sequence[ColumnElement[bool]], *, below: int | None
    ) -> Iterable[Select[int]]:
        """Statements that give the ids of the tickets, newest first. Where an earlier one gives
        as many as are wanted, the next need not be asked; the last one gives all."""
        ...

    def store(self, connection: Connection, documents: Sequence[Document]) -> None:
        """Keep these documents, instead of those that their tickets had."""
        ...


class Sqlite:
    """FTS5 (https://www.sqlite.org/fts5.html). It walks through what it finds from the newest
    ticket on, so one statement serves common words and rare ones."""

    _document = table(NAME, column("rowid"), column("words"))

    def phrase(self, words: Sequence[str], *, begins: bool) -> str:
        return f'"{" ".join(words)}"{" *" if begins else ""}'

    def any_of(self, parts: Sequence[str]) -> str:
        return f"({' OR '.join(parts)})"

    def all_of(self, parts: Sequence[str], none_of: Sequence[str]) -> str:
        both = f"({' AND '.join(parts)})"
        return " NOT ".join([both, *none_of])

    def readings(
        self, asked: str, conditions: Sequence[ColumnElement[bool]], *, below: int | None
    ) -> Iterable[Select[int]]:
        # A join would let SQLite begin with the tickets and ask the index for each.
        key = self._document.c.rowid
        is_theirs = exists().where(Ticket.id == key, *conditions)
        query = select(key).where(literal_column(NAME).op("MATCH")(asked), is_theirs)
        if below is not None:
            query = query.where(key < below)
        return (query.order_by(key.desc()),)

    def store(self, connection: Connection, documents: Sequence[Document]) -> None:
        statement = text(f"INSERT OR REPLACE INTO {NAME} (rowid, words) VALUES (:id, :words)")  # noqa: S608
        rows = [
            {"id": d.ticket_id, "words": " ".join([*d.words, PAUSE, f" {PAUSE} ".join(d.loose)])}
            for d in documents
        ]
        connection.execute(statement, rows)


class Postgresql:
    """tsvector with a GIN index (https://www.postgresql.org/docs/15/textsearch-indexes.html).

    The index gives all that fits before it can be sorted: right for what is rare, slow for a word
    that a third of the tickets have. Those are found among the newest tickets by reading them one
    after the other, which `ts_match_vq` (what @@ stands for) does without the index.
    """

    _document = table(NAME, column("ticket_id"), column("words", TSVECTOR))

    def phrase(self, words: Sequence[str], *, begins: bool) -> str:
        quoted = [f"'{word}'" for word in words]
        return f"({' <-> '.join(quoted)}{':*' if begins else ''})"

    def any_of(self, parts: Sequence[str]) -> str:
        return f"({' | '.join(parts)})"

    def all_of(self, parts: Sequence[str], none_of: Sequence[str]) -> str:
        return " & ".join([*parts, *(f"!{part}" for part in none_of)])

    def readings(
        self, asked: str, conditions: Sequence[ColumnElement[bool]], *, below: int | None
    ) -> Iterable[Select[int]]:
        key, said = self._document.c.ticket_id, self._document.c.words
        query = cast(asked, TSQUERY)
        limits = [] if below is None else [key < below]
        newest = literal(below) if below is not None else select(func.max(key)).scalar_subquery()
        fits = func.ts_match_vq(said, query)
        near = select(key).join(Ticket, Ticket.id == key).where(fits, *limits, *conditions)
        yield near.where(key > newest - NEAR).order_by(key.desc())
        hits = select(key).where(said.bool_op("@@")(query), *limits).cte("hits")
        hits = hits.prefix_with("MATERIALIZED", dialect="postgresql")
        found = select(hits.c.ticket_id).join(Ticket, Ticket.id == hits.c.ticket_id)
        yield found.where(*conditions).order_by(hits.c.ticket_id.desc())

    def store(self, connection: Connection, documents: Sequence[Document]) -> None:
        statement = text(
            f"INSERT INTO {NAME} (ticket_id, words) VALUES (:id, CAST(:words AS tsvector))"  # noqa: S608
            " ON CONFLICT (ticket_id) DO UPDATE SET words = excluded.words"
        )
        rows = [{"id": d.ticket_id, "words": _vector(d)} for d in documents]
        connection.execute(statement, rows)


def of(connection: Connection) -> Engine:
    return Sqlite() if connection.dialect.name == "sqlite" else Postgresql()


def is_in_the_models(name: str | None, kind: str, _parents: object) -> bool:
    """Alembic's `include_name`: not the tables of the index."""
    return kind != "table" or not (name or "").startswith(NAME)


def empty(connection: Connection) -> None:
    """Forget every document."""
    connection.execute(delete(table(NAME)))


def _vector(document: Document) -> str:
    """A document as PostgreSQL writes one: each word with its places."""
    places: dict[str, list[str]] = {word: [] for word in document.loose}
    for place, word in enumerate(document.words, start=1):
        if word != PAUSE:
            places.setdefault(word, []).append(str(place))
    return " ".join(
        f"'{word}':{','.join(at)}" if at else f"'{word}'" for word, at in places.items()
    )
