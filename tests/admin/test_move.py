"""The whole hub goes to another database, of either engine, or not at all."""

import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import downgrade
from sqlalchemy import NullPool, create_engine, inspect, text
from sqlalchemy.exc import OperationalError

from config import database_address
from hub import create_app, database
from hub.admin import archive, move, rows
from hub.admin.archive import Content
from hub.admin.backup import WrongMigration
from hub.admin.restore import OtherMigration
from hub.extensions import db
from hub.routing.models import Department
from tests.admin.whole import empty_hub, everything
from tests.builders import create_account, create_ticket
from tests.conftest import make_settings


@pytest.fixture
def other(engine_name: str, new_database: Any) -> str:
    """The address of an empty database of the other engine."""
    return new_database("postgresql" if engine_name == "sqlite" else "sqlite")


def address() -> str:
    return db.engine.url.render_as_string(hide_password=False)


def tables_at(url: str) -> list[str]:
    engine = create_engine(url, poolclass=NullPool)
    return inspect(engine).get_table_names()


def at(url: str, folder: Path) -> Flask:
    """The hub on another database, which is there already, with the same files."""
    return create_app(make_settings(folder, url))


def without_files(rows_of_all: dict[str, Any]) -> dict[str, Any]:
    return {name: found for name, found in rows_of_all.items() if name != "files"}


def test_everything_goes_to_the_other_engine_and_back_unchanged(
    filled, engine_name, other, new_database, tmp_path
):
    original = without_files(everything())
    moved = move.to(other)
    assert {name: content.rows for name, content in moved.items()} == {
        name: len(found) for name, found in original.items()
    }
    home = new_database(engine_name)
    with at(other, tmp_path).app_context():
        assert without_files(everything()) == original
        assert move.to(home) == moved
        db.engine.dispose()
    with at(home, tmp_path).app_context():
        assert without_files(everything()) == original
        last = max(row["id"] for row in original["ticket"])
        create_account()
        assert create_ticket().id == last + 1
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def refused(filled: Flask, other: str) -> Iterator[None]:
    """Whatever the test does: nothing has moved when it ends, and the old database is as it was."""
    before = everything()
    yield
    assert everything() == before
    assert tables_at(other) == []


def spoil(monkeypatch: pytest.MonkeyPatch, table_name: str, **changes: Any) -> None:
    """Have rows of a table arrive other than they left."""
    read = archive.from_line

    def changed(table: Any, line: bytes) -> dict[str, Any]:
        return read(table, line) | (changes if table.name == table_name else {})

    monkeypatch.setattr(archive, "from_line", changed)


@pytest.mark.usefixtures("refused")
def test_a_row_that_arrived_other_than_it_left_is_noticed(other, monkeypatch):
    spoil(monkeypatch, "tag", name="autre")
    with pytest.raises(move.NotTheSame, match="tag"):
        move.to(other)


@pytest.mark.usefixtures("refused")
def test_a_row_that_did_not_arrive_is_noticed(other, monkeypatch):
    read = rows.lines

    def without_the_last(table: Any, connection: Any) -> Any:
        found = list(read(table, connection))
        return found[:-1] if table.name == "attempt" and connection.engine.url != there else found

    there = db.engine.url
    monkeypatch.setattr(rows, "lines", without_the_last)
    with pytest.raises(move.NotTheSame, match="attempt"):
        move.to(other)


@pytest.mark.usefixtures("filled")
def test_the_database_itself_is_refused_as_its_own_copy():
    with pytest.raises(move.SameDatabase):
        move.to(address())


@pytest.mark.usefixtures("refused")
def test_a_process_that_has_the_old_database_open_is_in_the_way(other):
    elsewhere = create_engine(address(), poolclass=NullPool)
    with elsewhere.connect() as web:
        web.execute(text("SELECT slug FROM department"))
        web.rollback()
        with pytest.raises(move.InUse):
            move.to(other)


def test_one_that_is_just_leaving_is_waited_for(filled, other):
    with create_engine(address(), poolclass=NullPool).connect() as web:
        web.execute(text("SELECT slug FROM department"))
        web.rollback()
        leaving = threading.Timer(0.3, web.invalidate)
        leaving.start()
        assert move.to(other)["department"].rows > 0
        leaving.join()


def test_a_row_that_is_written_meanwhile_is_noticed_or_refused(
    filled, engine_name, other, monkeypatch
):
    check = move._check_contents
    late = create_engine(address(), poolclass=NullPool)
    row = {"slug": "neuf", "name": "Neuf", "position": 0, "active": True, "subject": ""}

    def and_somebody_writes(connection: Any, expected: Mapping[str, Content]) -> None:
        check(connection, expected)
        if connection.dialect.name != engine_name:
            with late.begin() as writer:
                writer.execute(Department.__table__.insert().values(row))

    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    monkeypatch.setattr(move, "_check_contents", and_somebody_writes)
    with pytest.raises((move.NotTheSame, OperationalError), match=r"department|locked"):
        move.to(other)
    assert tables_at(other) == []


def test_a_database_with_rows_or_of_another_version_is_refused(
    filled, engine_name, new_database, tmp_path
):
    taken = new_database("postgresql" if engine_name == "sqlite" else "sqlite")
    with empty_hub(tmp_path, taken):
        create_account()
    with pytest.raises(rows.DatabaseNotEmpty):
        move.to(taken)
    older = new_database(engine_name)
    with empty_hub(tmp_path, older):
        downgrade(revision="-1")
        with pytest.raises(WrongMigration):
            move.to(taken)
    with pytest.raises(OtherMigration):
        move.to(older)


def test_the_command_prints_what_is_the_same_on_both_sides(filled, other):
    before = without_files(everything())
    done = filled.test_cli_runner().invoke(args=["move", "--to", "-"], input=f"{other}\n")
    assert done.exit_code == 0, done.output
    assert other not in done.output
    assert re.search(rf"^ticket +{len(before['ticket'])}  [0-9a-f]{{16}}$", done.output, re.M)
    assert re.search(rf"^all +{sum(map(len, before.values()))}$", done.output, re.M)
    again = filled.test_cli_runner().invoke(args=["move", "--to", other])
    assert again.exit_code == 1
    assert "has rows already" in again.output


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://x", "must start with"),
        ("postgresql://127.0.0.1:9/nowhere", "out of reach"),
    ],
)
def test_an_address_that_leads_nowhere_is_told(filled, url, sentence):
    failed = filled.test_cli_runner().invoke(args=["move", "--to", url])
    assert failed.exit_code == 1
    assert sentence in failed.output


def test_an_address_is_read_as_that_of_the_settings():
    assert database_address("postgres://db/hub") == "postgresql+psycopg://db/hub"
