"""The hub as real processes, which are killed and started again; commands and API as tools use
them."""

import os
import shlex
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any, Literal

import requests
from sqlalchemy import Engine, NullPool, create_engine, text
from sqlalchemy.engine import make_url

from tests.e2e.conftest import free_port

ROOT = Path(__file__).parent.parent.parent.parent
Shape = Literal["embedded", "grown"]
SHAPES: tuple[Shape, ...] = ("embedded", "grown")
#: How long SQLite is kept from writing: longer than the hub waits for it.
LOCKED_SECONDS = 12


@dataclass
class Process:
    """One process of the hub, with whatever it starts, as a group of its own."""

    name: str
    command: list[str]
    environ: Mapping[str, str]
    log: Path
    _running: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                self.command, cwd=ROOT, env=dict(self.environ), stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End the whole group, without a word of farewell unless `number` is another one."""
        assert self._running is not None
        os.killpg(self._running.pid, number)
        self._running.wait(30)

    def must_be_running(self) -> None:
        """Raises AssertionError when it ended by itself."""
        assert self._running is not None
        assert self._running.poll() is None, f"{self.name} ended by itself: {self.log}"


@dataclass
class Installation:
    """A hub of one shape. `ports`: where its webs listen."""

    shape: Shape
    folder: Path
    environ: Mapping[str, str]
    ports: tuple[int, ...]
    counts: Counter[str]
    token: str = ""
    processes: list[Process] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._urls = cycle([f"http://127.0.0.1:{port}" for port in self.ports])
        self._lock = threading.Lock()
        for number, port in enumerate(self.ports, start=1):
            self._add(f"web {number}", ["gunicorn", "--bind", f"127.0.0.1:{port}", "--threads",
                      "24", "--log-level", "warning", "wsgi:app"])  # fmt: skip
            self._add(f"worker {number}", ["flask", "--app", "wsgi", "worker"])

    def url(self) -> str:
        """One of its webs after the other, as a proxy would."""
        with self._lock:
            return next(self._urls)

    def set_up(self) -> None:
        """Make its tables and a token for a tool."""
        self.command("db upgrade")
        self.command("demo load")
        self.token = self.command("api-token create tool --role agent").strip()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve, from when it is ready. At the end it is asked to stop."""
        for process in self.processes:
            process.start()
        try:
            for port in self.ports:
                _wait_until_ready(f"http://127.0.0.1:{port}")
            yield
        finally:
            for process in self.processes:
                process.kill(signal.SIGTERM)

    def command(self, line: str, given: str = "") -> str:
        """Run one of its commands; gives what it printed. A database that is out of reach is
        asked again, as a person would."""
        for _try in range(5):
            done = subprocess.run(
                [sys.executable, "-m", "flask", "--app", "wsgi", *shlex.split(line)],
                cwd=ROOT, env=dict(self.environ), input=given, capture_output=True, text=True,
                timeout=120, check=False,
            )  # fmt: skip
            if done.returncode == 0:
                return done.stdout
        raise AssertionError(f"{line}: {done.stdout}{done.stderr}")

    def deliver(self, slug: str, within: float, headers: Mapping[str, str], body: bytes) -> int:
        """The door for a platform, which waits so many seconds for an answer. See
        courier.Deliver."""
        place, given = f"{self.url()}/hooks/{slug}", dict(headers)
        try:
            return requests.post(place, data=body, headers=given, timeout=within).status_code
        except requests.RequestException:
            return 0

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> tuple[int, Any]:
        """The API. See tool.Ask."""
        given = {**headers, "Authorization": f"Bearer {self.token}"}
        place = f"{self.url()}/api/v1{path}"
        try:
            answer = requests.request(method, place, json=body, headers=given, timeout=20)
            return answer.status_code, answer.json()
        except requests.RequestException:  # a cut answer is no JSON, and one of these too
            return 0, None

    # --- What dies

    def kill_one(self, random: Random) -> None:
        """Kill a web or a worker; it comes back after a while."""
        process = random.choice(self.processes)
        process.kill()
        self.counts[f"killed: {process.name}"] += 1
        time.sleep(random.uniform(0.2, 3))
        process.start()

    def cut_database(self, random: Random) -> None:
        """Cut some connections, or keep SQLite from writing for a while."""
        self.counts["database out of reach"] += 1
        if self.shape == "embedded":
            _lock_for_long(make_url(self.environ["DATABASE_URL"]).database or "")
        else:
            with self.database().connect() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                        " AND random() < :share"
                    ),
                    {"share": random.choice((0.3, 1))},
                )

    def database(self) -> Engine:
        """The hub's database, to read."""
        url = self.environ["DATABASE_URL"]
        return create_engine(url, poolclass=NullPool).execution_options(read_only=True)

    def _add(self, name: str, command: list[str]) -> None:
        log = self.folder / f"{name.replace(' ', '-')}.log"
        command = [sys.executable, "-m", *command]
        self.processes.append(Process(name, command, self.environ, log))


def environment(
    shape: Shape, folder: Path, postgresql: str, reachable: Mapping[str, str]
) -> tuple[dict[str, str], tuple[int, ...]]:
    """The environment and the ports of an installation of this shape. `postgresql`: an empty
    database, for the grown one."""
    ports = (free_port(),) if shape == "embedded" else (free_port(), free_port())
    database = f"sqlite:///{folder / 'hub.sqlite'}"
    return {
        **os.environ,
        **reachable,
        "SECRET_KEY": "of an installation that is tormented",
        "ENVIRONMENT": "production",
        "SANDBOX": "",
        "INSTANCE_DIR": str(folder / "instance"),
        "DATABASE_URL": database if shape == "embedded" else postgresql,
        "QUEUE_URL": "" if shape == "embedded" else postgresql.replace("+psycopg", ""),
        "BASE_URL": f"http://127.0.0.1:{ports[0]}",
    }, ports  # fmt: skip


def _lock_for_long(path: str) -> None:
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(LOCKED_SECONDS)
        connection.execute("ROLLBACK")


def _wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if requests.get(f"{url}/healthz", timeout=2).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.2)
    raise AssertionError(f"{url} never got ready")
