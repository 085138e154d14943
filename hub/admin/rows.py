"""Every row of the hub as a line, out of one database and into another of either engine: what a
backup, its restoring and a move have in common."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    String,
    Table,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)

from hub.admin import archive
from hub.admin.archive import Content
from hub.outages import take_as_long_as_it_takes

#: Rows that are in memory at one time.
BATCH = 500


class DatabaseNotEmpty(Exception):
    """There are rows already. Use a new database: nothing is ever mixed."""


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one instant of the database and makes nobody wait."""
    options: dict[str, Any] = {"read_only": True}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        take_as_long_as_it_takes(connection)
        yield connection


def lines(table: Table, connection: Connection) -> Iterator[bytes]:
    """Each row of a table as a line, in the order of the primary key: the same one on both
    engines."""
    collation = "C" if connection.dialect.name == "postgresql" else "BINARY"
    query = select(table).order_by(*(_ordered(c, collation) for c in table.primary_key.columns))
    found = connection.execute(query, execution_options={"yield_per": BATCH})
    return (archive.to_line(table, dict(row)) for row in found.mappings())


def content(table: Table, connection: Connection) -> Content:
    """How many rows a table has, and the checksum of their lines."""
    tally = Tally()
    for line in lines(table, connection):
        tally.add(line)
    return tally.content


class Tally:
    """Counts lines and takes their checksum as they pass by."""

    def __init__(self) -> None:
        self._rows, self._digest = 0, hashlib.sha256()

    def add(self, line: bytes) -> None:
        self._rows += 1
        self._digest.update(line)

    @property
    def content(self) -> Content:
        """Of the lines so far."""
        return Content(self._rows, self._digest.hexdigest())


def refuse_rows(connection: Connection) -> None:
    """Raises DatabaseNotEmpty when any table has a row."""
    for table in archive.tables():
        if connection.execute(select(1).select_from(table).limit(1)).first():
            raise DatabaseNotEmpty(f"The table {table.name} has rows already.")


def load(table: Table, source: Iterable[bytes], connection: Connection) -> Content:
    """Insert the rows of these lines and give what was read. A reference to another row of the
    same table is set at the end, when the row it names is there. Raises UnusableArchive when a
    line is no row."""
    tally, remaining = Tally(), iter(source)
    links: dict[Column[Any], list[dict[str, Any]]] = {c: [] for c in _references_to_itself(table)}
    while some := list(islice(remaining, BATCH)):
        values = [archive.from_line(table, line) for line in some]
        for column in links:
            links[column] += _take_out(values, column)
        connection.execute(insert(table), values)
        for line in some:
            tally.add(line)
    for column, kept in links.items():
        _set(column, kept, connection)
    _continue_numbering(table, connection)
    return tally.content


def _ordered(column: Column[Any], collation: str) -> ColumnElement[Any]:
    """Text in the order of its bytes, whatever language the database sorts in."""
    return column.collate(collation) if isinstance(column.type, String) else column


def _references_to_itself(table: Table) -> list[Column[Any]]:
    return [
        column
        for column in table.columns
        if any(k.column.table is table for k in column.foreign_keys)
    ]


def _take_out(rows: Iterable[dict[str, Any]], column: Column[Any]) -> list[dict[str, Any]]:
    """Empty the column and give what was in it, with the row's id."""
    links = [
        {"row": row["id"], "refers_to": row[column.name]}
        for row in rows
        if row[column.name] is not None
    ]
    for row in rows:
        row[column.name] = None
    return links


def _set(column: Column[Any], links: list[dict[str, Any]], connection: Connection) -> None:
    if links:
        table = column.table
        connection.execute(
            update(table)
            .where(table.c.id == bindparam("row"))
            .values({column: bindparam("refers_to")}),
            links,
        )


def _continue_numbering(table: Table, connection: Connection) -> None:
    """PostgreSQL gives ids from a sequence that inserted ids do not move; SQLite looks at the
    rows."""
    column = table.autoincrement_column
    if column is None or connection.dialect.name != "postgresql":
        return
    last = connection.scalar(select(func.max(column)))
    if last is not None:
        quoted = connection.dialect.identifier_preparer.format_table(table)
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)"),
            {"table": quoted, "column": column.name, "last": last},
        )
