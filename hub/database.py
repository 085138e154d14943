"""What every table shares: the declarative base, its column types, and how each engine behaves.

SQLite: write-ahead log, foreign keys, full synchronisation, and BEGIN IMMEDIATE for whatever may
write, so that two writers queue instead of one of them failing half-way. A request that only
reads begins plainly, because an immediate begin would make readers wait for each other.

PostgreSQL: a connection that has rested is asked whether it still lives before it is used, so that
a process lives through a restart of the server. A transaction begins with its first statement that
writes or locks: what was read before saw no less when it was read by itself (READ COMMITTED), and
psycopg forgets its prepared statements at each rollback, with which everything that only reads
would end. To plan them anew takes longer than to run them.
"""

import sqlite3
from decimal import Decimal
from time import monotonic, sleep
from typing import Annotated, Any

import flask
import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import (
    BigInteger,
    Connection,
    Dialect,
    Engine,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TextClause,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.pool import Pool
from sqlalchemy.types import TypeDecorator

BUSY_SECONDS = 10
#: How often a writer asks whether the one before it has ended. SQLite waits by itself, but asks
#: less and less often, until others who never pause (workers after a flood) always come first.
TURN_SECONDS = 0.002
#: A connection that was used in the last so many seconds is taken to be alive. To ask before each
#: use is a question for each message and page, a quarter of what it costs to keep a delivery.
RESTED_SECONDS = 2.0
#: In the `info` of a connection: is what it is asked read by itself, before a transaction begins?
READS_ALONE = "reads_alone"

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The root of all tables."""

    metadata = MetaData(naming_convention=NAMING)


BigInt = BigInteger().with_variant(Integer, "sqlite")

#: `info` of a column that says how far derived data has come: a database that is filled from
#: another one has none yet, so the column is empty there.
DERIVED = {"derived": True}

#: The highest number a primary key can have; databases refuse to look for a higher one.
LARGEST_ID = 2**63 - 1

#: Primary key: a 64-bit number given by the database.
Id = Annotated[int, mapped_column(BigInt, Identity(), primary_key=True)]


class PlainText(TypeDecorator[str]):
    """Text that came from outside. A platform may send half an emoji (a lone surrogate) or a NUL,
    which no database holds: they become "?" and nothing, and the message is kept."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return value.encode("utf-8", "replace").decode().replace("\0", "")


class Money(TypeDecorator[Decimal]):
    """An amount of money, exact to a millionth of its unit: a whole number in the database, so
    that both engines add it up without rounding."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value.scaleb(6).to_integral_value())

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-6)


def partial_index(name: str, *columns: str, where: TextClause) -> Index:
    """An index of those rows alone that fulfil `where`, on either engine."""
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


def insert_unless_there(
    table: type[Base] | Table, dialect: Dialect, **values: Any
) -> sqlite.Insert | postgresql.Insert:
    """A statement that adds a row, or leaves the one with the same unique key as it is. Without
    values it takes those it is executed with."""
    insert = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
    added = insert(table).on_conflict_do_nothing()
    return added.values(**values) if values else added


def install_rules() -> None:
    """Set up every connection this process opens. Called once, at import of extensions."""
    event.listen(Engine, "connect", _configure_connection)
    event.listen(Engine, "begin", _begin)
    event.listen(Engine, "before_cursor_execute", _begin_with_what_writes)
    event.listen(Pool, "checkin", _rest)
    event.listen(Pool, "checkout", _is_it_alive)


def _rest(_connection: Any, record: Any) -> None:
    record.info["rests_since"] = monotonic()


def _is_it_alive(connection: Any, record: Any, _proxy: Any) -> None:
    """Raises InvalidatePoolError where it is not: the pool opens new ones then."""
    rests_since = record.info.get("rests_since")  # None: it is new
    if rests_since is None or not isinstance(connection, psycopg.Connection):
        return
    if monotonic() - rests_since < RESTED_SECONDS:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error as error:
        raise InvalidatePoolError from error


def _configure_connection(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # the driver must not begin by itself: _begin does
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_SECONDS * 1000}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        _begin_on_sqlite(connection)
    elif connection.dialect.driver == "psycopg":
        _read_alone(connection)


def _read_alone(connection: Connection) -> None:
    """Until the first statement that writes, where nobody asked for another isolation."""
    driver: Any = connection.connection.driver_connection
    chosen = "isolation_level" in connection.get_execution_options()
    if chosen or (driver.autocommit and not connection.info.get(READS_ALONE)):
        connection.info[READS_ALONE] = False
    elif driver.info.transaction_status == TransactionStatus.IDLE:
        connection.info[READS_ALONE] = driver.autocommit = True


def _begin_with_what_writes(
    connection: Connection, _cursor: Any, statement: str, *_values: Any
) -> None:
    if not connection.info.get(READS_ALONE):
        return
    if statement.startswith("SELECT") and " FOR " not in statement:  # update, share, no key update
        return
    driver: Any = connection.connection.driver_connection
    connection.info[READS_ALONE] = driver.autocommit = False


def _begin_on_sqlite(connection: Connection) -> None:
    if _only_reads(connection):
        connection.exec_driver_sql("BEGIN")
    elif not _began_in_turn(connection.connection.driver_connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # says why it cannot


def _began_in_turn(driver: Any) -> bool:
    """Begin to write, once whoever writes has ended. False when that takes too long."""
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        for _time in range(int(BUSY_SECONDS / TURN_SECONDS)):
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    return False
                sleep(TURN_SECONDS)
            else:
                return True
        return False
    finally:
        driver.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")


def _only_reads(connection: Connection) -> bool:
    """Outside of requests, the one who connects says so with an execution option."""
    if connection.get_execution_options().get("read_only"):
        return True
    return flask.has_request_context() and flask.request.method in {"GET", "HEAD", "OPTIONS"}
