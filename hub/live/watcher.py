"""One thread in each process that watches the history of tickets, and who is at work on them, and
wakes the open pages that may hear of it.

It runs while there are pages that listen. Four times a second it reads what is new, on a
connection of its own that it gives back at once; a quarter of a second is too short to notice
and needs no notification service of the database.
"""

import signal
import threading
from time import monotonic
from types import FrameType

import structlog
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from hub.live import queries, telling
from hub.live.audience import Audience, audiences
from hub.live.presence import Attendance, Company
from hub.live.queries import Happening
from hub.tickets.models import EventKind

log = structlog.get_logger()

POLL_SECONDS = 0.25
#: Whether people may still listen is asked this often.
RECHECK_SECONDS = 30.0
#: How many changes are kept for a page that is slow to take them.
KEPT = 2000
#: How many threads of a process streams leave to the rest.
SPARED = 32


class Ear:
    """What one stream has yet to tell. `audience`: what its person may hear, None once they may
    hear nothing."""

    def __init__(self, session_key: str, audience: Audience | None) -> None:
        self.session_key = session_key
        self.audience = audience
        self._changed = threading.Condition()
        self._texts: list[str] = []
        self._overran = False
        self._closed = False

    def tell(self, texts: list[str]) -> None:
        """Say something more."""
        with self._changed:
            self._texts += texts
            if len(self._texts) > KEPT:
                self._texts.clear()
                self._overran = True
            self._changed.notify()

    def listen(self, seconds: float) -> str | None:
        """What was said since the last time; "" when nothing was within so many seconds, and at
        once when the ear is closed. None: more than is worth telling one by one."""
        with self._changed:
            self._changed.wait_for(lambda: self._texts or self._overran or self._closed, seconds)
            overran, self._overran = self._overran, False
            texts, self._texts = self._texts, []
        return None if overran else "".join(texts)

    def close(self) -> None:
        """There is nothing more to be heard."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    @property
    def is_open(self) -> bool:
        return self.audience is not None and not self._closed


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
    """Hands what happens to the streams of this process. `most`: how many streams may be open,
    None for any number."""

    def __init__(self, app: Flask, *, most: int | None = None) -> None:
        self.most = most
        self._app = app
        self._changed = threading.Condition()
        self._ears: set[Ear] = set()
        self._attendance = Attendance()
        self._checked_at = 0.0
        self._thread: threading.Thread | None = None
        self._stopped = False

    def join(self, session_key: str) -> Ear:
        """Open an ear for the person behind this session. The watch has begun when this returns.
        Pair it with `leave`."""
        with queries.reading(self._app):
            ear = Ear(session_key, audiences([session_key]).get(session_key))
        with self._changed:
            if self._thread is None:
                self._start()
            self._ears.add(ear)
        return ear

    def leave(self, ear: Ear) -> None:
        """Close an ear; the watch ends with the last one."""
        with self._changed:
            self._ears.discard(ear)
            self._changed.notify_all()

    def present(self, ear: Ear) -> str:
        """Who is where, as far as this ear may hear of it. Ask once it is open: whatever changes
        from then on, it is told."""
        may_hear = ear.audience.may_hear if ear.audience else lambda _company: False
        return telling.of_all(filter(may_hear, self._attendance.companies))

    def stop(self) -> None:
        """End every stream of this process, now and for good: it is about to stop."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
            for ear in self._ears:
                ear.close()

    @property
    def is_full(self) -> bool:
        """Would one more stream take a thread that pages and deliveries need?"""
        return self.most is not None and len(self._ears) >= self.most

    @property
    def stopped(self) -> bool:
        return self._stopped

    def _start(self) -> None:
        with queries.reading(self._app):
            tail = Tail()
            self._attendance.read(anew=True)
        self._checked_at = monotonic()
        self._thread = threading.Thread(
            target=self._run, args=(tail,), name="live-watcher", daemon=True
        )
        self._thread.start()

    def _run(self, tail: Tail) -> None:
        while self._goes_on():
            try:
                with queries.reading(self._app):
                    self._look(tail)
            except SQLAlchemyError:  # the database is away: what happens meanwhile is read later
                log.exception("live watcher cannot read")

    def _goes_on(self) -> bool:
        """Sleep until the next look. False once nobody listens: the next stream starts anew."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or not self._ears, POLL_SECONDS)
            if self._ears and not self._stopped:
                return True
            self._thread = None
            return False

    def _look(self, tail: Tail) -> None:
        found = tail.read()
        if monotonic() - self._checked_at > RECHECK_SECONDS or any(map(_changes_rights, found)):
            self._check_again()
        companies = self._attendance.read(anew=any(map(_moves, found)))
        if found or companies:
            self._tell(found, companies)

    def _check_again(self) -> None:
        """Ask for all at once whether they may still listen, and to what."""
        ears = self._listening()
        known = audiences({ear.session_key for ear in ears})
        for ear in ears:
            ear.audience = known.get(ear.session_key)
            if ear.audience is None:
                ear.close()
        self._checked_at = monotonic()

    def _tell(self, found: list[Happening], companies: list[Company]) -> None:
        """To those who may hear it alone: nobody else is woken."""
        heard: dict[Ear, list[str]] = {}
        ears = self._listening()
        happened: list[Happening | Company] = [*found, *companies]
        for concerning in happened:
            hearing = [ear for ear in ears if ear.audience and ear.audience.may_hear(concerning)]
            text = telling.of(concerning, crowd=len(hearing))
            for ear in hearing:
                heard.setdefault(ear, []).append(text)
        for ear, texts in heard.items():
            ear.tell(texts)

    def _listening(self) -> list[Ear]:
        with self._changed:
            return list(self._ears)


def _changes_rights(happening: Happening) -> bool:
    return happening.kind in {EventKind.CONSULTED, EventKind.CONSULTATION_ENDED}


def _moves(happening: Happening) -> bool:
    return len(happening.department_ids) > 1


def install(app: Flask) -> None:
    app.extensions["hub.live"] = Watcher(app)


def watcher() -> Watcher:
    """The watcher of this application."""
    found: Watcher = current_app.extensions["hub.live"]
    return found


def spare_threads(app: Flask, threads: int) -> None:
    """Leave threads of this process to pages and deliveries: streams get the rest."""
    app.extensions["hub.live"].most = max(1, threads - SPARED)


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
