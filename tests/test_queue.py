"""The doorbell: rings reach a worker on each store, and a lost ring loses nothing."""

import hmac
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest
import redis
import time_machine
from flask import Flask
from sqlalchemy import func, select, text

from hub import create_app, queue
from hub.clock import now
from hub.extensions import db
from hub.intake import deliveries
from hub.intake.models import Delivery, DeliveryState
from hub.queue import Doorbell
from hub.tickets.models import Message
from tests.alongside import alongside
from tests.builders import PAGE_ID, at, create_account, create_department
from tests.conftest import FACEBOOK, make_settings

ROOT = Path(__file__).parent.parent
REDIS_IS_FOUND = bool(
    os.environ.get("HUB_TEST_REDIS_URL")
    or shutil.which("redis-server")
    or shutil.which("valkey-server")
)
databases = itertools.count()


@pytest.fixture(params=["sqlite", "postgresql", "redis"])
def store_url(request, tmp_path) -> str:
    """A queue on each of its stores, of this test alone."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'queue.sqlite'}"
    if request.param == "redis":
        return redis_database(request.getfixturevalue("redis_server"))
    return libpq(request.getfixturevalue("new_database")("postgresql"))


def redis_database(server: str) -> str:
    """One of its sixteen, emptied."""
    url = f"{server}/{next(databases) % 16}"
    with redis.Redis.from_url(url) as connection:
        connection.flushdb()
    return url


def libpq(url: str) -> str:
    """An address of PostgreSQL as QUEUE_URL has it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


@pytest.fixture
def heard_at() -> list[datetime]:
    """When each ring was heard."""
    return []


@pytest.fixture
def rung(monkeypatch, heard_at):
    """A task that notes the rows it is rung for."""
    rows: list[int] = []
    done = threading.Event()

    def note(row_id: int) -> None:
        rows.append(row_id)
        heard_at.append(now())
        done.set()

    monkeypatch.setitem(queue._tasks, "note", note)
    return rows, done


def answered(bell: Doorbell, done: threading.Event) -> bool:
    """Did a worker that starts now take a ring?"""
    consumer = bell.consumer(threads=1)
    consumer.start()
    try:
        return done.wait(10)
    finally:
        consumer.stop(graceful=True)


def test_a_ring_reaches_a_worker(store_url, rung):
    rows, done = rung
    bell = Doorbell(Flask("ringing"), store_url)
    bell.ring("note", 7)
    assert bell.waiting() == 1
    assert answered(bell, done)
    assert rows == [7]
    assert bell.waiting() == 0
    bell.close()


def test_a_ring_outlives_the_closing_of_the_bell(store_url, rung):
    rows, done = rung
    bell = Doorbell(Flask("ringing"), store_url)
    bell.ring("note", 8)
    bell.close()
    bell.close()
    assert bell.waiting() == 1
    assert answered(bell, done)
    assert rows == [8]
    bell.close()


def test_a_ring_with_a_delay_is_heard_when_it_has_passed_and_not_before(store_url, rung, heard_at):
    rows, done = rung
    delay = timedelta(seconds=0.7)
    bell = Doorbell(Flask("ringing"), store_url)
    rung_at = now()
    bell.ring("note", 9, delay=delay)
    assert answered(bell, done)
    assert rows == [9]
    assert delay <= heard_at[0] - rung_at <= delay + timedelta(seconds=3)
    bell.close()


def test_a_worker_waits_for_a_queue_out_of_reach_and_says_so_plainly(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(queue, "SILENT_SECONDS", 0.01)
    hub = create_app(make_settings(tmp_path, f"sqlite:///{tmp_path / 'hub.sqlite'}"))
    bell = Doorbell(hub, "redis://127.0.0.1:9/0")
    assert bell._huey.dequeue() is None
    assert bell._huey.read_schedule(now()) == []
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in said] == ["queue out of reach"] * 2
    assert not any("exception" in line for line in said)
    for sentence in ("Connection refused", "a moment ago"):
        with pytest.raises(Exception, match=sentence):
            bell.ring("note", 1)


def test_a_bell_out_of_order_is_not_the_callers_trouble(app, monkeypatch):
    class Broken:
        def ring(self, _name: str, _row_id: int, *, delay: timedelta) -> None:
            raise ConnectionError("no queue")

    monkeypatch.setitem(app.extensions, "hub.doorbell", Broken())
    queue.ring("note", 1)


class FakeBell:
    def __init__(self, waiting: int | Exception) -> None:
        self._waiting = waiting

    def waiting(self) -> int:
        if isinstance(self._waiting, Exception):
            raise self._waiting
        return self._waiting


def test_a_room_in_trouble_does_not_stop_the_sweep_of_the_next(app, monkeypatch):
    swept = []

    def in_trouble() -> None:
        raise RuntimeError("no")

    monkeypatch.setitem(app.extensions, "hub.doorbell", FakeBell(0))
    monkeypatch.setattr(queue, "_sweepers", [in_trouble, lambda: swept.append(True)])
    monkeypatch.setattr(queue, "_periodic", {})
    queue.sweep()
    assert swept == [True]


@pytest.mark.parametrize(
    ("waiting", "swept"),
    [(queue.MOST_WAITING, True), (queue.MOST_WAITING + 1, False), (ConnectionError(), True)],
)
def test_there_is_no_sweep_while_many_rings_wait(app, monkeypatch, waiting, swept):
    calls = []
    monkeypatch.setitem(app.extensions, "hub.doorbell", FakeBell(waiting))
    monkeypatch.setattr(queue, "_sweepers", [lambda: calls.append(True)])
    monkeypatch.setattr(queue, "_periodic", {})
    queue.sweep()
    assert bool(calls) is swept


def test_a_room_in_trouble_does_not_stop_the_start_of_the_next(app, monkeypatch):
    begun = []

    def in_trouble() -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(queue, "_starters", [in_trouble, lambda: begun.append(True)])
    queue.start()
    assert begun == [True]


class WorkersBell(FakeBell):
    """Notes what a worker asks of it. It is its own consumer."""

    def __init__(self) -> None:
        super().__init__(0)
        self.asked: list[str] = []

    def consumer(self, threads: int) -> "WorkersBell":
        return self

    def start(self) -> None:
        self.asked.append("start")

    def stop(self, *, graceful: bool) -> None:
        self.asked.append("stop")

    def close(self) -> None:
        self.asked.append("close")


@pytest.fixture
def signals_restored() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_worker_that_is_stopped_ends_its_tasks_and_lets_go_of_the_bell(
    app, monkeypatch, signals_restored
):
    bell = WorkersBell()
    monkeypatch.setitem(app.extensions, "hub.doorbell", bell)
    stop = [lambda: signal.raise_signal(signal.SIGTERM)]
    monkeypatch.setattr(queue, "_starters", [lambda: bell.asked.append("settings")])
    monkeypatch.setattr(queue, "_sweepers", stop)
    monkeypatch.setattr(queue, "_periodic", {})
    monkeypatch.setattr(os, "setpriority", lambda *_: None)  # the worker is this process here
    assert app.test_cli_runner().invoke(args=["worker"]).exit_code == 0
    assert bell.asked == ["settings", "start", "stop", "close"]


def test_a_job_that_comes_round_is_done_by_one_worker_in_each_turn(app, monkeypatch):
    done: list[None] = []
    monkeypatch.setitem(app.extensions, "hub.doorbell", FakeBell(0))
    monkeypatch.setattr(queue, "_sweepers", [])
    monkeypatch.setattr(queue, "_periodic", {})
    queue.periodic(timedelta(minutes=5))(lambda: done.append(None))
    with time_machine.travel(at("2026-11-02 09:00"), tick=False) as clock:
        for _worker in range(3):
            queue.sweep()
        assert len(done) == 1
        clock.shift(timedelta(minutes=4))
        queue.sweep()
        assert len(done) == 1
        clock.shift(timedelta(minutes=1))
        queue.sweep()
        assert len(done) == 2


def test_a_sweep_goes_on_where_nobody_can_say_whose_time_has_come(app, monkeypatch):
    done: list[str] = []
    monkeypatch.setitem(app.extensions, "hub.doorbell", FakeBell(0))
    monkeypatch.setattr(queue, "_sweepers", [lambda: done.append("sweeper")])
    monkeypatch.setattr(queue, "_periodic", {"job": lambda: done.append("job")})
    monkeypatch.setattr(queue, "_resting", lambda: select(text("from_no_table")))
    queue.sweep()
    assert done == ["sweeper", "job"]


def test_workers_that_ask_for_a_turn_in_the_same_instant_agree_on_one(app):
    won: list[bool] = []
    workers = [
        alongside(app, lambda: won.append(queue.is_our_turn("same", timedelta(minutes=5))))
        for _worker in range(4)
    ]
    for worker in workers:
        worker.join()
    assert sorted(won) == [False, False, False, True]


# --- The whole way, by configuration alone -------------------------------------------------------


@pytest.fixture
def configured(app, tmp_path) -> Iterator[Callable[[str], Flask]]:
    """Gives a function: QUEUE_URL -> a hub on the database of `app`."""
    made: list[Flask] = []

    def configure(queue_url: str) -> Flask:
        database_url = app.config["HUB"].database_url
        made.append(create_app(make_settings(tmp_path, database_url, QUEUE_URL=queue_url)))
        return made[-1]

    yield configure
    for one in made:
        one.extensions["hub.doorbell"].close()
        with one.app_context():
            db.engine.dispose()


def a_comment() -> tuple[bytes, dict[str, str]]:
    """What Facebook delivers: body and headers."""
    value = {
        "item": "comment", "verb": "add", "comment_id": "1_2", "post_id": f"{PAGE_ID}_1",
        "message": "Bonjour", "created_time": 1794300240, "from": {"id": "3", "name": "Maëlle"},
    }  # fmt: skip
    entry = {"id": PAGE_ID, "time": 1, "changes": [{"field": "feed", "value": value}]}
    body = json.dumps({"object": "page", "entry": [entry]}).encode()
    key = FACEBOOK["FACEBOOK_APP_SECRET"].encode()
    return body, {"X-Hub-Signature-256": "sha256=" + hmac.new(key, body, "sha256").hexdigest()}


def state_of_delivery() -> tuple[DeliveryState, int]:
    """Its state, and how many messages there are."""
    db.session.rollback()
    state = db.session.scalars(select(Delivery.state)).one()
    messages = db.session.scalar(select(func.count()).select_from(Message)) or 0
    db.session.rollback()
    return state, messages


def worked(hub: Flask) -> bool:
    """Does a worker that sweeps and takes rings bring the delivery to its end?"""
    with hub.app_context():
        queue.sweep()
    consumer = hub.extensions["hub.doorbell"].consumer(threads=2)
    consumer.start()
    deadline = monotonic() + 10
    while state_of_delivery()[0] != DeliveryState.DONE and monotonic() < deadline:
        sleep(0.02)
    consumer.stop(graceful=True)
    return monotonic() < deadline


def test_the_same_tasks_work_on_each_store_beside_each_database(configured, store_url):
    create_account()
    create_department("accueil")
    hub = configured(store_url)
    body, headers = a_comment()
    assert hub.test_client().post("/hooks/facebook", data=body, headers=headers).status_code == 200
    assert state_of_delivery() == (DeliveryState.WAITING, 0)
    assert worked(hub)
    assert state_of_delivery() == (DeliveryState.DONE, 1)


KILLED = """
import os, signal
from hub import create_app
from hub.intake import deliveries

deliveries._file_all = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
create_app().test_cli_runner().invoke(args=["worker"])
"""


def test_what_a_killed_worker_held_comes_back_by_its_lease(
    configured, engine_name, tmp_path, request
):
    create_account()
    create_department("accueil")
    grown = engine_name == "postgresql" and REDIS_IS_FOUND
    server = request.getfixturevalue("redis_server") if grown else ""
    store = redis_database(server) if grown else f"sqlite:///{tmp_path / 'queue.sqlite'}"
    hub = configured(store)
    body, headers = a_comment()
    assert hub.test_client().post("/hooks/facebook", data=body, headers=headers).status_code == 200
    environ = {**os.environ, **hub.config["HUB"].environ, "QUEUE_URL": store}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED], cwd=ROOT, env=environ, check=False, timeout=60
    )
    assert killed.returncode == -signal.SIGKILL
    assert state_of_delivery() == (DeliveryState.WAITING, 0)
    with hub.app_context():
        assert deliveries.due() == []
    with time_machine.travel(now() + deliveries.LEASE + timedelta(seconds=1)):
        assert worked(hub)
    assert state_of_delivery() == (DeliveryState.DONE, 1)
