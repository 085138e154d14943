"""Writing a backup: the whole database as it stood in one instant, and the copies of files.

The hub may go on working meanwhile. What the file holds is as confidential as the database. It does
not hold SECRET_KEY, without which the accounts must be connected again.
"""

import io
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Table

from hub import files
from hub.admin import archive, rows, schema
from hub.admin.archive import Content, Manifest, Summary
from hub.admin.rows import Tally
from hub.clock import now
from hub.extensions import db


class WrongMigration(Exception):
    """The database does not stand at this code's migration. Run `flask db upgrade` first."""


def write(target: Path) -> Summary:
    """Write a backup. It gets its name once it is complete and on the disk; nobody but the owner
    may read it. Tables are first written beside it, so for a while they take room unpacked.

    Raises WrongMigration, or OSError when the disk is full or the folder cannot be written: what
    was there under this name before is untouched then.
    """
    with _complete_or_nothing(target) as file, tempfile.TemporaryDirectory(dir=target.parent) as at:
        manifest = _write_tables(Path(at))
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as tar:
            _add_bytes(tar, archive.MANIFEST, manifest.to_json())
            for name in manifest.tables:
                tar.add(Path(at) / name, f"{archive.TABLES}{name}.jsonl")
            copied = sum(map(partial(_add_copy, tar), files.keys()))
    return Summary.of(manifest, files=copied)


def _write_tables(folder: Path) -> Manifest:
    with rows.snapshot(db.engine) as connection:
        migration = schema.present(connection)
        if migration != schema.wanted():
            raise WrongMigration(migration)
        contents = {
            table.name: _write_table(connection, table, folder / table.name)
            for table in archive.tables()
        }
    return Manifest(migration=migration, created_at=now(), tables=contents)


def _write_table(connection: Connection, table: Table, path: Path) -> Content:
    tally = Tally()
    with path.open("wb") as file:
        for line in rows.lines(table, connection):
            file.write(line)
            tally.add(line)
    return tally.content


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def _add_copy(tar: tarfile.TarFile, key: str) -> int:
    """1, or 0 for a copy that was removed meanwhile."""
    try:
        tar.add(files.path(key), archive.FILES + key)
    except FileNotFoundError:
        return 0
    return 1


@contextmanager
def _complete_or_nothing(target: Path) -> Iterator[IO[bytes]]:
    """A file that takes its name at the end, or leaves no trace."""
    with tempfile.NamedTemporaryFile(
        dir=target.parent, prefix=f".{target.name}.", delete=False
    ) as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            os.replace(file.name, target)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
