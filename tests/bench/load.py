"""Asking a server, lightly: one process, kept connections, whole requests as bytes.

The rate is open: a request leaves at its own instant however slow the answers before it were, and
its time counts from that instant. A server that stops for a second is so charged for all who came
in that second, and not for one.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

#: An answer that takes longer counts as an error.
LONGEST_SECONDS = 30.0
GOOD = frozenset({"200", "204", "302", "303"})


@dataclass
class Figures:
    """What came of many requests. `times` are seconds, of good answers alone; `others` counts the
    statuses and errors of the rest."""

    times: list[float] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def note(self, status: str, seconds: float) -> None:
        if status in GOOD:
            self.times.append(seconds)
        else:
            self.others[status] += 1

    def quantile(self, share: float) -> float:
        """In milliseconds; not a number where nothing was answered."""
        if not self.times:
            return float("nan")
        ordered = sorted(self.times)
        return 1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)]

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return len(self.times) / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class Answer:
    status: str
    headers: dict[str, str]
    body: bytes


class Client:
    """Asks one server over as many connections as are needed at once."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, request: bytes) -> Answer:
        """Send one request and read its answer. Raises OSError, EOFError and TimeoutError. A kept
        connection that the server has closed meanwhile is left for a new one."""
        async with asyncio.timeout(LONGEST_SECONDS):
            while self._idle:
                reader, writer = self._idle.pop()
                try:
                    return await self._exchange(reader, writer, request)
                except (OSError, EOFError):
                    writer.close()
            return await self._exchange(
                *await asyncio.open_connection("127.0.0.1", self._port, limit=2**20), request
            )

    def close(self) -> None:
        while self._idle:
            self._idle.pop()[1].close()

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
    ) -> Answer:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(_named(line) for line in lines if line)
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection", "").lower() == "close":
            writer.close()
        else:
            self._idle.append((reader, writer))
        return Answer(first.split(" ", 2)[1], headers, body)


def _named(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


async def timed(client: Client, request: bytes, figures: Figures, start: float) -> None:
    """Ask once and note the time since `start` (time.perf_counter)."""
    try:
        status = (await client.ask(request)).status
    except (OSError, EOFError, TimeoutError) as error:
        status = type(error).__name__
    figures.note(status, time.perf_counter() - start)


async def at_rate(port: int, requests: Sequence[bytes], rate: float) -> Figures:
    """Send `rate` requests a second, each at its own instant."""
    figures, client = Figures(), Client(port)
    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, request in enumerate(requests):
            start = begun + number / rate
            await asyncio.sleep(start - time.perf_counter())
            group.create_task(timed(client, request, figures, start))
    figures.seconds = time.perf_counter() - begun
    client.close()
    return figures


async def one_by_one(port: int, requests: Iterable[bytes]) -> Figures:
    """Send each request once the one before it is answered."""
    return await side_by_side(port, requests, 1)


async def side_by_side(port: int, requests: Iterable[bytes], senders: int) -> Figures:
    """So many senders, each sending its next request once the one before it is answered."""
    figures, client, left = Figures(), Client(port), iter(requests)
    begun = time.perf_counter()

    async def sender() -> None:
        for request in left:
            await timed(client, request, figures, time.perf_counter())

    await asyncio.gather(*(sender() for _ in range(senders)))
    figures.seconds = time.perf_counter() - begun
    client.close()
    return figures
