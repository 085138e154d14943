"""Migrations of a hub that is in use: what it holds is kept, and works afterwards."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import JSON, Column, MetaData, insert, select

from hub import create_app
from hub.channels.models import Account
from hub.extensions import db
from hub.intake import polling, rechecks
from hub.outbox import claiming
from hub.outbox.models import Attempt
from hub.tickets.models import Attachment, Message
from tests.conftest import make_settings

#: What a row has where its table asks for something.
SOMETHING = {
    str: "x",
    int: 7,
    bool: True,
    bytes: b"\0",
    object: {"é": 1},
    datetime: datetime(2026, 10, 1, 8, 0, tzinfo=UTC),
}


@pytest.fixture
def first_hub(engine_name: str, new_database: Any, tmp_path: Path) -> Iterator[Flask]:
    """A hub at the first migration, with one row in each of its tables."""
    app = create_app(make_settings(tmp_path, new_database(engine_name)))
    with app.app_context():
        upgrade(revision="0001")
        first_tables = tables()
        with db.engine.begin() as connection:
            for table in first_tables:
                needed = [c for c in table.columns if not c.nullable]
                row = {column.name: something_in(column) for column in needed}
                connection.execute(insert(table).values(row))
        yield app
        db.session.remove()
        db.engine.dispose()


def something_in(column: Column[Any]) -> Any:
    is_id = column.primary_key and column.name == "id"
    return 1 if is_id or column.foreign_keys else SOMETHING[python_type(column)]


def python_type(column: Column[Any]) -> type:
    return object if isinstance(column.type, JSON) else column.type.python_type


def tables() -> list[Any]:
    """The tables as the database has them now, each after those it refers to."""
    metadata = MetaData()
    metadata.reflect(db.engine)
    return [table for table in metadata.sorted_tables if table.name != "alembic_version"]


def rows(columns: dict[str, list[str]]) -> dict[str, list[dict[str, Any]]]:
    """What these columns of each table hold."""
    asked = {
        table.name: select(*(table.c[name] for name in columns[table.name]))
        for table in tables()
        if table.name in columns
    }
    with db.engine.connect() as connection:
        return {
            name: [dict(row) for row in connection.execute(query).mappings()]
            for name, query in asked.items()
        }


def test_an_upgrade_keeps_every_row_and_a_step_back_too(first_hub):
    columns = {table.name: [column.name for column in table.columns] for table in tables()}
    before = rows(columns)
    assert all(len(found) == 1 for found in before.values())
    upgrade()
    assert rows(columns) == before
    downgrade(revision="0001")
    assert rows(columns) == before


def test_rows_written_before_the_upgrade_are_usable_after_it(first_hub):
    upgrade()
    account = db.session.scalars(select(Account)).one()
    assert (account.cursor, account.next_poll_at, account.poll_error) == ({}, None, "")
    message = db.session.scalars(select(Message)).one()
    assert (message.notice, message.details, message.incomplete) == ("", {}, False)
    assert (message.check_at, message.parts, message.next_part) == (None, [], None)
    assert db.session.scalars(select(Attachment.alt_text)).one() == ""
    assert db.session.scalars(select(Attempt.cost)).one() is None
    assert (polling.due(), rechecks.due(), claiming.due()) == ([], [], [])
