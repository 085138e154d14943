"""When the database is away, full, locked or read-only: how long the hub waits for it, and what it
takes for an outage rather than for a mistake of its own.

An outage passes, or is mended outside of the hub: whoever asked is told to come again. What was
committed before is safe.
"""

import errno
import sqlite3
from typing import Any

from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

#: After so many seconds whoever was refused may ask again.
RETRY_SECONDS = 60

#: How long a request waits for a connection of its own process to come free, and for the server to
#: take a new one. Who is told sooner comes again sooner, and holds no thread meanwhile.
POOL_SECONDS = 5
CONNECT_SECONDS = 3
#: Connections kept open, and those opened beside them while many requests work at once. Threads
#: that hold an open page's stream hold no connection.
POOL_SIZE, POOL_OVERFLOW = 10, 20

#: libpq's words. A server that has vanished from the network is noticed within 10 seconds, in the
#: middle of a statement as well; a forgotten transaction keeps nobody waiting for long.
PATIENCE: dict[str, Any] = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "options": "-c statement_timeout=30s -c lock_timeout=10s"
    " -c idle_in_transaction_session_timeout=60s",
}

#: https://www.sqlite.org/rescode.html, primary codes.
SQLITE_OUTAGES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}
#: https://www.postgresql.org/docs/current/errcodes-appendix.html. Classes: connection, sign-in,
#: rolled back by the server, out of resources, not in the right state, operator, system, internal.
POSTGRESQL_OUTAGES = ("08", "28", "40", "53", "55", "57", "58", "XX")
#: Codes of other classes: a read-only database, a transaction that waited for too long.
POSTGRESQL_OUTAGE_CODES = {"25006", "25P03"}

FULL_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}


#: A connection of SQLite knows of its tables what was known when it was opened (see
#: admin/statistics.py).
RENEWED_SECONDS = 3600


def engine_options(url: str) -> dict[str, Any]:
    """What SQLAlchemy's engine is made with. What the address says itself goes before.

    `hide_parameters`: an error of the database is logged and kept, and its parameters are what
    citizens wrote.
    """
    options: dict[str, Any] = {
        "pool_size": POOL_SIZE,
        "max_overflow": POOL_OVERFLOW,
        "pool_timeout": POOL_SECONDS,
        "hide_parameters": True,
    }
    if url.startswith("postgresql"):
        options["connect_args"] = patience(url)
        options["pool_use_lifo"] = True  # the same few connections know the prepared statements
    else:
        options["pool_recycle"] = RENEWED_SECONDS
    return options


def patience(url: str) -> dict[str, Any]:
    """PATIENCE, without what an address of PostgreSQL says itself."""
    said = make_url(url).query
    return {name: value for name, value in PATIENCE.items() if name not in said}


def take_as_long_as_it_takes(connection: Connection) -> None:
    """Lift the limits for this transaction: a migration or a copy of everything may take hours,
    and nobody waits in front of a page for it."""
    if connection.dialect.name == "postgresql":
        for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
            connection.execute(text(f"SET LOCAL {limit} = 0"))


def is_outage(error: BaseException) -> bool:
    """Is it storage's trouble, so that asking again later is right? A wrong statement is none,
    although SQLite reports it as an OperationalError like any outage."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _is_outage_of_driver(error)
    if isinstance(error, OSError):
        return error.errno in FULL_DISK
    return isinstance(error, PoolExhausted)


def _is_outage_of_driver(error: DBAPIError) -> bool:
    if (code := getattr(error.orig, "sqlite_errorcode", None)) is not None:
        return code & 0xFF in SQLITE_OUTAGES
    if state := getattr(error.orig, "sqlstate", None):
        return state.startswith(POSTGRESQL_OUTAGES) or state in POSTGRESQL_OUTAGE_CODES
    return isinstance(error, (OperationalError, InterfaceError))
