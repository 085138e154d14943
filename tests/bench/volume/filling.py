"""Writing very many rows: by COPY on PostgreSQL, by the thousand on SQLite. Their indexes are made
afterwards, all at once."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any

from sqlalchemy import JSON, Column, Connection, Table, insert, text
from sqlalchemy.engine.interfaces import DBAPIConnection

from hub.admin import statistics
from hub.extensions import db

Row = Mapping[str, Any]
BATCH = 5_000


@contextmanager
def filling(tables: Iterable[Table]) -> Iterator[Connection]:
    """A connection for `write`; when the block ends, the rows are committed, indexed and counted
    by the planner. Nobody else may use the database meanwhile."""
    indexes = [index for table in tables for index in table.indexes]
    with db.engine.connect() as connection:
        for index in indexes:
            index.drop(connection)
        _trust(connection)
        yield connection
        for index in indexes:
            index.create(connection)
        _continue_numbers(connection, tables)
        connection.commit()
    if db.engine.dialect.name == "sqlite":
        statistics.renew()
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


def write(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Add rows; columns that a row leaves out have their defaults."""
    complete = _completed(table)
    found = iter(rows)
    while batch := [complete(row) for row in islice(found, BATCH)]:
        if connection.dialect.name == "postgresql":
            _copy(connection.connection.dbapi_connection, table, batch)
        else:
            connection.execute(insert(table), batch)


def _completed(table: Table) -> Callable[[Row], dict[str, Any]]:
    defaults = {column.name: _default(column) for column in table.columns}
    return lambda row: {**defaults, **row}


def _default(column: Column[Any]) -> Any:
    if column.default is None or not hasattr(column.default, "arg"):
        return None
    given = column.default.arg
    return given(None) if callable(given) else given


def _copy(driver: DBAPIConnection | None, table: Table, rows: list[dict[str, Any]]) -> None:
    names = [column.name for column in table.columns]
    is_json = {column.name for column in table.columns if isinstance(column.type, JSON)}
    listed = ", ".join(f'"{name}"' for name in names)
    with (
        driver.cursor() as cursor,  # type: ignore[union-attr]
        cursor.copy(f'COPY "{table.name}" ({listed}) FROM STDIN') as copy,
    ):
        for row in rows:
            copy.write_row([json.dumps(row[n]) if n in is_json else _plain(row[n]) for n in names])


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value


def _trust(connection: Connection) -> None:
    """These rows refer to rows that are there: nobody need look."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET session_replication_role = replica"))


def _continue_numbers(connection: Connection, tables: Iterable[Table]) -> None:
    """The next row gets the number after the last of these."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        if "id" in table.columns:
            sequence = f"pg_get_serial_sequence('\"{table.name}\"', 'id')"
            highest = f'(SELECT max(id) FROM "{table.name}")'
            connection.execute(text(f"SELECT setval({sequence}, coalesce({highest}, 1))"))
