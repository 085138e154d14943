"""A flood of one channel keeps neither another channel's citizens waiting, nor agents' answers, nor
people's pages."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from hub import queue
from hub.clock import now
from hub.extensions import db
from hub.intake import deliveries, tasks, views
from hub.intake.doorway import Doorway, TooMany
from hub.intake.models import Delivery, DeliveryState
from hub.queue import Doorbell
from tests.alongside import alongside
from tests.builders import create_account, create_department, create_ticket
from tests.fake import Fake
from tests.intake.test_hooks import page_body, post, text_item
from tests.statements import counted

UNREADABLE = b'{"for_user_id": "1", "odd": {}}'  # filed at once: it is kept aside


@pytest.fixture(autouse=True)
def council(app: Flask) -> None:
    create_account()
    create_department("accueil")


def flood(number: int, channel: str = "facebook") -> list[int]:
    """So many deliveries, the oldest first."""
    db.session.add_all(
        Delivery(channel=channel, digest=f"{channel} {count}", body=UNREADABLE)
        for count in range(number)
    )
    db.session.commit()
    return list(db.session.scalars(select(Delivery.id).where(Delivery.channel == channel)))


def done(channel: str) -> int:
    rows = db.session.scalars(
        select(Delivery.id).where(Delivery.channel == channel, Delivery.state == DeliveryState.DONE)
    ).all()
    db.session.rollback()
    return len(rows)


# --- Between channels ---------------------------------------------------------------------------


def test_one_delivery_of_x_is_done_with_the_first_of_a_flood_of_facebook(app):
    flood(300)
    flood(1, "twitter")
    tasks.process_delivery(0)
    assert (done("twitter"), done("facebook")) == (1, deliveries.HANDFUL - 1)


def test_of_each_channel_the_oldest_go_first():
    facebook, x = flood(4), flood(2, "twitter")
    found = deliveries.due(5)
    assert {*found[:2]} == {facebook[0], x[0]}
    assert {*found[2:4]} == {facebook[1], x[1]}
    assert found[4:] == [facebook[2]]


def test_a_handful_is_full_as_long_as_one_channel_has_enough():
    flood(deliveries.HANDFUL + 3)
    handfuls = [len(deliveries.take()) for _worker in range(3)]
    assert handfuls == [deliveries.HANDFUL, 3, 0]


def test_a_full_handful_rings_for_the_next_worker_and_another_one_does_not(app, monkeypatch):
    rung: list[str] = []
    monkeypatch.setattr(tasks, "ring", lambda name, _row_id: rung.append(name))
    flood(deliveries.HANDFUL + 1)
    tasks.process_delivery(0)
    assert rung == ["process_delivery"]
    tasks.process_delivery(0)
    assert rung == ["process_delivery"]
    assert done("facebook") == deliveries.HANDFUL + 1


def test_workers_that_take_at_the_same_time_share_what_is_due(app, engine_name):
    flood(2 * deliveries.HANDFUL)
    first = deliveries.due()  # the transaction stays open: on SQLite it keeps the others waiting
    if engine_name == "postgresql":
        others: list[int] = []
        alongside(app, lambda: others.extend(deliveries.due())).join()
        assert len(others) == deliveries.HANDFUL
        assert set(first).isdisjoint(others)
    db.session.rollback()


def test_a_flood_costs_a_worker_few_statements_beside_those_that_file_it(app):
    flood(deliveries.HANDFUL)
    with counted() as seen:
        deliveries.process(deliveries.take())
    assert len(seen) <= len(app.extensions["hub.channels"]) + deliveries.HANDFUL + 3


def test_the_search_for_what_is_due_reads_its_own_index(app, engine_name):
    if engine_name == "postgresql":
        return  # its planner reads so few rows without an index
    with counted() as seen:
        deliveries.due()
    plans = db.session.connection().exec_driver_sql(
        "EXPLAIN QUERY PLAN " + seen[0], ("facebook", "waiting", "x", "x", 10, 0)
    )
    assert "ix_delivery_due" in str(plans.all())


def test_what_a_channel_left_waits_while_it_is_switched_off(app, monkeypatch):
    flood(1)
    channels = app.extensions["hub.channels"]
    with monkeypatch.context() as off:
        off.delitem(channels, "facebook")
        assert deliveries.take() == []
    assert len(deliveries.take()) == 1


def test_the_lease_of_a_handful_holds_for_those_that_wait_in_it(app, monkeypatch):
    flood(3)
    others: list[int] = []

    def slowly(_taken: Any) -> list[Any]:
        clock.shift(timedelta(seconds=40))
        _taken.lease.keep()
        with app.app_context():
            others.extend(deliveries.due())
        return []

    monkeypatch.setattr(deliveries, "_file_all", slowly)
    with time_machine.travel(now(), tick=False) as clock:
        deliveries.process(deliveries.take())
    assert others == []
    assert done("facebook") == 3


def test_one_that_fails_is_postponed_and_its_handful_goes_on(app, monkeypatch):
    first, *_rest = flood(3)
    file_all = deliveries._file_all

    def breaks(taken: deliveries.Taken) -> Any:
        if taken.delivery_id == first:
            raise RuntimeError("the roof fell in")
        return file_all(taken)

    monkeypatch.setattr(deliveries, "_file_all", breaks)
    deliveries.process(deliveries.take())
    failed = db.session.get_one(Delivery, first)
    assert (failed.state, failed.lease_until) == (DeliveryState.WAITING, None)
    assert "roof" in failed.error
    assert done("facebook") == 2


# --- Between citizens' messages and answers -----------------------------------------------------


@pytest.fixture
def bell(app: Flask, tmp_path: Any, monkeypatch: Any) -> Iterator[Doorbell]:
    made = Doorbell(app, f"sqlite:///{tmp_path / 'queue.sqlite'}")
    monkeypatch.setitem(app.extensions, "hub.doorbell", made)
    yield made
    made.close()


def test_an_answer_leaves_before_the_flood_that_came_in_before_it(app, fake: Fake, bell):
    ticket = create_ticket()
    flood(300)
    flood(1, "twitter")
    queue.ring("look_up_author", 1)
    for _each in range(3):
        queue.ring("process_delivery", 0)
    queue.ring("send_message", ticket.id)
    heard = []
    while (rung := bell._huey.dequeue()) is not None:
        heard.append(rung.args[0])
    assert heard == ["send_message", *["process_delivery"] * 3, "look_up_author"]


# --- Between platforms and people ---------------------------------------------------------------


def test_who_finds_no_room_is_told_when_to_come_again_and_nothing_is_kept(client, monkeypatch):
    monkeypatch.setattr(views, "_doorway", Doorway(inside=1))
    with views._doorway.passing():
        answer = post(client, page_body(text_item("m_1")))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert db.session.scalars(select(Delivery)).all() == []
    assert post(client, page_body(text_item("m_1"))).status_code == 200


def test_some_wait_for_their_turn_and_few_work_at_once():
    doorway, at_work, most = Doorway(at_work=2, inside=8), [], []
    start = threading.Barrier(8)

    def work() -> None:
        start.wait(5)
        with doorway.passing():
            at_work.append(1)
            most.append(len(at_work))
            at_work.pop()

    threads = [threading.Thread(target=work) for _each in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 8
    assert max(most) <= 2


def test_nobody_waits_for_longer_than_a_platform_does():
    doorway = Doorway(at_work=1, inside=2)
    with doorway.passing(), pytest.raises(TooMany), doorway.passing(longest_wait=0.01):
        raise AssertionError("there is no room")
    with doorway.passing(longest_wait=0.01):
        pass


def test_a_request_that_breaks_leaves_its_place():
    doorway = Doorway(at_work=1, inside=1)
    for _each in range(2):
        with pytest.raises(RuntimeError), doorway.passing():
            raise RuntimeError("no")
