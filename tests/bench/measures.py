"""The measurements, each on an installation that is otherwise at rest."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

import psutil
from sqlalchemy import select

from hub.extensions import db
from hub.outbox import actions as outbox
from hub.tickets.models import Ticket
from tests.bench import load, payloads
from tests.bench.installation import Installation, cpu_seconds
from tests.bench.load import Figures
from tests.bench.memory import resident

Found = TypeVar("Found")
#: What has not come by then never will.
LONGEST_SECONDS = 900


@dataclass
class Cost:
    """What one request costs: `figures` by the clock, `cpu` in milliseconds of the server's."""

    figures: Figures = field(default_factory=Figures)
    cpu: float = 0.0


@dataclass
class Sustained:
    """What came of a fixed rate. `filed`: tickets a second meanwhile; `left`: deliveries that
    waited at its end; `emptied`: seconds until they were filed as well."""

    figures: Figures
    filed: float
    left: int
    emptied: float
    own_cpu: float
    memory: dict[str, tuple[float, float]]


def costs(installation: Installation, rounds: int, each: int) -> dict[str, Cost]:
    """Bare Flask, Flask with one insert, and the hub's hook: in turn, so that whatever else the
    machine does falls on all three; by one process and one sender."""
    installation.start_floor()
    installation.start_web(1)
    found = {name: Cost() for name in ("bare", "insert", "hook")}
    for turn in range(rounds + 1):
        for name, cost in found.items():
            measured = _cost(installation, name, each)
            if turn:  # the first warms up
                cost.figures.times += measured.figures.times
                cost.figures.others += measured.figures.others
                cost.cpu += measured.cpu / rounds
    installation.stop()
    return found


def _cost(installation: Installation, name: str, each: int) -> Cost:
    requests = list(payloads.mixed(each))
    served, port = ("web", installation.port)
    if name != "hook":
        served, port = ("floor", installation.floor_port)
        requests = [payloads.post(f"/{name}", payloads.body_of(request)) for request in requests]
    processes = installation.processes(served)
    begun = cpu_seconds(processes)
    figures = asyncio.run(load.one_by_one(port, requests))
    return Cost(figures, 1000 * (cpu_seconds(processes) - begun) / each)


def accepted(installation: Installation, number: int) -> Figures:
    """As many deliveries as the web processes take, from eight senders; no worker runs."""
    installation.start_web()
    requests = list(payloads.mixed(number))
    asyncio.run(load.side_by_side(installation.port, requests[:100], 8))
    figures = asyncio.run(load.side_by_side(installation.port, requests[100:], 8))
    installation.stop()
    return figures


def drained(installation: Installation, threads: int = 4) -> tuple[float, float]:
    """One worker files all that waits: (messages a second, milliseconds of its processor each)."""
    installation.start_workers(1, threads)
    processes = installation.processes("worker 1")
    done = _until(lambda: installation.count("delivery WHERE state = 'done'"))
    begun, cpu = time.perf_counter(), cpu_seconds(processes)
    _until(lambda: _is_empty(installation))
    seconds, cpu = time.perf_counter() - begun, cpu_seconds(processes) - cpu
    filed = installation.count("delivery WHERE state = 'done'") - done
    installation.stop()
    return filed / seconds, 1000 * cpu / filed


def sustained(installation: Installation, rate: float, seconds: float) -> Sustained:
    """A fixed rate of deliveries on the whole shape: web processes and workers."""
    requests = list(payloads.mixed(int(rate * seconds)))
    installation.start_web()
    installation.start_workers()
    before = installation.count("ticket")
    with _own_cpu() as share:
        figures = asyncio.run(load.at_rate(installation.port, requests, rate))
    filed = (installation.count("ticket") - before) / figures.seconds
    left, begun = installation.count("delivery WHERE state = 'waiting'"), time.perf_counter()
    memory = resident(installation.processes())
    _until(lambda: _is_empty(installation))
    emptied = time.perf_counter() - begun
    installation.stop()
    return Sustained(figures, filed, left, emptied, share[0], memory)


def replies(installation: Installation, number: int) -> float:
    """One worker says `number` answers that wait, to a platform that answers at once: a second."""
    tickets = select(Ticket).where(Ticket.channel == "facebook", Ticket.visibility == "private")
    found = db.session.scalars(tickets.order_by(Ticket.id.desc()).limit(number)).all()
    for ticket in islice(found, number):
        outbox.reply(ticket, "Un car part à 8 h.", visibility="private", by=None)
    db.session.remove()
    installation.start_workers(1)
    sent = "message WHERE direction = 'out' AND delivery = 'sent'"
    first = _until(lambda: installation.count(sent))
    begun = time.perf_counter()
    _until(lambda: installation.count(sent) >= len(found))
    rate = (len(found) - first) / (time.perf_counter() - begun)
    installation.stop()
    return rate


def _is_empty(installation: Installation) -> bool:
    return not installation.count("delivery WHERE state = 'waiting'")


def _until(look: Callable[[], Found]) -> Found:
    """What `look` gives, once that is something."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise SystemExit("What was waited for never came: see the log.")


@contextmanager
def _own_cpu() -> Iterator[list[float]]:
    """Which share of one processor this process took itself."""
    share, me, begun = [0.0], {"me": psutil.Process(os.getpid())}, time.perf_counter()
    cpu = cpu_seconds(me)
    yield share
    share[0] = (cpu_seconds(me) - cpu) / (time.perf_counter() - begun)
