"""`./hub.sh soak`: a day's work in a quarter of an hour. Deliveries come at a fixed rate, agents'
pages stay open and listen, agents open lists and tickets, citizens send forms; each minute says
what that took. The exit code is 1 when the hub did not stay as it has to.
"""

import argparse
import asyncio
import itertools
import json
import logging
import random
import re
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import select

from hub.accounts.models import User
from hub.extensions import db
from tests.bench import load, machine, payloads
from tests.bench.installation import EMBEDDED, GROWN, Installation, installed
from tests.bench.load import Client, Figures
from tests.bench.memory import resident
from tests.bench.people import hidden, sign_in
from tests.citizens.people import FILLED, solved

#: What has to hold. Memory: how much a process may grow once it has warmed up.
LONGEST_PAGE_MILLISECONDS = 300
MOST_GROWTH = 0.15
WARM_UP_MINUTES = 3
#: An agent opens a page, and some citizen sends a form, each so often, in seconds.
PAGE_EVERY = 10.0
FORM_EVERY = 15.0


@dataclass
class Watch:
    """What one minute brought."""

    deliveries: Figures = field(default_factory=Figures)
    pages: Figures = field(default_factory=Figures)
    forms: Figures = field(default_factory=Figures)
    streams: Counter[str] = field(default_factory=Counter)

    @property
    def errors(self) -> Counter[str]:
        others = self.deliveries.others + self.pages.others + self.forms.others
        return others + self.streams


@dataclass
class Soak:
    """The people and platforms of one run, and all that they saw."""

    installation: Installation
    rate: float
    cookies: list[str]
    minute: Watch = field(default_factory=Watch)
    past: list[Watch] = field(default_factory=list)
    memory: list[dict[str, float]] = field(default_factory=list)

    async def run(self, minutes: float) -> None:
        """Everybody at once, until the time is over."""
        people = [self._deliver(), self._write(), *map(self._listen, self.cookies)]
        people += [self._work(cookie) for cookie in self.cookies]
        tasks = [asyncio.create_task(one) for one in people]
        for _minute in range(max(1, round(minutes))):
            await asyncio.sleep(min(minutes, 1) * 60)
            await asyncio.to_thread(self._end_minute)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _end_minute(self) -> None:
        self.past.append(self.minute)
        self.minute = Watch()
        held = resident(self.installation.processes())
        self.memory.append({name: pss for name, (_rss, pss) in held.items()})
        _say_minute(len(self.past), self.past[-1], self.memory[-1])

    async def _deliver(self) -> None:
        client, begun = Client(self.installation.port), time.perf_counter()
        running: set[asyncio.Task[load.Answer | None]] = set()
        for number, request in enumerate(payloads.mixed(10**9)):
            start = begun + number / self.rate
            await asyncio.sleep(start - time.perf_counter())
            sent = self._timed(client, request, "deliveries", start)
            running.add(task := asyncio.create_task(sent))
            task.add_done_callback(running.discard)

    async def _work(self, cookie: str) -> None:
        """One agent: the list, then a ticket of it, and so on."""
        client = Client(self.installation.port)
        tickets: list[bytes] = []
        await asyncio.sleep(random.uniform(0, PAGE_EVERY))
        while True:
            path = tickets.pop().decode() if tickets else "/inbox"
            answer = await self._timed(client, payloads.get(path, cookie), "pages")
            if answer is not None and path == "/inbox":
                tickets = re.findall(rb"/tickets/[0-9]{4}-[0-9A-Z-]+", answer.body)[:1]
            await asyncio.sleep(PAGE_EVERY)

    async def _write(self) -> None:
        """Citizens at the form, one after the other; their browsers solve its task."""
        client = Client(self.installation.port)
        while True:
            page = await self._timed(client, payloads.get("/contact"), "pages")
            if page is not None:
                request = await asyncio.to_thread(_filled, page)
                await self._timed(client, request, "forms")
            await asyncio.sleep(FORM_EVERY)

    async def _timed(
        self, client: Client, request: bytes, kind: str, start: float | None = None
    ) -> load.Answer | None:
        """Ask, and note the time since `start` (now, where it is left out). None for errors."""
        figures: Figures = getattr(self.minute, kind)
        begun = start or time.perf_counter()
        try:
            answer = await client.ask(request)
        except (OSError, EOFError, TimeoutError) as error:
            figures.note(f"{kind}: {type(error).__name__}", 0)
            return None
        if answer.status not in load.GOOD:
            figures.note(f"{kind}: {answer.status}", 0)
            return None
        figures.note(answer.status, time.perf_counter() - begun)
        return answer

    async def _listen(self, cookie: str) -> None:
        """One open page: its stream, and the next one when the server ends it."""
        while True:
            try:
                await self._stream(cookie)
            except (OSError, EOFError) as error:
                self.minute.streams[f"stream: {type(error).__name__}"] += 1
            await asyncio.sleep(2)

    async def _stream(self, cookie: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.installation.port)
        try:
            writer.write(payloads.get("/live", cookie, "Accept: text/event-stream"))
            status = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1].decode()
            if status != "200":
                self.minute.streams[f"stream: {status}"] += 1
            while await reader.read(65536):
                pass
        finally:
            writer.close()


def main() -> int:
    options = _options()
    logging.disable(logging.INFO)  # of the server of databases, which tells each step
    shape = GROWN if options.shape == "grown" else EMBEDDED
    with tempfile.TemporaryDirectory(prefix="hub-soak-", dir=options.folder) as name:
        for fact, value in machine.facts(Path(name)):
            _say(f"{fact:<24}{value}")
        _say(f"{shape.name}: {options.rate:.0f} deliveries a second, {options.pages} open pages")
        with installed(shape, Path(name) / "hub") as installation:
            threads = options.pages + 32  # as gunicorn.conf.py counts them
            installation.start_web(None, "--threads", str(threads))
            installation.start_workers()
            cookies = _signed_in(installation, options.pages)
            soak = Soak(installation, options.rate, cookies)
            asyncio.run(soak.run(options.minutes))
            failures = [*_failures(soak), *_log_errors(installation)]
    for failure in failures:
        _say(f"MISSED  {failure}")
    _say("The hub stayed as it has to." if not failures else "")
    return 1 if failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./hub.sh soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--rate", type=float, default=20, help="Deliveries a second.")
    parser.add_argument("--pages", type=int, default=50, help="Agents' pages that are open.")
    parser.add_argument("--shape", choices=("embedded", "grown"), default="embedded")
    parser.add_argument("--folder", help="Where databases are made; the disk decides much.")
    return parser.parse_args()


def _signed_in(installation: Installation, number: int) -> list[str]:
    """The cookie headers of so many people, who are the demo council's in turn."""
    emails = db.session.scalars(select(User.email).order_by(User.id)).all()
    db.session.remove()
    return [
        sign_in(installation.port, email)
        for email in itertools.islice(itertools.cycle(emails), number)
    ]


def _filled(page: load.Answer) -> bytes:
    """The form as an honest citizen sends it."""
    text = page.body.decode()
    challenge = re.search(r'data-challenge="([^"]*)"', text)
    assert challenge is not None
    fields = {**hidden(text), **FILLED, "proof": solved(json.loads(unescape(challenge[1])))}
    cookie = f"Cookie: {page.headers.get('set-cookie', '').partition(';')[0]}"
    form = "application/x-www-form-urlencoded"
    return payloads.post("/contact", urlencode(fields).encode(), cookie, media_type=form)


def _failures(soak: Soak) -> list[str]:
    """What did not hold, in words."""
    found = [
        f"{count} x {what}" for what, count in sum((m.errors for m in soak.past), Counter()).items()
    ]
    pages, forms = Figures(), Figures()
    for minute in soak.past:
        pages.times += minute.pages.times
        forms.times += minute.forms.times
    for name, figures in (("pages", pages), ("forms", forms)):
        p95 = figures.quantile(0.95)
        _say(f"{name}: p50 {figures.quantile(0.5):.0f} ms, p95 {p95:.0f} ms")
        if not p95 < LONGEST_PAGE_MILLISECONDS:
            found.append(f"{name}: p95 {p95:.0f} ms is over {LONGEST_PAGE_MILLISECONDS} ms")
    if len(soak.memory) > WARM_UP_MINUTES:
        found += _grown(soak.memory[WARM_UP_MINUTES - 1], soak.memory[-1])
    return found


def _grown(before: dict[str, float], after: dict[str, float]) -> list[str]:
    gone = [f"{name} is no longer there" for name in before.keys() - after.keys()]
    grown = [
        f"{name} grew from {before[name]:.0f} to {held:.0f} MiB"
        for name, held in after.items()
        if name in before and held > before[name] * (1 + MOST_GROWTH)
    ]
    return gone + grown


def _log_errors(installation: Installation) -> list[str]:
    troubles = ('"level": "error"', '"level": "warning"', "Traceback")
    lines = [line for line in installation.log().splitlines() if any(t in line for t in troubles)]
    return [f"{len(lines)} warnings or errors logged, the first: {lines[0][:300]}"] if lines else []


def _say_minute(number: int, minute: Watch, memory: dict[str, float]) -> None:
    said = [
        f"minute {number:>2}",
        f"{len(minute.deliveries.times)} deliveries p99 {minute.deliveries.quantile(0.99):.0f} ms",
        f"{len(minute.pages.times)} pages p95 {minute.pages.quantile(0.95):.0f} ms",
        f"{len(minute.forms.times)} forms p95 {minute.forms.quantile(0.95):.0f} ms",
        " ".join(f"{name} {held:.0f}" for name, held in memory.items()) + " MiB",
        ", ".join(f"{count} x {what}" for what, count in minute.errors.items()) or "no error",
    ]
    _say("  ".join(said))


def _say(line: str) -> None:
    sys.stdout.write(line.rstrip() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
