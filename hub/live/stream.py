"""What one open page hears. A stream may wait for minutes: it holds no database session and no
connection meanwhile."""

import random
from collections.abc import Iterator
from time import monotonic

from flask import Flask

from hub.live import queries, telling
from hub.live.watcher import Ear, Watcher

#: Proxies cut a connection on which nothing was said for a minute or less.
HEARTBEAT_SECONDS = 15.0
#: A stream ends after about this time and the browser opens the next: streams spread over the
#: processes again, and none outlives a forgotten one by much.
LIFE_SECONDS = 600.0


def stream(app: Flask, watcher: Watcher, session_key: str, after: int | None) -> Iterator[str]:
    """The text of a stream for the person behind this session: who is where, what happened since
    the event `after` (None: nothing), then what happens. It ends with its time, with the person's
    right to listen, and when the process stops."""
    ear = watcher.join(session_key)
    try:
        yield telling.OPENING
        yield watcher.present(ear) + _missed(app, ear, after)
        yield from _news(app, watcher, ear)
    finally:
        watcher.leave(ear)


def _missed(app: Flask, ear: Ear, after: int | None) -> str:
    if after is None or ear.audience is None:
        return ""
    with queries.reading(app):
        found = queries.missed(after)
    if len(found) == queries.MOST:
        return _too_much(app)
    return "".join(telling.of(each) for each in found if ear.audience.may_hear(each))


def _news(app: Flask, watcher: Watcher, ear: Ear) -> Iterator[str]:
    ends_at = monotonic() + LIFE_SECONDS * random.uniform(0.9, 1.1)  # noqa: S311  (no secret)
    while ear.is_open and monotonic() < ends_at and not watcher.stopped:
        heard = ear.listen(HEARTBEAT_SECONDS)
        if heard is None:
            yield _too_much(app) + watcher.present(ear)
        elif ear.is_open:
            yield heard or telling.STILL_HERE


def _too_much(app: Flask) -> str:
    with queries.reading(app):
        return telling.too_much(queries.latest())
