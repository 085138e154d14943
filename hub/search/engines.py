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
#: So many of the newest tickets are read before PostgreSQL asks its index.
NEAR = 10_000


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
        self, asked: str, conditions: Sequence[ColumnElement[bool]], *, below: int
    ) -> Iterable[Select[int]]:
        """Statements that give the ids of the tickets below that id, newest first. Each goes on
        where the one before ends: where there are as many as are wanted, the next need not be
        asked."""
        ...

    def reading_among(
        self, asked: str, conditions: Sequence[ColumnElement[bool]], ticket_ids: Sequence[int]
    ) -> Select[int]:
        """A statement that gives those of a few tickets that fit, newest first."""
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
        self, asked: str, conditions: Sequence[ColumnElement[bool]], *, below: int
    ) -> Iterable[Select[int]]:
        key = self._document.c.rowid
        query = select(key).where(self._fits(asked), key < below)
        return (_theirs(query, key, conditions),)

    def reading_among(
        self, asked: str, conditions: Sequence[ColumnElement[bool]], ticket_ids: Sequence[int]
    ) -> Select[int]:
        key = self._document.c.rowid
        query = select(key).where(self._fits(asked), key.in_(ticket_ids))
        return _theirs(query, key, conditions)

    def _fits(self, asked: str) -> ColumnElement[bool]:
        return literal_column(NAME).bool_op("MATCH")(asked)

    def store(self, connection: Connection, documents: Sequence[Document]) -> None:
        statement = text(f"INSERT OR REPLACE INTO {NAME} (rowid, words) VALUES (:id, :words)")  # noqa: S608
        rows = [
            {"id": d.ticket_id, "words": " ".join([*d.words, PAUSE, f" {PAUSE} ".join(d.loose)])}
            for d in documents
        ]
        connection.execute(statement, rows)


class Postgresql:
    """tsvector with a GIN index (https://www.postgresql.org/docs/15/textsearch-indexes.html).

    The index cannot give what it finds in an order, only all of it, to be sorted: right for what is
    rare, and much for a word of every third ticket. So the newest tickets are first read one after
    the other, and only where they give too few the index is asked for all.
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
        self, asked: str, conditions: Sequence[ColumnElement[bool]], *, below: int
    ) -> Iterable[Select[int]]:
        key = self._document.c.ticket_id
        near = select(key).where(key < below, key >= below - NEAR, self._fits(asked))
        yield _theirs(near, key, conditions)
        # Each step keeps the planner from mixing it with the next: it takes the words of a
        # question for independent of one another, and would now and then read every ticket.
        indexed = self._document.c.words.bool_op("@@")(cast(asked, TSQUERY))
        hits = select(key).where(indexed, key < below - NEAR).cte("hits")
        hits = hits.prefix_with("MATERIALIZED", dialect="postgresql")
        newest = select(hits.c.ticket_id).order_by(hits.c.ticket_id.desc()).offset(0).subquery()
        yield _theirs(select(newest.c.ticket_id), newest.c.ticket_id, conditions)

    def reading_among(
        self, asked: str, conditions: Sequence[ColumnElement[bool]], ticket_ids: Sequence[int]
    ) -> Select[int]:
        key = self._document.c.ticket_id
        query = select(key).where(key.in_(ticket_ids), self._fits(asked))
        return _theirs(query, key, conditions)

    def _fits(self, asked: str) -> ColumnElement[bool]:
        """What @@ stands for, without the index."""
        return func.ts_match_vq(self._document.c.words, cast(asked, TSQUERY))

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


def _theirs(
    query: Select[int], key: ColumnElement[int], conditions: Sequence[ColumnElement[bool]]
) -> Select[int]:
    """What the index found, where the ticket's own columns agree. The question for the ticket is
    a value, not a join: a database may begin a join with the tickets, and would read them all."""
    agrees = select(literal(True)).where(Ticket.id == key, *conditions).scalar_subquery()
    return query.where(agrees).order_by(key.desc())


def _vector(document: Document) -> str:
    """A document as PostgreSQL writes one: each word with its places."""
    places: dict[str, list[str]] = {word: [] for word in document.loose}
    for place, word in enumerate(document.words, start=1):
        if word != PAUSE:
            places.setdefault(word, []).append(str(place))
    return " ".join(
        f"'{word}':{','.join(at)}" if at else f"'{word}'" for word, at in places.items()
    )
