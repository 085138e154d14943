"""Reading a backup into an empty database, of either engine.

Everything is read in one transaction: the database holds the whole backup afterwards, or nothing.
The archive is read from front to back, once, and never unpacked to names that it chooses.
"""

import hashlib
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Column, Connection, Table, bindparam, func, insert, select, text, update

from hub import files
from hub.admin import archive, schema
from hub.admin.archive import Content, Manifest, Summary, UnusableArchive
from hub.extensions import db

#: Rows that are in memory at one time.
BATCH = 500

#: (name, content) of the archive's members, in their order.
Members = Iterator[tuple[str, IO[bytes]]]


class DatabaseNotEmpty(Exception):
    """There are rows already. Restore into a new database: nothing is ever mixed."""


class OtherMigration(Exception):
    """Backup, code and database do not stand at the same migration. Use the version of the hub
    that wrote the backup, run `flask db upgrade`, restore, and upgrade the hub afterwards."""


def read(source: Path) -> Summary:
    """Read a backup.

    Raises UnusableArchive, OtherMigration or DatabaseNotEmpty, and the database is as it was; or
    OSError when the file cannot be read.
    """
    try:
        with tarfile.open(source, mode="r|gz") as tar, db.engine.begin() as connection:
            return _read(_members(tar), connection)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise UnusableArchive("This file is no backup, or it is cut off.") from error


def _read(members: Members, connection: Connection) -> Summary:
    manifest = _manifest(members)
    _check(manifest, connection)
    for table in archive.tables():
        name, content = next(members, ("", None))
        if content is None or name != f"{archive.TABLES}{table.name}.jsonl":
            raise UnusableArchive(f"The table {table.name} is missing from this backup.")
        _load(table, content, manifest.tables[table.name], connection)
        _continue_numbering(table, connection)
    copies = sum(_store_copy(name, content) for name, content in members)
    rows = sum(content.rows for content in manifest.tables.values())
    return Summary(tables=len(manifest.tables), rows=rows, files=copies)


def _members(tar: tarfile.TarFile) -> Members:
    for member in tar:
        content = tar.extractfile(member)
        if content is None:
            raise UnusableArchive(f"{member.name} is no file.")
        yield member.name, content


def _manifest(members: Members) -> Manifest:
    name, content = next(members, ("", None))
    if content is None or name != archive.MANIFEST:
        raise UnusableArchive("This file is no backup of the hub: it has no manifest.")
    return Manifest.from_json(content.read())


def _check(manifest: Manifest, connection: Connection) -> None:
    present, wanted = schema.present(connection), schema.wanted()
    if not manifest.migration == present == wanted:
        raise OtherMigration(
            f"The backup stands at migration {manifest.migration}, the database at "
            f"{present or 'none'}, this version of the hub at {wanted}."
        )
    if set(manifest.tables) != {table.name for table in archive.tables()}:
        raise UnusableArchive("The tables in this backup are not those of the hub.")
    for table in archive.tables():
        if connection.execute(select(1).select_from(table).limit(1)).first():
            raise DatabaseNotEmpty(f"The table {table.name} has rows already.")


# --- Rows -----------------------------------------------------------------------------------


def _load(table: Table, content: IO[bytes], expected: Content, connection: Connection) -> None:
    """Insert the rows. A reference to another row of the same table is set at the end, when the
    row it names is there."""
    rows, digest = 0, hashlib.sha256()
    links: dict[Column[Any], list[dict[str, Any]]] = {c: [] for c in _references_to_itself(table)}
    while lines := list(islice(content, BATCH)):
        values = [archive.from_line(table, line) for line in lines]
        for column in links:
            links[column] += _take_out(values, column)
        connection.execute(insert(table), values)
        digest.update(b"".join(lines))
        rows += len(lines)
    for column, kept in links.items():
        _set(column, kept, connection)
    if (rows, digest.hexdigest()) != (expected.rows, expected.sha256):
        raise UnusableArchive(f"The table {table.name} is not as it was written.")


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


# --- Files ----------------------------------------------------------------------------------


def _store_copy(name: str, content: IO[bytes]) -> int:
    """Keep one copy. Its key proves that it is whole."""
    key, _size = files.store(content)
    if name != archive.FILES + key:
        files.remove(key)
        raise UnusableArchive(f"The copy {name} is not as it was written.")
    return 1
