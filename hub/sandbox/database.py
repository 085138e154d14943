"""The sandbox's own SQLite file. It is not the hub's database and shares nothing with it.

Several processes may hold it open (web workers, the mail catcher, a command), so nothing is
kept in memory and every write is one immediate transaction.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from hub.sandbox.meta import schema as meta
from hub.sandbox.x import schema as x

#: Raise it with every change of SCHEMA: a file of another version is made anew.
VERSION = 3

_SHARED = """
CREATE TABLE setting (
    network TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (network, name));
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT, network TEXT NOT NULL, body BLOB NOT NULL,
    headers TEXT NOT NULL, created_at INTEGER NOT NULL, due_at INTEGER NOT NULL,
    claimed_until INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, status INTEGER,
    delivered_at INTEGER, given_up_at INTEGER);
CREATE INDEX delivery_to_make ON delivery (network, due_at)
    WHERE delivered_at IS NULL AND given_up_at IS NULL;
CREATE TABLE fault (
    network TEXT NOT NULL, name TEXT NOT NULL, remaining INTEGER NOT NULL, seconds REAL NOT NULL,
    any_call INTEGER NOT NULL, PRIMARY KEY (network, name));
CREATE TABLE request (
    id INTEGER PRIMARY KEY AUTOINCREMENT, network TEXT NOT NULL, at INTEGER NOT NULL,
    method TEXT NOT NULL, path TEXT NOT NULL, query TEXT NOT NULL, headers TEXT NOT NULL,
    body TEXT NOT NULL, status INTEGER NOT NULL, answer TEXT NOT NULL);
CREATE TABLE mail (
    id INTEGER PRIMARY KEY AUTOINCREMENT, received_at INTEGER NOT NULL, sender TEXT NOT NULL,
    recipients TEXT NOT NULL, raw BLOB NOT NULL);
"""
SCHEMA = _SHARED + meta.SCHEMA + x.SCHEMA
#: What a reset spares: the hub goes on with the access it was given, and no id comes twice.
KEPT = frozenset({"x_token", "x_sequence"})

Seed = Callable[[sqlite3.Connection], None]


class Database:
    """The file at `path`, made and seeded when it is not there.

    `seed` fills an empty schema; it is called inside the transaction that makes it.
    """

    def __init__(self, path: Path, seed: Seed) -> None:
        self.path = path
        self._seed = seed
        if path.exists() and self._version() != VERSION:
            for suffix in ("", "-wal", "-shm"):
                Path(f"{path}{suffix}").unlink(missing_ok=True)
        if not path.exists():
            self._make()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One consistent view of the state."""
        with closing(self._connect()) as connection:
            connection.execute("BEGIN")
            yield connection
            connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it, or nothing when the block raises."""
        with closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def reset(self) -> None:
        """Forget everything but what is KEPT, and seed again. The file stays: other processes
        hold it open."""
        with self.writing() as connection:
            tables = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
            for table in {row["name"] for row in tables} - KEPT:
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own schema
            self._seed(connection)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=10, isolation_level=None)
        connection.row_factory = sqlite3.Row
        # What was played may be lost with the power; nobody waits for the disk.
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    def _version(self) -> int:
        with closing(self._connect()) as connection:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])

    def _make(self) -> None:
        """Build the file aside and link it into place, so that two processes starting together
        both see one complete file and neither waits for the other."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        aside = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        aside.unlink(missing_ok=True)
        with closing(sqlite3.connect(aside, isolation_level=None)) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")
            connection.executescript(SCHEMA)
            connection.execute("BEGIN IMMEDIATE")
            self._seed(connection)
            connection.execute("COMMIT")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        try:
            os.link(aside, self.path)
        except FileExistsError:
            pass  # another process was first, and its file is as good
        finally:
            aside.unlink()
