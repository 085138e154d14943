"""The doorbell between web and workers.

A ring carries the name of a task and the id of a row, nothing else: the row is the truth. A ring
may be lost, doubled or late without harm, because each task claims its row and the sweep finds
every row that is due. Ring after the commit, never inside the transaction.

The port is the class Doorbell; Huey is the one engine behind it (docs/architecture.md says how
another one is added).
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache, partial, wraps
from time import monotonic, sleep
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
import structlog
from flask import Flask, current_app
from huey import Huey, PostgresHuey, PriorityRedisHuey, SqliteHuey
from huey.consumer import Consumer
from huey.storage import SqliteStorage
from sqlalchemy import Select, String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from hub.clock import UtcDateTime, now, present
from hub.database import Base, insert_unless_there
from hub.extensions import db
from hub.outages import CONNECT_SECONDS, is_outage, patience
from hub.ringer import Ringer

log = structlog.get_logger()

#: With more rings than this waiting for a worker, a sweep is left out.
MOST_WAITING = 200
#: For so long a store that could not be reached is left alone.
SILENT_SECONDS = 2.0

AT_ONCE = timedelta(0)

Task = Callable[[int], None]

#: The higher the sooner; rings of the same priority are heard in their order.
PATIENT, ORDINARY, URGENT = 0, 1, 2

#: name -> what to do with the row. Filled by @task when the rooms' tasks modules are imported.
_tasks: dict[str, Task] = {}
#: name -> which rings are heard first.
_priorities: dict[str, int] = {}
#: Called by the worker every few seconds: each rings for the rows that are due in its room.
_sweepers: list[Callable[[], None]] = []
#: name -> the same for those that come round by themselves.
_periodic: dict[str, Callable[[], None]] = {}
#: Called once when a worker starts, before its first sweep.
_starters: list[Callable[[], None]] = []


def task(function: Task) -> Task:
    """Register what a ring of this name does. It takes the id of a row and must be idempotent."""
    return _register(function, ORDINARY)


def urgent_task(function: Task) -> Task:
    """As `task`; its rings go before all others that wait: for what people wait for."""
    return _register(function, URGENT)


def patient_task(function: Task) -> Task:
    """As `task`; its rings let all others go before: for what nothing waits for."""
    return _register(function, PATIENT)


def _register(function: Task, priority: int) -> Task:
    _tasks[function.__name__] = function
    _priorities[function.__name__] = priority
    return function


def sweeper(function: Callable[[], None]) -> Callable[[], None]:
    """Register a search for due rows. It rings for each and does no work itself."""
    _sweepers.append(function)
    return function


def starter(function: Callable[[], None]) -> Callable[[], None]:
    """Register what is to be done when a worker starts: the settings may be others now."""
    _starters.append(function)
    return function


class Tick(Base):
    """When a job that comes round by itself is next to be done, whichever worker does it."""

    __tablename__ = "tick"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)


def periodic(every: timedelta) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register a search for due rows, as a sweeper is, that one worker makes in each such time
    however many there are. What takes long, or asks somebody outside, it rings for."""

    def register(function: Callable[[], None]) -> Callable[[], None]:
        name = f"{function.__module__}.{function.__name__}"

        @wraps(function)
        def in_turn() -> None:
            if is_our_turn(name, every):
                function()

        _periodic[name] = in_turn
        return function

    return register


def is_our_turn(name: str, every: timedelta) -> bool:
    """May the caller, of all who ask, do what is done once in each such time? The row decides
    between those that ask in the same instant. Commits."""
    instant = now()
    with db.engine.connect().execution_options(read_only=True) as connection:
        if connection.scalar(_resting().where(Tick.name == name)) is not None:
            return False  # most who ask come too early, and on SQLite only one writes at a time
    db.session.execute(insert_unless_there(Tick, db.engine.dialect, name=name, next_at=instant))
    taken = db.session.scalar(
        update(Tick)
        .where(Tick.name == name, Tick.next_at <= instant)
        .values(next_at=instant + every)
        .returning(Tick.name)
    )
    db.session.commit()
    return taken is not None


@cache
def _resting() -> Select[str]:
    """The names of what is not to be done yet."""
    return select(Tick.name).where(Tick.next_at > present())


def end_turn(name: str) -> None:
    """Give back a turn that `is_our_turn` gave, before its time is over. Commits. With no instant
    to wait for, a clock that is set back keeps nobody out."""
    db.session.execute(delete(Tick).where(Tick.name == name))
    db.session.commit()


def ring(name: str, row_id: int, *, delay: timedelta = AT_ONCE) -> None:
    """Tell a worker that row `row_id` wants task `name`, once `delay` has passed. Never raises: a
    ring that cannot be sent is logged, and the sweep will find the row."""
    doorbell: Doorbell = current_app.extensions["hub.doorbell"]
    try:
        doorbell.ring(name, row_id, delay=delay)
    except Exception as error:  # any engine's trouble means the same: the sweep takes over
        log.warning("doorbell failed", task=name, row=row_id, error=str(error))


def ring_soon(name: str, row_id: int) -> None:
    """As `ring`, for those who may not wait for the queue's store: another thread rings, in a
    moment, and once for all that is rung for under this name until then (see ringer.py). Never
    raises."""
    doorbell: Doorbell = current_app.extensions["hub.doorbell"]
    doorbell.ring_soon(name, row_id)


def start() -> None:
    """Do what is to be done when a worker starts, in every room."""
    _in_every_room(_starters, "start failed")


def sweep() -> None:
    """Ring for everything that is due in every room. While many rings wait there is no sweep: it
    would ring again for what they are for, and new rings would queue behind those."""
    if not _is_busy(current_app.extensions["hub.doorbell"]):
        _in_every_room([*_sweepers, *_whose_time_has_come()], "sweep failed")


def _whose_time_has_come() -> list[Callable[[], None]]:
    """All of them where that cannot be read: each then finds out, and tells of its own trouble."""
    try:
        with db.engine.connect().execution_options(read_only=True) as connection:
            resting = set(connection.scalars(_resting()))
    except Exception:  # a sweep must go on, whatever the trouble
        return list(_periodic.values())
    return [work for name, work in _periodic.items() if name not in resting]


def _in_every_room(works: list[Callable[[], None]], failure: str) -> None:
    """Each with a database session of its own. A room in trouble never stops the next."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    for work in works:
        try:
            with app.app_context():
                work()
        except Exception as error:
            if is_outage(error):
                log.error(failure, room=work.__module__, error=str(error))
            else:
                log.exception(failure, room=work.__module__)


def _is_busy(doorbell: "Doorbell") -> bool:
    try:
        return doorbell.waiting() > MOST_WAITING
    except Exception as error:  # any engine's trouble; the sweep's own rings will say so too
        log.warning("doorbell failed", error=str(error))
        return False


def perform(name: str, row_id: int) -> None:
    """Do one task now, in this process. Needs an application context."""
    _tasks[name](row_id)


class Doorbell:
    """Rings through Huey, on the store that QUEUE_URL names. The store is opened at the first use,
    so that the hub starts without it."""

    def __init__(self, app: Flask, url: str) -> None:
        self._connections = Connections(url)
        self._huey = _store(url, self._connections)
        self._app = app
        self._run = self._huey.task(name="hub.perform")(self._perform)
        self._is_open = False
        self._lock = threading.Lock()
        self._silent_until = 0.0
        self._ringer = Ringer(self._ring_unless_many_wait)

    def ring(self, name: str, row_id: int, *, delay: timedelta = AT_ONCE) -> None:
        """A ring with a delay is heard up to a second after it: a consumer looks once a second for
        those that have become due. Raises when the store cannot be reached, at once for some
        seconds after it could not: rings are made in front of platforms that wait for an answer."""
        if monotonic() < self._silent_until:
            raise OutOfReach("the queue was out of reach a moment ago")
        try:
            self._open()
            priority = _priorities.get(name, ORDINARY)
            if delay > AT_ONCE:
                self._run.schedule((name, row_id), delay=delay, priority=priority)
            else:
                self._run(name, row_id, priority=priority)
        except Exception:
            self._silent_until = monotonic() + SILENT_SECONDS
            raise

    def ring_soon(self, name: str, row_id: int) -> None:
        """Have it rung for by another thread, once for all that want this name meanwhile."""
        self._ringer.want(name, row_id)

    def waiting(self) -> int:
        """How many rings no worker has taken yet. Raises when the store cannot be reached."""
        self._open()
        return int(self._huey.pending_count())

    def consumer(self, threads: int) -> Consumer:
        """What the worker runs. A short poll keeps an idle SQLite store answering within 0.25 s.
        Raises when the store cannot be reached."""
        self._open()
        return self._huey.create_consumer(
            workers=threads, periodic=False, initial_delay=0.05, backoff=1.2, max_delay=0.25
        )

    def close(self) -> None:
        """Let go of the store, once its consumer has stopped. Rings that no worker has taken
        stay there, and a later ring opens it again."""
        self._huey.storage.close()
        self._connections.close()

    def _ring_unless_many_wait(self, name: str, row_id: int) -> None:
        """Such rings are for all that is due: where many wait, one more brings no worker sooner,
        and there would be no sweep (MOST_WAITING)."""
        if self.waiting() < MOST_WAITING // 2:
            self.ring(name, row_id)

    def _open(self) -> None:
        """Make the tables where the store has some. Processes that start in the same instant may
        do it at once, which PostgreSQL refuses to all but one: those find them made."""
        if self._is_open:
            return
        with self._lock:
            if not self._is_open and hasattr(self._huey.storage, "initialize_schema"):
                try:
                    self._huey.storage.initialize_schema()
                except psycopg.errors.UniqueViolation:
                    self._huey.storage.initialize_schema()
            self._is_open = True

    def _perform(self, name: str, row_id: int) -> None:
        with self._app.app_context():
            perform(name, row_id)


class OutOfReach(Exception):
    """The queue's store cannot be reached. The rows are found by the sweep."""


class Connections:
    """Connections to PostgreSQL, one or two for each thread of the engine, which closes none but
    those of the thread that asks it to."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opened: list[psycopg.Connection] = []

    def __call__(self) -> psycopg.Connection:
        connection = psycopg.connect(self._url, autocommit=True, **patience(self._url))
        connection.execute("SET synchronous_commit = off")  # a ring may be lost
        self._opened = [known for known in self._opened if not known.closed] + [connection]
        return connection

    def close(self) -> None:
        for connection in self._opened:
            connection.close()
        self._opened = []


class Unhurried:
    """Lets a worker's threads wait while the store is out of reach, rather than ask it four times
    a second and log each answer whole."""

    def dequeue(self) -> Any:
        return self._or_wait(super().dequeue)  # type: ignore[misc]

    def read_schedule(self, *arguments: Any) -> Any:
        return self._or_wait(partial(super().read_schedule, *arguments)) or []  # type: ignore[misc]

    @staticmethod
    def _or_wait(ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except Exception as error:  # any engine's trouble
            log.error("queue out of reach", error=str(error))
            sleep(SILENT_SECONDS)
            return None


class Unsynced(SqliteStorage):
    """Waits for the disk at checkpoints alone: a loss of power may take the last rings, and leaves
    the file whole."""

    def _create_connection(self) -> Any:
        connection = super()._create_connection()
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection


class OnSqlite(Unhurried, SqliteHuey):
    storage_class = Unsynced


class OnPostgresql(Unhurried, PostgresHuey):
    pass


class OnRedis(Unhurried, PriorityRedisHuey):
    pass


def _store(url: str, connections: Connections) -> Huey:
    scheme, _, path = url.partition("://")
    if scheme == "sqlite":
        filename = path.removeprefix("/")
        return OnSqlite("hub", filename=filename, results=False, create_tables=False)
    if scheme in {"postgresql", "postgres"}:
        return OnPostgresql("hub", connection=connections, results=False, create_tables=False)
    return OnRedis("hub", url=patient(url), results=False)


def is_redis(url: str) -> bool:
    """Does Redis, or what speaks as it does, stand behind this address?"""
    return url.startswith(("redis://", "rediss://"))


def patient(redis_url: str) -> str:
    """The address with time-outs, where it says none itself. A worker waits for a ring for one
    second at a time, so an answer may take longer than that."""
    parts = urlsplit(redis_url)
    said = dict(parse_qsl(parts.query))
    waits = {"socket_connect_timeout": str(CONNECT_SECONDS), "socket_timeout": "5"}
    return urlunsplit(parts._replace(query=urlencode(waits | said)))
