"""The sandbox's own SQLite file. It is not the hub's database and shares nothing with it.

Several processes may hold it open (web workers, the mail catcher, a command), so nothing is
kept in memory and every write is one immediate transaction.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

#: Raise it with every change of SCHEMA: a file of another version is made anew.
VERSION = 1

SCHEMA = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE person (
    id TEXT PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL,
    blocked INTEGER NOT NULL DEFAULT 0, profile_hidden INTEGER NOT NULL DEFAULT 0);
CREATE TABLE post (
    id TEXT PRIMARY KEY, author_id TEXT NOT NULL, text TEXT NOT NULL, picture TEXT NOT NULL,
    created_at INTEGER NOT NULL, removed_at INTEGER, private_reply TEXT);
CREATE TABLE comment (
    id TEXT PRIMARY KEY, post_id TEXT NOT NULL, parent_id TEXT, author_id TEXT NOT NULL,
    text TEXT NOT NULL, picture TEXT NOT NULL, created_at INTEGER NOT NULL, edited_at INTEGER,
    removed_at INTEGER, hidden INTEGER NOT NULL DEFAULT 0, liked INTEGER NOT NULL DEFAULT 0,
    private_reply TEXT);
CREATE INDEX comment_of_post ON comment (post_id, created_at);
CREATE TABLE message (
    mid TEXT PRIMARY KEY, psid TEXT NOT NULL, from_page INTEGER NOT NULL, kind TEXT NOT NULL,
    text TEXT NOT NULL, attachments TEXT NOT NULL, created_at INTEGER NOT NULL,
    app_id TEXT NOT NULL, metadata TEXT NOT NULL, reply_to TEXT, edits INTEGER NOT NULL DEFAULT 0);
CREATE INDEX message_of_person ON message (psid, created_at);
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL, headers TEXT NOT NULL,
    created_at INTEGER NOT NULL, due_at INTEGER NOT NULL, claimed_until INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0, status INTEGER, delivered_at INTEGER,
    given_up_at INTEGER);
CREATE TABLE fault (name TEXT PRIMARY KEY, remaining INTEGER NOT NULL, seconds REAL NOT NULL);
CREATE TABLE request (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, method TEXT NOT NULL,
    path TEXT NOT NULL, query TEXT NOT NULL, headers TEXT NOT NULL, body TEXT NOT NULL,
    status INTEGER NOT NULL, answer TEXT NOT NULL);
CREATE TABLE mail (
    id INTEGER PRIMARY KEY AUTOINCREMENT, received_at INTEGER NOT NULL, sender TEXT NOT NULL,
    recipients TEXT NOT NULL, raw BLOB NOT NULL);
"""

TABLES = (
    "setting", "person", "post", "comment", "message", "delivery", "fault", "request", "mail",
)  # fmt: skip

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
        """Forget everything and seed again. The file stays: other processes hold it open."""
        with self.writing() as connection:
            for table in TABLES:
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names from our own tuple
            self._seed(connection)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=10, isolation_level=None)
        connection.row_factory = sqlite3.Row
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
