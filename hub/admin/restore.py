"""Reading a backup into an empty database, of either engine.

Everything is read in one transaction: the database holds the whole backup afterwards, or nothing.
The archive is read from front to back, once, and never unpacked to names that it chooses.
"""

import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, update

from hub import files
from hub.admin import archive, rows, schema
from hub.admin.archive import Manifest, Summary, UnusableArchive
from hub.extensions import db
from hub.outages import take_as_long_as_it_takes
from hub.tickets.models import Attachment

#: (name, content) of the archive's members, in their order.
Members = Iterator[tuple[str, IO[bytes]]]


class OtherMigration(Exception):
    """Backup, code and database do not stand at the same migration. Use the version of the hub
    that wrote the backup, run `flask db upgrade`, restore, and upgrade the hub afterwards."""


def read(source: Path) -> Summary:
    """Read a backup.

    Raises UnusableArchive, OtherMigration or rows.DatabaseNotEmpty, and the database is as it
    was; or OSError when the file cannot be read.
    """
    try:
        with tarfile.open(source, mode="r|gz") as tar, db.engine.begin() as connection:
            take_as_long_as_it_takes(connection)
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
        if rows.load(table, content, connection) != manifest.tables[table.name]:
            raise UnusableArchive(f"The table {table.name} is not as it was written.")
    connection.execute(update(Attachment).values(pictures=0, pictured_at=None))  # made anew
    copies = sum(_store_copy(name, content) for name, content in members)
    return Summary.of(manifest, files=copies)


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
    rows.refuse_rows(connection)


# --- Files ----------------------------------------------------------------------------------


def _store_copy(name: str, content: IO[bytes]) -> int:
    """Keep one copy. Its key proves that it is whole."""
    key, _size = files.store(content)
    if name != archive.FILES + key:
        files.remove(key)
        raise UnusableArchive(f"The copy {name} is not as it was written.")
    return 1
