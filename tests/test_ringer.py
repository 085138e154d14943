"""The thread that rings for those who may not wait."""

import threading

from hub import queue, ringer
from hub.queue import Doorbell
from hub.ringer import Ringer


def test_what_is_wanted_meanwhile_is_rung_for_once(monkeypatch):
    monkeypatch.setattr(ringer, "PAUSE_SECONDS", 0.01)
    rung: list[tuple[str, int]] = []
    begun, free, twice = threading.Event(), threading.Event(), threading.Event()

    def ring(name: str, row_id: int) -> None:
        rung.append((name, row_id))
        begun.set()
        free.wait(5)
        if len(rung) > 1:
            twice.set()

    slow = Ringer(ring)
    slow.want("note", 1)
    assert begun.wait(5)
    for row_id in (2, 3, 4):
        slow.want("note", row_id)
    free.set()
    assert twice.wait(5)
    assert rung == [("note", 1), ("note", 2)]


def test_trouble_of_the_queue_is_nobodys_but_the_logs():
    def broken(_name: str, _row_id: int) -> None:
        raise ConnectionError("no queue")

    bell = Ringer(broken)
    bell._wanted["note"] = 1
    bell.ring_for_all()
    assert bell._wanted == {}


def test_the_end_of_the_process_rings_for_what_is_left():
    rung: list[int] = []
    bell = Ringer(lambda _name, row_id: rung.append(row_id))
    bell._wanted["note"] = 7
    bell.ring_for_all()
    bell.ring_for_all()
    assert rung == [7]


def test_where_many_rings_wait_for_workers_no_more_are_added(app, tmp_path, monkeypatch):
    bell = Doorbell(app, f"sqlite:///{tmp_path / 'queue.sqlite'}")
    monkeypatch.setattr(queue, "MOST_WAITING", 4)
    for row_id in range(5):
        bell._ring_unless_many_wait("note", row_id)
    assert bell.waiting() == 2
    bell.close()
