"""A backup is the whole hub, whatever the database."""

import gzip
import io
import itertools
import json
import stat
import tarfile
import threading
from pathlib import Path
from typing import Any

import pytest
from flask_migrate import downgrade
from sqlalchemy import select

from hub.admin import archive, backup, restore, rows
from hub.extensions import db
from hub.intake import actions as intake
from hub.routing.models import Department
from hub.tickets.models import Ticket
from tests.admin.whole import empty_hub, everything
from tests.alongside import alongside
from tests.builders import create_account, create_department, create_ticket, inbound


def test_a_backup_crosses_to_the_other_engine_and_back_unchanged(
    filled, engine_name, new_database, tmp_path
):
    there, back = tmp_path / "there.tar.gz", tmp_path / "back.tar.gz"
    original = everything()
    backup.write(there)
    other = "postgresql" if engine_name == "sqlite" else "sqlite"
    with empty_hub(tmp_path / "other", new_database(other)):
        summary = restore.read(there)
        assert everything() == original
        backup.write(back)
    with empty_hub(tmp_path / "home", new_database(engine_name)):
        restore.read(back)
        assert everything() == original
    assert summary.files == len(original["files"]) == 1
    assert summary.rows == sum(map(len, original.values())) - summary.files
    some = ("ticket", "message", "part", "attempt", "spending", "event", "kept_item", "rule")
    some += ("clue", "identity_link", "linked_identity", "linked_ticket", "identity_code")
    some += ("correction", "dismissal", "regrouping", "moved_message", "ticket_link")
    assert all(original[name] for name in some)


def test_the_restored_hub_goes_on_numbering_where_the_old_one_was(
    filled, engine_name, new_database, tmp_path
):
    backup.write(tmp_path / "b.tar.gz")
    with empty_hub(tmp_path / "new", new_database(engine_name)):
        restore.read(tmp_path / "b.tar.gz")
        last = max(row["id"] for row in everything()["ticket"])
        create_account()
        assert create_ticket().id == last + 1


def test_a_backup_does_not_make_writers_wait(filled, tmp_path, monkeypatch):
    write_table = backup._write_table
    written = []

    def and_somebody_writes(connection, table, path):
        content = write_table(connection, table, path)
        if table.name == "account":
            with db.engine.begin() as other:
                other.execute(Department.__table__.insert().values(_department("neuf")))
                written.append(True)
        return content

    monkeypatch.setattr(backup, "_write_table", and_somebody_writes)
    backup.write(tmp_path / "b.tar.gz")
    assert written
    assert "neuf" not in member(tmp_path / "b.tar.gz", "tables/department.jsonl").decode()


def test_a_backup_made_while_messages_come_in_holds_those_before_one_instant_whole(
    app, engine_name, new_database, tmp_path
):
    create_account()
    create_department("accueil")
    filed = itertools.count()
    begun, enough = threading.Event(), threading.Event()

    def receive_on_and_on() -> None:
        while not enough.is_set():
            number = f"{next(filed):05}"
            intake.receive("facebook", inbound(external_id=f"m_{number}", conversation=number))
            begun.set()

    writer = alongside(app, receive_on_and_on)
    assert begun.wait(10)
    backup.write(tmp_path / "b.tar.gz")
    enough.set()
    writer.join()
    with empty_hub(tmp_path / "new", new_database(engine_name)):
        restore.read(tmp_path / "b.tar.gz")
        there = everything()
    ids = sorted(message["external_id"] for message in there["message"])
    assert ids == [f"m_{number:05}" for number in range(len(ids))]
    assert 1 <= len(ids) <= next(filed)
    assert len(there["ticket"]) == len(there["conversation"]) == len(ids)
    assert {event["ticket_id"] for event in there["event"]} == {t["id"] for t in there["ticket"]}


def _department(slug: str) -> dict[str, object]:
    return {"slug": slug, "name": slug, "position": 0, "active": True, "subject": ""}


def member(path: Path, name: str) -> bytes:
    with tarfile.open(path) as tar:
        return tar.extractfile(name).read()


def rewritten(path: Path, change: Any) -> Path:
    """The backup with each member passed through change(name, content), which gives the new
    content or None to leave it out."""
    target = path.with_name("rewritten.tar.gz")
    with tarfile.open(path) as old, tarfile.open(target, "w:gz") as new:
        for info in old:
            content = change(info.name, old.extractfile(info).read())
            if content is not None:
                info.size = len(content)
                new.addfile(info, io.BytesIO(content))
    return target


def test_only_the_owner_may_read_a_backup(filled, tmp_path):
    backup.write(tmp_path / "b.tar.gz")
    assert stat.S_IMODE((tmp_path / "b.tar.gz").stat().st_mode) == 0o600


def test_a_backup_that_fails_leaves_the_one_before_and_nothing_else(filled, tmp_path, monkeypatch):
    target = tmp_path / "b.tar.gz"
    target.write_bytes(b"yesterday's")

    def no_room(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_add_copy", no_room)
    with pytest.raises(OSError, match="No space"):
        backup.write(target)
    assert target.read_bytes() == b"yesterday's"
    assert list(tmp_path.iterdir()) == [target]


def test_a_database_with_rows_is_refused(filled, tmp_path):
    backup.write(tmp_path / "b.tar.gz")
    before = everything()
    with pytest.raises(rows.DatabaseNotEmpty):
        restore.read(tmp_path / "b.tar.gz")
    assert everything() == before


@pytest.fixture
def refused(filled, engine_name, new_database, tmp_path):
    """Gives a function: what is done to a backup -> the refusal, once the database is checked to
    be empty still."""

    def attempt(change: Any) -> str:
        backup.write(tmp_path / "b.tar.gz")
        damaged = change(tmp_path / "b.tar.gz")
        with empty_hub(tmp_path / "new", new_database(engine_name)):
            with pytest.raises((archive.UnusableArchive, restore.OtherMigration)) as refusal:
                restore.read(damaged)
            left = everything()
            left.pop("files")
            assert not any(left.values())
        return str(refusal.value)

    return attempt


def test_a_changed_row_is_noticed(refused):
    def change(name, content):
        return content.replace(b"Bonjour", b"Bonsoir") if "message" in name else content

    assert "message" in refused(lambda path: rewritten(path, change))


def test_a_missing_row_is_noticed(refused):
    def change(name, content):
        return b"".join(content.splitlines(True)[:-1]) if name == "tables/tag.jsonl" else content

    assert "tag" in refused(lambda path: rewritten(path, change))


def test_a_missing_table_is_noticed(refused):
    def change(name, content):
        return None if name == "tables/event.jsonl" else content

    assert "event" in refused(lambda path: rewritten(path, change))


def test_a_changed_file_is_noticed(refused):
    def change(name, content):
        return content + b"!" if name.startswith("files/") else content

    assert "files/" in refused(lambda path: rewritten(path, change))


def test_a_line_that_is_no_row_is_noticed(refused):
    def change(name, content):
        return b"[1]\n" if name == "tables/user.jsonl" else content

    assert "user" in refused(lambda path: rewritten(path, change))


def test_an_amount_that_is_no_number_is_noticed(refused):
    def change(name, content):
        return content.replace(b'"12.345678"', b'"much"') if "spending" in name else content

    assert "spending" in refused(lambda path: rewritten(path, change))


def test_a_backup_that_is_cut_off_is_noticed(refused):
    def cut(path):
        path.write_bytes(path.read_bytes()[:-200])
        return path

    assert refused(cut)


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", gzip.compress(b"", mtime=0), gzip.compress(b"hello" * 300, mtime=0)],
    ids=["nothing", "text", "an empty archive", "text in an archive"],
)
def test_what_is_no_backup_is_refused(refused, content):
    def replace(path):
        path.write_bytes(content)
        return path

    assert refused(replace)


@pytest.mark.parametrize(
    "change",
    [{"format": 2}, {"migration": "0000"}, {"tables": {}}, {"tables": 3}, {"format": None}],
)
def test_another_version_is_refused(refused, change):
    def rewrite(name, content):
        return (
            json.dumps(json.loads(content) | change).encode()
            if name == archive.MANIFEST
            else content
        )

    assert refused(lambda path: rewritten(path, rewrite))


def test_a_backup_of_an_earlier_version_is_refused_by_its_migration(refused):
    def rewrite(name, content):
        if name != archive.MANIFEST:
            return content
        return json.dumps(json.loads(content) | {"migration": "0001"}).encode()

    assert "stands at migration 0001" in refused(lambda path: rewritten(path, rewrite))


def test_a_database_at_another_migration_is_neither_written_nor_read(
    filled, engine_name, new_database, tmp_path
):
    backup.write(tmp_path / "b.tar.gz")
    with empty_hub(tmp_path / "old", new_database(engine_name)):
        downgrade(revision="-1")
        with pytest.raises(backup.WrongMigration):
            backup.write(tmp_path / "c.tar.gz")
        with pytest.raises(restore.OtherMigration):
            restore.read(tmp_path / "b.tar.gz")
    assert not (tmp_path / "c.tar.gz").exists()


def test_the_commands_say_what_they_did_and_what_waits(filled, new_database, tmp_path):
    path = str(tmp_path / "b.tar.gz")
    written = filled.test_cli_runner().invoke(args=["backup", path])
    assert written.exit_code == 0
    assert "rows and 1 files" in written.output
    full = filled.test_cli_runner().invoke(args=["restore", path])
    assert full.exit_code == 1
    assert "has rows already" in full.output
    with empty_hub(tmp_path / "new", new_database("sqlite")) as other:
        read = other.test_cli_runner().invoke(args=["restore", path])
    assert read.exit_code == 0, read.output
    assert "2 answers were on their way" in read.output


def test_links_between_rows_of_one_table_survive(filled, engine_name, new_database, tmp_path):
    backup.write(tmp_path / "b.tar.gz")
    with empty_hub(tmp_path / "new", new_database(engine_name)):
        restore.read(tmp_path / "b.tar.gz")
        linked = db.session.scalars(select(Ticket).where(Ticket.previous_id.is_not(None))).one()
        assert linked.previous.id > linked.id
        db.session.rollback()
