"""How deliveries leave: the bytes, their signature, and a courier that tries until they arrive."""

import hashlib
import hmac
import json
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import requests

from hub.sandbox.database import Database
from hub.sandbox.meta.store import Store
from hub.sandbox.meta.values import Delivery, instant, milliseconds

Signature = Literal["both", "sha1", "wrong"]
#: Takes headers and body, gives the HTTP status, 0 when nobody answered.
Deliver = Callable[[Mapping[str, str], bytes], int]
#: Gives (status, text) of a GET with a query, (0, "") when nobody answered.
Ask = Callable[[str, Mapping[str, str]], tuple[int, str]]

#: Messenger waits five seconds for an answer (Messenger Platform, Webhooks).
ANSWER_WITHIN = 5
#: After one hour of failures Messenger stops and the page must be subscribed again.
SWITCH_OFF_AFTER = timedelta(hours=1)
_FIRST_DELAY = timedelta(seconds=1)
_LONGEST_DELAY = timedelta(minutes=5)
#: Longer than ANSWER_WITHIN: a courier that died with a delivery loses its claim.
_CLAIM_MS = 30_000
_DUE = (
    "SELECT * FROM delivery WHERE delivered_at IS NULL AND given_up_at IS NULL"
    " AND due_at <= :now AND claimed_until <= :now ORDER BY due_at, id LIMIT 1"
)


def wire_bytes(payload: Mapping[str, Any]) -> bytes:
    """A payload as Meta writes it: compact, non-ASCII and slashes escaped. The signature covers
    exactly these bytes."""
    text = json.dumps(payload, ensure_ascii=True, separators=(",", ":"))
    return text.replace("/", "\\/").encode("ascii")


def envelope(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"object": "page", "entry": list(entries)}


def signed_headers(secret: str, body: bytes, signature: Signature = "both") -> dict[str, str]:
    """The headers of a delivery. "sha1" leaves the modern signature out, "wrong" spoils it."""
    headers = {"Content-Type": "application/json", "User-Agent": "facebookexternalua"}
    headers["X-Hub-Signature"] = f"sha1={_mac(secret, body, 'sha1')}"
    if signature == "both":
        headers["X-Hub-Signature-256"] = f"sha256={_mac(secret, body, 'sha256')}"
    if signature == "wrong":
        headers["X-Hub-Signature-256"] = f"sha256={_mac(secret + '?', body, 'sha256')}"
    return headers


def post_to(url: Callable[[], str]) -> Deliver:
    """A Deliver over HTTP to wherever `url` says at that moment."""
    session = _session()

    def deliver(headers: Mapping[str, str], body: bytes) -> int:
        try:
            answer = session.post(
                url(), data=body, headers=dict(headers), timeout=ANSWER_WITHIN,
                allow_redirects=False,
            )  # fmt: skip
        except requests.RequestException:
            return 0
        return answer.status_code

    return deliver


def ask(url: str, query: Mapping[str, str]) -> tuple[int, str]:
    """An Ask over HTTP: how a callback is asked to prove itself."""
    try:
        answer = _session().get(url, params=query, timeout=ANSWER_WITHIN, allow_redirects=False)
    except requests.RequestException:
        return 0, ""
    return answer.status_code, answer.text


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # a proxy of the environment is not meant for this machine itself
    return session


def queue(connection: sqlite3.Connection, body: bytes, headers: Mapping[str, str]) -> None:
    """Keep a delivery, due at once."""
    now = milliseconds(Store(connection).now())
    connection.execute(
        "INSERT INTO delivery (body, headers, created_at, due_at) VALUES (?, ?, ?, ?)",
        (body, json.dumps(dict(headers)), now, now),
    )


def deliveries(connection: sqlite3.Connection, latest: int = 500) -> list[Delivery]:
    """The latest deliveries, oldest first, delivered or not."""
    rows = connection.execute(
        "SELECT * FROM (SELECT * FROM delivery ORDER BY id DESC LIMIT ?) ORDER BY id", (latest,)
    )
    return [_delivery(row) for row in rows]


@dataclass
class Courier:
    """Carries what is queued to the hub, in order, and again after a failure with growing delay.

    What is not delivered stays in the database: a restarted process carries on. With
    `background` a thread does it from the first `ring`; without, whoever calls `run_due`.
    """

    database: Database
    deliver: Deliver
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
                    target=self._work, name="sandbox-courier", daemon=True
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
                "SELECT 1 FROM delivery WHERE delivered_at IS NULL AND given_up_at IS NULL"
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
            now = milliseconds(Store(connection).now())
            return connection.execute(_DUE, {"now": now}).fetchone() is not None

    def _claim(self) -> Delivery | None:
        with self.database.writing() as connection:
            now = milliseconds(Store(connection).now())
            row = connection.execute(_DUE, {"now": now}).fetchone()
            if row is None:
                return None
            connection.execute(
                "UPDATE delivery SET claimed_until = ?, attempts = attempts + 1 WHERE id = ?",
                (now + _CLAIM_MS, row["id"]),
            )
            return _delivery(row)

    def _settle(self, delivery: Delivery, status: int) -> None:
        with self.database.writing() as connection:
            store = Store(connection)
            now = store.now()
            delivered = 200 <= status < 300
            given_up = not delivered and now - delivery.created_at >= SWITCH_OFF_AFTER
            connection.execute(
                "UPDATE delivery SET status = ?, claimed_until = 0, due_at = ?, delivered_at = ?,"
                " given_up_at = ? WHERE id = ?",
                (
                    status,
                    milliseconds(now + _delay(delivery.attempts)),
                    milliseconds(now) if delivered else None,
                    milliseconds(now) if given_up else None,
                    delivery.id,
                ),
            )
            if given_up:
                store.set("page_fields", [])


def _delay(failures_before: int) -> timedelta:
    return min(_FIRST_DELAY * 2 ** min(failures_before, 20), _LONGEST_DELAY)


def _mac(secret: str, body: bytes, digest: str) -> str:
    return hmac.new(secret.encode(), body, getattr(hashlib, digest)).hexdigest()


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
