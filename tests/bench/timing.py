"""Where the time goes: the same work in this process, alone, with a clock at each door that takes
some. What is left is Python: Flask, SQLAlchemy and the hub itself."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import event

from hub import queue
from hub.channels.facebook.channel import Facebook
from hub.channels.twitter.channel import Twitter
from hub.extensions import db
from hub.intake import deliveries
from hub.routing import choose
from tests.bench import payloads
from tests.bench.installation import Installation

WARM_UP = 30


class Clock:
    """Seconds by name, and how often each door was passed."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.times: Counter[str] = Counter()

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self.seconds[name] += time.perf_counter() - begun
        self.times[name] += 1

    def around(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def clocked(*args: Any, **options: Any) -> Any:
            with self.running(name):
                return function(*args, **options)

        return clocked


def of_requests(installation: Installation, number: int) -> Clock:
    """The acknowledgement: `number` deliveries posted one after the other."""
    client = installation.app.test_client()
    sent = list(payloads.mixed(number + WARM_UP))

    def post(request: bytes) -> None:
        headers = dict(
            line.split(": ", 1)
            for line in request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
        )
        path = request.split(b" ", 2)[1].decode()
        answer = client.post(path, data=payloads.body_of(request), headers=headers)
        assert answer.status_code == 200, answer.text

    return _clocked(installation, [lambda r=r: post(r) for r in sent])


def of_filing(installation: Installation, number: int) -> Clock:
    """A worker's part: `number` deliveries filed, a handful at a time."""
    for request in payloads.mixed(number + WARM_UP * deliveries.HANDFUL):
        channel = request.split(b" ", 2)[1].decode().rpartition("/")[2]
        deliveries.store(channel, payloads.body_of(request))

    def work() -> None:
        deliveries.process(deliveries.take())

    return _clocked(installation, [work] * (WARM_UP + number // deliveries.HANDFUL))


def _clocked(installation: Installation, works: list[Callable[[], None]]) -> Clock:
    db.session.remove()
    for work in works[:WARM_UP]:
        with installation.app.app_context():
            work()
    clock = Clock()
    with _doors(clock), clock.running("all"):
        for work in works[WARM_UP:]:
            with installation.app.app_context():
                work()
    return clock


@contextmanager
def _doors(clock: Clock) -> Iterator[None]:
    engine, begun = db.engine, [0.0]

    def before(*_: Any) -> None:
        begun[0] = time.perf_counter()

    def after(*_: Any) -> None:
        clock.seconds["statements"] += time.perf_counter() - begun[0]
        clock.times["statements"] += 1

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    with ExitStack() as patches:
        for owner, attribute, name in (
            (engine.dialect, "do_commit", "commit"),
            (Facebook, "parse", "parse"),
            (Twitter, "parse", "parse"),
            (Facebook, "verify", "signature"),
            (Twitter, "verify", "signature"),
            (choose, "_holds", "rules"),
            (queue.Doorbell, "ring", "rings"),
            (queue.Doorbell, "ring_soon", "rings"),
        ):
            clocked = clock.around(name, getattr(owner, attribute))
            patches.enter_context(patch.object(owner, attribute, clocked))
        yield
    event.remove(engine, "before_cursor_execute", before)
    event.remove(engine, "after_cursor_execute", after)
