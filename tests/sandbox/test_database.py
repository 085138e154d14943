"""The sandbox's file: made once, kept across restarts, shared by processes."""

import sqlite3
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

import pytest

from config import Settings
from hub import sandbox
from hub.sandbox.database import VERSION, Database
from hub.sandbox.meta.identities import PEOPLE
from hub.sandbox.meta.stand_in import MetaStandIn
from tests.sandbox.conftest import APP


def test_the_state_survives_reopening(settings: Settings, meta: MetaStandIn) -> None:
    comment = meta.comment(meta.posts()[0].id, PEOPLE[0].id, "Bonjour")
    again = MetaStandIn(sandbox.open_database(settings), APP)
    assert comment in again.thread(comment.post_id)


def test_a_file_of_another_version_is_made_anew(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "sandbox.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
        connection.execute("CREATE TABLE person (id)")
    assert MetaStandIn(sandbox.open_database(settings), APP).people() == list(PEOPLE)


def test_what_raises_leaves_no_trace(settings: Settings) -> None:
    database = sandbox.open_database(settings)

    def delete_and_stumble() -> None:
        with database.writing() as connection:
            connection.execute("DELETE FROM person")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        delete_and_stumble()
    assert MetaStandIn(database, APP).people() == list(PEOPLE)


def _open_and_write(path: Path) -> None:
    database = Database(path, lambda connection: None)
    for _ in range(20):
        with database.writing() as connection:
            connection.execute(
                "INSERT INTO mail (received_at, sender, recipients, raw) VALUES (0, '', '[]', '')"
            )


def test_several_processes_start_and_write_together(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.sqlite"
    context = get_context("fork")  # quick to start; the children touch nothing but the file
    processes = [context.Process(target=_open_and_write, args=(path,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=30)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    with Database(path, lambda connection: None).reading() as connection:
        assert connection.execute("SELECT count(*) FROM mail").fetchone()[0] == 60
    assert list(tmp_path.glob("*.new")) == []
