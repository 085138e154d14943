"""One thread in each process that watches the history of tickets and wakes the open pages.

It runs while there are pages that listen. Four times a second it reads what is new, on a
connection of its own that it gives back at once; a quarter of a second is too short to notice
and needs no notification service of the database.
"""

import signal
import threading
from collections import deque
from time import monotonic
from types import FrameType

import structlog
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from hub.live import queries
from hub.live.queries import Happening

log = structlog.get_logger()

POLL_SECONDS = 0.25
#: How many of the last changes are kept for pages that are slow to take them.
KEPT = 2000


class Tail:
    """Reads the history from its end on, each line once.

    PostgreSQL gives ids in order but commits in any: an id that is skipped is looked for again
    until PATIENCE seconds have passed, then it was rolled back. SQLite commits in order, so its
    tail has no gaps.
    """

    PATIENCE = 15.0
    #: Ids skipped at once beyond this were not taken by writers of now (a restored sequence).
    MOST_GAPS = 1000

    def __init__(self) -> None:
        """Start at the present end. Needs a database session."""
        self._high = queries.latest()
        self._gaps: dict[int, float] = {}
        start = max(0, self._high - queries.OVERLAP_IDS)
        self._note_gaps(start, queries.known_ids(start))

    def read(self) -> list[Happening]:
        """What is new since the last read, at most queries.MOST lines. Needs a session."""
        self._forget_old_gaps()
        found = queries.since(self._high, among=self._gaps)
        ids = {happening.id for happening in found}
        for filled in ids & self._gaps.keys():
            del self._gaps[filled]
        beyond = {number for number in ids if number > self._high}
        if beyond:
            start, self._high = self._high, max(beyond)
            self._note_gaps(start, beyond)
        return found

    def _note_gaps(self, start: int, known: set[int]) -> None:
        first = max(start + 1, self._high - self.MOST_GAPS)
        seen_at = monotonic()
        for number in range(first, self._high):
            if number not in known:
                self._gaps[number] = seen_at

    def _forget_old_gaps(self) -> None:
        oldest = monotonic() - self.PATIENCE
        self._gaps = {number: at for number, at in self._gaps.items() if at > oldest}


class Watcher:
    """Hands what happens to the streams of this process."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._changed = threading.Condition()
        self._recent: deque[Happening] = deque(maxlen=KEPT)
        self._told = 0
        self._streams = 0
        self._thread: threading.Thread | None = None
        self._stopped = False

    def join(self) -> int:
        """Count one more stream in; gives the position from which it hears. The watch has begun
        when this returns. Pair it with `leave`."""
        with self._changed:
            if self._thread is None:
                self._start()
            self._streams += 1
            return self._told

    def leave(self) -> None:
        """Count a stream out; the watch ends with the last one."""
        with self._changed:
            self._streams -= 1
            self._changed.notify_all()

    def wait(self, position: int, seconds: float) -> tuple[list[Happening] | None, int]:
        """What happened since that position, and the next position; [] when nothing did within
        that time. None: too much happened to tell one by one."""
        with self._changed:
            self._changed.wait_for(lambda: self._told > position or self._stopped, seconds)
            fresh = self._told - position
            if fresh > len(self._recent):
                return None, self._told
            return list(self._recent)[len(self._recent) - fresh :], self._told

    def stop(self) -> None:
        """End every stream of this process, now and for good: it is about to stop."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    @property
    def stopped(self) -> bool:
        return self._stopped

    def _start(self) -> None:
        with queries.reading(self._app):
            tail = Tail()
        self._thread = threading.Thread(
            target=self._run, args=(tail,), name="live-watcher", daemon=True
        )
        self._thread.start()

    def _run(self, tail: Tail) -> None:
        while self._goes_on():
            found = self._read(tail)
            if found:
                self._tell(found)

    def _goes_on(self) -> bool:
        """Sleep until the next look. False once nobody listens: the next stream starts anew."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or not self._streams, POLL_SECONDS)
            if self._streams and not self._stopped:
                return True
            self._thread = None
            return False

    def _read(self, tail: Tail) -> list[Happening]:
        try:
            with queries.reading(self._app):
                return tail.read()
        except SQLAlchemyError:  # the database is away: what happens meanwhile is read later
            log.exception("live watcher cannot read")
            return []

    def _tell(self, found: list[Happening]) -> None:
        with self._changed:
            self._recent.extend(found)
            self._told += len(found)
            self._changed.notify_all()


def install(app: Flask) -> None:
    app.extensions["hub.live"] = Watcher(app)


def watcher() -> Watcher:
    """The watcher of this application."""
    found: Watcher = current_app.extensions["hub.live"]
    return found


def stop_with_the_process(app: Flask) -> None:
    """End the streams when the process is told to stop, so that the server need not wait for
    them. Call it in the main thread, after the server has set its own signal handlers
    (gunicorn: post_worker_init); those are then called as before."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        _stop_before(app, number, signal.getsignal(number))


def _stop_before(app: Flask, number: int, then: object) -> None:
    def handle(received: int, frame: FrameType | None) -> None:
        app.extensions["hub.live"].stop()
        if callable(then):
            then(received, frame)

    signal.signal(number, handle)
