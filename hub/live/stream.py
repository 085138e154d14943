"""What one open page hears, as Server-Sent Events
(https://html.spec.whatwg.org/multipage/server-sent-events.html).

A stream may wait for minutes: it holds no database session and no connection meanwhile.
"""

import json
import random
from collections.abc import Iterable, Iterator
from time import monotonic

from flask import Flask

from hub.live import queries
from hub.live.queries import Audience, Happening
from hub.live.watcher import Watcher

HEARTBEAT_SECONDS = 15.0
#: Whether the person may still listen is asked this often.
RECHECK_SECONDS = 30.0
#: A stream ends after about this time and the browser opens the next: streams spread over the
#: processes again, and none outlives a forgotten one by much.
LIFE_SECONDS = 600.0
#: What the browser waits before it comes back.
RETRY_MILLISECONDS = 2000


def stream(app: Flask, watcher: Watcher, session_key: str, after: int | None) -> Iterator[str]:
    """The text of a stream for the person behind this session: first what happened since the
    event `after` (None: nothing), then what happens. It ends with its time, with the person's
    right to listen, and when the process stops."""
    position = watcher.join()
    try:
        yield f"retry: {RETRY_MILLISECONDS}\n\n"
        yield from _missed(app, session_key, after)
        yield from _present(app, watcher, session_key, position)
    finally:
        watcher.leave()


def _missed(app: Flask, session_key: str, after: int | None) -> Iterator[str]:
    if after is None:
        return
    with queries.reading(app):
        audience = queries.audience_of(session_key)
        found = queries.missed(after)
    if audience is not None:
        yield _too_much(app) if len(found) == queries.MOST else _told(found, audience)


def _present(app: Flask, watcher: Watcher, session_key: str, position: int) -> Iterator[str]:
    ends_at = monotonic() + LIFE_SECONDS * random.uniform(0.9, 1.1)  # noqa: S311  (no secret)
    checked_at, audience = float("-inf"), None
    while monotonic() < ends_at and not watcher.stopped:
        if monotonic() - checked_at > RECHECK_SECONDS:
            with queries.reading(app):
                audience = queries.audience_of(session_key)
            checked_at = monotonic()
        if audience is None:
            return
        found, position = watcher.wait(position, HEARTBEAT_SECONDS)
        yield (_too_much(app) if found is None else _told(found, audience)) or ": still here\n\n"


def _told(found: Iterable[Happening], audience: Audience) -> str:
    return "".join(_block(happening) for happening in found if audience.may_hear(happening))


def _block(happening: Happening) -> str:
    data = {
        "id": happening.id,
        "reference": happening.reference,
        "kind": happening.kind,
        "department": happening.department,
    }
    return f"id: {happening.id}\nevent: ticket\ndata: {json.dumps(data)}\n\n"


def _too_much(app: Flask) -> str:
    """More happened than is worth telling: the page looks for itself, whatever it shows."""
    with queries.reading(app):
        latest = queries.latest()
    data = {"id": latest, "reference": "", "kind": "missed", "department": ""}
    return f"id: {latest}\nevent: ticket\ndata: {json.dumps(data)}\n\n"
