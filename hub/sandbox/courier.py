"""A courier that carries signed deliveries to the hub and tries until they arrive."""

import json
import sqlite3
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import requests

from hub.sandbox.database import Database
from hub.sandbox.store import Store
from hub.sandbox.values import Delivery, instant, milliseconds

#: Takes headers and body, gives the HTTP status, 0 when nobody answered.
Deliver = Callable[[Mapping[str, str], bytes], int]
#: Gives (status, text) of a GET with a query, (0, "") when nobody answered in time.
Ask = Callable[[str, Mapping[str, str]], tuple[int, str]]
#: After a failed try: how long to wait for the next one, None to give up. May write to the store.
Retry = Callable[[Store, Delivery], timedelta | None]

#: Longer than any network waits for an answer: a courier that died with a delivery loses its
#: claim.
_CLAIM_MS = 30_000
_LEFT = "network = :network AND delivered_at IS NULL AND given_up_at IS NULL"
_DUE = (
    f"SELECT * FROM delivery WHERE {_LEFT}"  # noqa: S608 - a text of our own
    " AND due_at <= :now AND claimed_until <= :now ORDER BY due_at, id LIMIT 1"
)


def post_to(url: Callable[[], str], within: float) -> Deliver:
    """A Deliver over HTTP to wherever `url` says at that moment; an answer counts when it comes
    within so many seconds."""
    session = _session()

    def deliver(headers: Mapping[str, str], body: bytes) -> int:
        try:
            answer = session.post(
                url(), data=body, headers=dict(headers), timeout=within, allow_redirects=False
            )
        except requests.RequestException:
            return 0
        return answer.status_code

    return deliver


def ask_within(seconds: float) -> Ask:
    """An Ask over HTTP: how a callback is asked to prove itself."""

    def ask(url: str, query: Mapping[str, str]) -> tuple[int, str]:
        try:
            answer = _session().get(url, params=query, timeout=seconds, allow_redirects=False)
        except requests.RequestException:
            return 0, ""
        return answer.status_code, answer.text

    return ask


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # a proxy of the environment is not meant for this machine itself
    return session


def queue(store: Store, body: bytes, headers: Mapping[str, str]) -> None:
    """Keep a delivery, due at once."""
    now = milliseconds(store.now())
    store.connection.execute(
        "INSERT INTO delivery (network, body, headers, created_at, due_at) VALUES (?, ?, ?, ?, ?)",
        (store.network, body, json.dumps(dict(headers)), now, now),
    )


def deliveries(store: Store, latest: int = 500) -> list[Delivery]:
    """The latest deliveries of a network, oldest first, delivered or not."""
    rows = store.connection.execute(
        "SELECT * FROM (SELECT * FROM delivery WHERE network = ? ORDER BY id DESC LIMIT ?)"
        " ORDER BY id",
        (store.network, latest),
    )
    return [_delivery(row) for row in rows]


def hurry(store: Store) -> None:
    """What waits is due again at once: its network's clock has gone back."""
    store.connection.execute(
        "UPDATE delivery SET due_at = min(due_at, ?), claimed_until = 0 WHERE network = ?",
        (milliseconds(store.now()), store.network),
    )


@dataclass
class Courier:
    """Carries what a network has queued, in order, and again after a failure as `retry` says.

    What is not delivered stays in the database: a restarted process carries on. With
    `background` a thread does it from the first `ring`; without, whoever calls `run_due`.
    """

    database: Database
    store: type[Store]
    deliver: Deliver
    retry: Retry
    background: bool
    _bell: threading.Event = field(default_factory=threading.Event, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)
    _looked: bool = field(default=False, init=False)
    _starting: threading.Lock = field(default_factory=threading.Lock, init=False)

    def ring(self) -> None:
        """Say that something may be due. Returns at once."""
        if not self.background:
            return
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._work, name=f"sandbox-courier-{self.store.network}", daemon=True
                )
                self._thread.start()
        self._bell.set()

    def ring_if_left(self) -> None:
        """Ring when an earlier process left something undelivered. Looks only the first time."""
        if self._looked:
            return
        self._looked = True
        with self.database.reading() as connection:
            left = connection.execute(
                f"SELECT 1 FROM delivery WHERE {_LEFT}",  # noqa: S608 - a text of our own
                {"network": self.store.network},
            ).fetchone()
        if left:
            self.ring()

    def run_due(self) -> int:
        """Try everything that is due, once each. Gives the number of tries."""
        tries = 0
        while (delivery := self._claim()) is not None:
            self._settle(delivery, self.deliver(delivery.headers, delivery.body))
            tries += 1
        return tries

    def _work(self) -> None:
        while self.database.path.exists():
            self._bell.wait(timeout=1)
            self._bell.clear()
            if self._anything_due():
                self.run_due()

    def _anything_due(self) -> bool:
        """A look that takes no write lock: the courier of an idle process disturbs nobody."""
        with self.database.reading() as connection:
            return self._due(connection) is not None

    def _due(self, connection: sqlite3.Connection) -> sqlite3.Row | None:
        now = milliseconds(self.store(connection).now())
        row: sqlite3.Row | None = connection.execute(
            _DUE, {"network": self.store.network, "now": now}
        ).fetchone()
        return row

    def _claim(self) -> Delivery | None:
        with self.database.writing() as connection:
            row = self._due(connection)
            if row is None:
                return None
            now = milliseconds(self.store(connection).now())
            connection.execute(
                "UPDATE delivery SET claimed_until = ?, attempts = attempts + 1 WHERE id = ?",
                (now + _CLAIM_MS, row["id"]),
            )
            return _delivery(row)

    def _settle(self, delivery: Delivery, status: int) -> None:
        with self.database.writing() as connection:
            store = self.store(connection)
            now = store.now()
            delivered = 200 <= status < 300
            wait = None if delivered else self.retry(store, delivery)
            given_up = not delivered and wait is None
            connection.execute(
                "UPDATE delivery SET status = ?, claimed_until = 0, due_at = ?, delivered_at = ?,"
                " given_up_at = ? WHERE id = ?",
                (
                    status,
                    milliseconds(now + (wait or timedelta(0))),
                    milliseconds(now) if delivered else None,
                    milliseconds(now) if given_up else None,
                    delivery.id,
                ),
            )


def _delivery(row: sqlite3.Row) -> Delivery:
    def maybe(name: str) -> datetime | None:
        return None if row[name] is None else instant(row[name])

    return Delivery(
        id=row["id"],
        body=row["body"],
        headers=json.loads(row["headers"]),
        created_at=instant(row["created_at"]),
        due_at=instant(row["due_at"]),
        attempts=row["attempts"],
        status=row["status"],
        delivered_at=maybe("delivered_at"),
        given_up_at=maybe("given_up_at"),
    )
