"""The doorbell: rings reach a worker on each store, and a lost ring loses nothing."""

import signal
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask

from hub import queue
from hub.clock import now
from hub.queue import Doorbell
from tests.alongside import alongside
from tests.builders import at


@pytest.fixture
def store_url(engine_name, tmp_path, request) -> str:
    if engine_name == "sqlite":
        return f"sqlite:///{tmp_path / 'queue.sqlite'}"
    return request.getfixturevalue("postgresql_server")


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
    assert app.test_cli_runner().invoke(args=["worker"]).exit_code == 0
    assert bell.asked == ["settings", "start", "stop", "close"]


def test_a_job_that_comes_round_is_done_by_one_worker_in_each_turn(app, monkeypatch):
    done: list[None] = []
    monkeypatch.setattr(queue, "_sweepers", [])
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


def test_workers_that_ask_for_a_turn_in_the_same_instant_agree_on_one(app):
    won: list[bool] = []
    workers = [
        alongside(app, lambda: won.append(queue.is_our_turn("same", timedelta(minutes=5))))
        for _worker in range(4)
    ]
    for worker in workers:
        worker.join()
    assert sorted(won) == [False, False, False, True]
