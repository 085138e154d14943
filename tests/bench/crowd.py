"""Two hundred agents at once: each with a page that listens and says that its person is there, and
with a list that asks again when something happens, as js/live.js, js/inbox/presence.js and
js/inbox/refresh.js do. Everybody belongs to every department, so that everybody hears all.
"""

import asyncio
import contextlib
import json
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import psutil
from flask import session
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select

from hub.accounts.models import Membership, Role, User
from hub.extensions import db
from hub.routing.models import Department
from hub.tickets import actions
from hub.tickets.models import Ticket
from tests.bench import payloads
from tests.bench.installation import Installation, cpu_seconds
from tests.bench.load import Client, Figures, timed
from tests.bench.memory import resident

AGENTS = 200
BEAT_SECONDS = 20.0
#: How js/inbox/refresh.js spreads the lists (seconds): soon, for each who hears, at most.
SOON, APART = 0.15, 2.0
SPREAD, REST, PATIENCE = (0.02, 4.0), (0.075, 15.0), (20, 30.0)
FORM = "application/x-www-form-urlencoded"

Pace = Callable[[int], tuple[float, float]]


@dataclass(frozen=True)
class Agent:
    """Somebody who is signed in: the header of their cookie, and the token of their forms."""

    cookie: str
    token: str


@dataclass
class Found:
    """What two hundred agents cost. Memory in MiB for each; `idle`, `storm`: the share of one
    processor that the web processes took. `delays`: seconds until an event reached the first, the
    middle and the last of them, one triple for each event."""

    memory: float = 0.0
    idle: float = 0.0
    beats: Figures = field(default_factory=Figures)
    delays: list[tuple[float, float, float]] = field(default_factory=list)
    lists: Figures = field(default_factory=Figures)
    waits: list[float] = field(default_factory=list)
    pages: Figures = field(default_factory=Figures)
    storm: float = 0.0


def spread(crowd: int) -> tuple[float, float]:
    """How long a list waits after an event that so many hear, and after it has asked."""
    others = crowd - 1
    soon = SOON + random.random() * min(others * SPREAD[0], SPREAD[1])
    return soon, max(APART, min(others * REST[0], REST[1]))


class Page:
    """One open list and its stream."""

    def __init__(self, agent: Agent, installation: Installation, pace: Pace) -> None:
        self.agent, self.port, self.pace = agent, installation.port, pace
        self.client = Client(self.port)
        self.heard: dict[int, float] = {}
        self.refreshes = False
        self._asked_at = self._took = 0.0
        self._waiting: asyncio.Task[None] | None = None

    async def listen(self, found: Found) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**20)
        try:
            accepts = "Accept: text/event-stream"
            writer.write(payloads.get("/live", self.agent.cookie, accepts))
            async for name, data in _events(reader):
                if name == "ticket":
                    self._hear(data, found)
        finally:
            writer.close()

    def _hear(self, data: Mapping[str, Any], found: Found) -> None:
        heard_at = time.perf_counter()
        self.heard[data["id"]] = heard_at
        if not self.refreshes or self._waiting:
            return
        soon, apart = self.pace(data["crowd"])
        apart = max(apart, min(self._took * PATIENCE[0], PATIENCE[1]))
        wait = max(soon, self._asked_at + apart - heard_at)
        self._waiting = asyncio.create_task(self._refresh(wait, heard_at, found))

    async def _refresh(self, wait: float, heard_at: float, found: Found) -> None:
        await asyncio.sleep(wait)
        self._waiting, self._asked_at = None, time.perf_counter()
        request = payloads.get("/inbox?known=1", self.agent.cookie, "HX-Request: true")
        await timed(self.client, request, found.lists, self._asked_at)
        self._took = time.perf_counter() - self._asked_at
        found.waits.append(time.perf_counter() - heard_at)

    async def beat(self, reference: str, found: Found) -> None:
        """Say now and then that somebody is there."""
        said = {"ticket": reference, "page": f"bench{random.randrange(10**9):09}"}
        body = urlencode({**said, "doing": "looking"}).encode()
        headers = (self.agent.cookie, f"X-CSRFToken: {self.agent.token}")
        request = payloads.post("/live/presence", body, *headers, media_type=FORM)
        await asyncio.sleep(random.uniform(0, BEAT_SECONDS))
        while True:
            await timed(self.client, request, found.beats, time.perf_counter())
            await asyncio.sleep(BEAT_SECONDS * random.uniform(0.9, 1))


async def _events(reader: asyncio.StreamReader) -> AsyncIterator[tuple[str, Any]]:
    """(name, data) of each event of a stream, whose chunks end where they may."""
    name = ""
    with contextlib.suppress(asyncio.IncompleteReadError):
        while line := (await reader.readuntil(b"\n")).decode().rstrip():
            pass  # the head
        while True:
            line = (await reader.readuntil(b"\n")).decode().rstrip()
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                yield name, json.loads(line[6:])


def measure(installation: Installation, seconds: float, *, pace: Pace = spread) -> Found:
    """All of it, on the whole shape, with pages fetched meanwhile."""
    agents = list(_agents(installation))
    ticket = db.session.scalars(select(Ticket).limit(1)).one()
    known = (ticket.id, ticket.reference)
    db.session.remove()
    installation.start_web()
    installation.start_workers()
    pages = [Page(agent, installation, pace) for agent in agents]
    found = asyncio.run(_run(installation, pages, seconds, known))
    installation.stop()
    return found


async def _run(
    installation: Installation, pages: list[Page], seconds: float, ticket: tuple[int, str]
) -> Found:
    found, number = Found(), len(pages)
    for page in pages[:8]:  # every process has served something
        await timed(page.client, payloads.get("/inbox", page.agent.cookie), Figures(), 0)
    web = installation.processes("web")
    before = await asyncio.to_thread(_memory, web)
    tasks = [asyncio.create_task(page.listen(found)) for page in pages]
    tasks += [asyncio.create_task(page.beat(ticket[1], found)) for page in pages]
    await asyncio.sleep(BEAT_SECONDS / 2)
    found.idle = await _share(web, seconds)
    found.memory = (await asyncio.to_thread(_memory, web) - before) / number
    reading = asyncio.create_task(_read(pages[0], ticket[1], found))
    for _event in range(max(3, int(seconds / 6))):
        found.delays.append(await _delay(installation, pages, ticket[0]))
        await asyncio.sleep(1)
    for page in pages:
        page.refreshes = True
    writing = asyncio.create_task(_write(installation))
    found.storm = await _share(web, seconds * 2)
    found.lists.seconds = seconds * 2
    tasks += [reading, writing]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return found


async def _delay(
    installation: Installation, pages: list[Page], ticket_id: int
) -> tuple[float, float, float]:
    """A note, and how long until the first, the middle and the last page heard of it."""
    for page in pages:
        page.heard.clear()
    begun = await asyncio.to_thread(_note, installation, ticket_id)
    deadline = time.perf_counter() + 10
    while time.perf_counter() < deadline and not all(page.heard for page in pages):
        await asyncio.sleep(0.05)
    heard = sorted(min(page.heard.values(), default=deadline) - begun for page in pages)
    return heard[0], heard[len(heard) // 2], heard[-1]


def _note(installation: Installation, ticket_id: int) -> float:
    """Gives the instant of the commit."""
    with installation.app.app_context():
        actions.note(db.session.get_one(Ticket, ticket_id), "Vu.", by=None)
    return time.perf_counter()


async def _write(installation: Installation) -> None:
    """A citizen writes each second."""
    client = Client(installation.port)
    for request in payloads.mixed(10**6):
        await timed(client, request, Figures(), 0)
        await asyncio.sleep(1)


async def _read(page: Page, reference: str, found: Found) -> None:
    """Somebody opens the ticket, again and again."""
    client = Client(page.port)
    request = payloads.get(f"/tickets/{reference}", page.agent.cookie)
    while True:
        await timed(client, request, found.pages, time.perf_counter())
        await asyncio.sleep(0.5)


async def _share(processes: Mapping[str, psutil.Process], seconds: float) -> float:
    begun, cpu = time.perf_counter(), cpu_seconds(processes)
    await asyncio.sleep(seconds)
    return (cpu_seconds(processes) - cpu) / (time.perf_counter() - begun)


def _memory(processes: Mapping[str, psutil.Process]) -> float:
    return sum(pss for _rss, pss in resident(processes).values())


def _agents(installation: Installation) -> Iterator[Agent]:
    """They sign in without their password, which would take a minute of processor."""
    departments = db.session.scalars(select(Department.id)).all()
    for number in range(AGENTS):
        email = f"agent{number}@bench.example"
        user = db.session.scalar(select(User).where(User.email == email)) or User(
            email=email,
            name=f"Agent {number}",
            role=Role.AGENT,
            memberships=[Membership(department_id=each) for each in departments],
        )
        db.session.add(user)
        db.session.commit()
        yield _signed_in(installation, user)


def _signed_in(installation: Installation, user: User) -> Agent:
    app = installation.app
    with app.app_context(), app.test_request_context():  # a token of their own
        session.update(_user_id=user.get_id(), _fresh=True)
        token = generate_csrf()
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        return Agent(f"Cookie: session={signer.dumps(dict(session))}", token)
