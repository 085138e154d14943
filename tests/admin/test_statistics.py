"""SQLite is told what its tables hold, once there is something to tell."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from hub.admin import statistics
from hub.extensions import db
from tests.builders import create_ticket


@pytest.fixture(autouse=True)
def forgotten_afterwards(app: Flask) -> Iterator[None]:
    """What is true of these tables is not of those of the next test."""
    yield
    if known():
        with db.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM sqlite_stat1")
            connection.exec_driver_sql("ANALYZE sqlite_schema")


def known() -> set[str]:
    """The tables that SQLite knows something of."""
    with db.engine.connect().execution_options(read_only=True) as connection:
        if connection.dialect.name != "sqlite":
            return set()
        there = "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'"
        if connection.scalar(text(there)) is None:
            return set()
        return set(connection.scalars(text("SELECT tbl FROM sqlite_stat1")))


def test_a_worker_lets_sqlite_know_what_its_tables_hold(
    work: Any, engine_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statistics, "FEWEST", 2)
    for _number in range(2):
        create_ticket()
    work()
    assert ("ticket" in known()) == (engine_name == "sqlite")


def test_a_hub_with_few_tickets_is_left_alone(work: Any) -> None:
    create_ticket()
    work()
    assert known() == set()
