"""Processes that die, and connections that are cut, inside the process of a test.

A process that is killed leaves what it has committed and nothing else. So the places to die at are
before and after each commit, and before and after each call that says something; between two of
them it makes no difference where.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from random import Random
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, text
from sqlalchemy.exc import OperationalError

#: One request or task in so many comes to a bad end, at one of its first places.
ONE_IN, PLACES = 14, 9
#: The process dies before one call in so many that says something, and after as many.
ONE_CALL_IN = 12


class Killed(BaseException):
    """The process is gone: only who starts it again may catch this."""


@dataclass
class Fate:
    """Where each request and each task comes to its end, if it does."""

    random: Random
    counts: Counter[str]
    over: bool = False
    _who: str = field(default="", init=False)
    _left: int = field(default=0, init=False)

    @contextmanager
    def of(self, who: str) -> Iterator[None]:
        """What is done inside may be ended. A platform may deliver while a worker waits for it."""
        around = self._who, self._left
        unlucky = not self.over and self.random.randrange(ONE_IN) == 0
        self._who, self._left = who, self.random.randint(1, PLACES) if unlucky else 0
        try:
            yield
        finally:
            self._who, self._left = around

    def may_be_killed(self, when: str) -> None:
        """A place at a call to a platform, more dangerous than others."""
        if not self.over and self.random.randrange(ONE_CALL_IN) == 0:
            self._kill(when)

    def at_commit(self, connection: Connection) -> None:
        """The two places around a commit."""
        if self._is_here():
            self._end_before(connection)
        if self._is_here():
            connection.connection.commit()
            self._end()

    def _is_here(self) -> bool:
        self._left -= 1
        return self._left == 0

    def _end_before(self, connection: Connection) -> None:
        """Nothing is committed. PostgreSQL cuts the connection itself: the commit finds out."""
        if connection.dialect.name == "postgresql" and self.random.random() < 0.5:
            self.counts[f"{self._who}: database cut off"] += 1
            _terminate(connection)
        else:
            connection.connection.rollback()
            self._end()

    def _end(self) -> None:
        if self.random.random() < 0.5:
            self._kill()
        self.counts[f"{self._who}: database cut off"] += 1
        raise OperationalError("COMMIT", {}, Exception("the database is out of reach"))

    def _kill(self, when: str = "") -> None:
        self.counts[f"{self._who}: killed{when}"] += 1
        raise Killed


@contextmanager
def watching(engine: Engine, fate: Fate) -> Iterator[None]:
    """Let the fate stand by at each commit of this database."""
    event.listen(engine, "commit", fate.at_commit)
    try:
        yield
    finally:
        event.remove(engine, "commit", fate.at_commit)


def mortal(send: Callable[..., Any], fate: Fate) -> Callable[..., Any]:
    """A channel's `send` in whose course the process may die."""

    @wraps(send)
    def sent(*args: Any, **options: Any) -> Any:
        fate.may_be_killed(" before it spoke")
        given = send(*args, **options)
        fate.may_be_killed(" after it spoke")
        return given

    return sent


def _terminate(connection: Connection) -> None:
    """End this connection of PostgreSQL at its other end."""
    pid = connection.connection.driver_connection.info.backend_pid
    other = create_engine(connection.engine.url, poolclass=NullPool)
    with other.connect() as administrator:
        administrator.execute(text("SELECT pg_terminate_backend(:pid, 1000)"), {"pid": pid})
