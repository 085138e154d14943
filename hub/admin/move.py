"""Moving the whole hub into another database, of either engine.

Nobody may have the old database open meanwhile. The new one is filled in one transaction, and read
again before that is committed: every table must have the rows and the checksum of the old one,
which is looked at a second time too. So the new database holds the whole hub afterwards, or
nothing; the old one stays as it is. Copies of files lie in INSTANCE_DIR and need no moving.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Connection, NullPool, TextClause, create_engine, make_url, text

from hub.admin import archive, rows, schema
from hub.admin.archive import Content
from hub.admin.backup import WrongMigration
from hub.admin.restore import OtherMigration
from hub.extensions import db
from hub.outages import engine_options, take_as_long_as_it_takes

#: How long a connection that was closed may take to be gone.
LEAVING_SECONDS = 2.0


class InUse(Exception):
    """Somebody else has the old database open: stop web and workers first."""


class SameDatabase(Exception):
    """The new database is the old one."""


class NotTheSame(Exception):
    """A table of the new database is not as the old one has it, or the old one has changed since.
    Nothing was moved: try again with web and workers stopped."""


def to(url: str) -> Mapping[str, Content]:
    """Move everything into the empty database at this address (SQLAlchemy's), with its tables or
    without. Gives what each table holds.

    Raises WrongMigration for the old database, OtherMigration or rows.DatabaseNotEmpty for the
    new one, SameDatabase, InUse, NotTheSame, or SQLAlchemy's OperationalError when one is out of
    reach.
    """
    if make_url(url) == db.engine.url:
        raise SameDatabase
    db.session.remove()
    db.engine.dispose()  # this very process has it open as well
    new = create_engine(url, **_alone(url))
    with _nobody_else() as source, new.begin() as target:
        take_as_long_as_it_takes(target)
        with _an_instant_of(source):
            _check_migration(source)
            _prepare(target)
            moved = {
                table.name: rows.load(table, rows.lines(table, source), target)
                for table in archive.tables()
            }
        _check_contents(target, moved)
        with _an_instant_of(source):
            _check_contents(source, moved)
        return moved


def _alone(url: str) -> dict[str, object]:
    """Connections that are closed when they are given back."""
    options = engine_options(url)
    patience = {"connect_args": options["connect_args"]} if "connect_args" in options else {}
    return {"poolclass": NullPool, "hide_parameters": True, **patience}


# --- The old database -------------------------------------------------------------------------


@contextmanager
def _nobody_else() -> Iterator[Connection]:
    """The only connection to the old database."""
    url = db.engine.url.render_as_string(hide_password=False)
    engine = create_engine(url, **_alone(url))
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            _refuse_others(connection)
        else:
            _lock_file(connection)
        yield connection


def _refuse_others(connection: Connection) -> None:
    """Those that were closed a moment ago, such as this process's own, are still on their way out:
    they are given LEAVING_SECONDS."""
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND usename = current_user AND pid <> pg_backend_pid()"
    )
    ends = monotonic() + LEAVING_SECONDS
    while _asked_anew(connection, others):
        if monotonic() > ends:
            raise InUse
        sleep(0.05)


def _asked_anew(connection: Connection, figure: TextClause) -> Any:
    """Within a transaction, PostgreSQL would always see the same connections."""
    with connection.begin():
        return connection.scalar(figure)


def _lock_file(connection: Connection) -> None:
    """Every open connection holds a lock on a file with a write-ahead log, so this one waits for
    all of them (https://www.sqlite.org/pragma.html#pragma_locking_mode)."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    raw.execute("PRAGMA busy_timeout = 1000")
    raw.execute("PRAGMA locking_mode = EXCLUSIVE")
    try:
        raw.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise InUse from error
        raise
    raw.execute("COMMIT")


@contextmanager
def _an_instant_of(connection: Connection) -> Iterator[None]:
    with connection.begin():
        take_as_long_as_it_takes(connection)
        yield


def _check_migration(source: Connection) -> None:
    present = schema.present(source)
    if present != schema.wanted():
        raise WrongMigration(present)


# --- The new one ------------------------------------------------------------------------------


def _prepare(target: Connection) -> None:
    """See that it has our tables, without rows."""
    present, wanted = schema.present(target), schema.wanted()
    if present not in {"", wanted}:
        raise OtherMigration(
            f"The new database stands at migration {present}, this version of the hub at {wanted}."
        )
    schema.upgrade(target)
    rows.refuse_rows(target)


def _check_contents(connection: Connection, expected: Mapping[str, Content]) -> None:
    for table in archive.tables():
        if rows.content(table, connection) != expected[table.name]:
            raise NotTheSame(f"The table {table.name} is not the same in both databases.")
