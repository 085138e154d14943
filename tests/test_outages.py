"""Storage in trouble: platforms are told to come again, people get back what they wrote, and what
was accepted is there."""

import hashlib
import hmac
import json
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import NullPool, create_engine, event, func, make_url, select, text

from hub import create_app, database, files, outages
from hub.admin import probes
from hub.extensions import db
from hub.intake import deliveries
from hub.intake.models import Delivery
from hub.tickets.models import Message
from tests.builders import PAGE_ID, create_department
from tests.conftest import FACEBOOK, Client, make_settings

ROOT = Path(__file__).parent.parent

Outage = Callable[[], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def address(engine_name: str, new_database: Any) -> str:
    """A database of this module alone, so that it may be broken."""
    return new_database(engine_name)


@pytest.fixture(scope="module")
def hub(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A hub of little patience, with one connection."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outages, "POOL_SIZE", 1)
        patch.setattr(outages, "POOL_OVERFLOW", 0)
        patch.setattr(outages, "POOL_SECONDS", 0.05)
        patch.setattr(database, "BUSY_SECONDS", 0.05)
        app = create_app(make_settings(tmp_path_factory.mktemp("alone"), address))
        app.config.update(WTF_CSRF_ENABLED=False)
        app.test_client_class = Client
        with app.app_context():
            upgrade()
            create_department("accueil")
            db.session.remove()
            yield app
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def browser(hub: Flask) -> FlaskClient:
    return hub.test_client()


def deliver(client: FlaskClient, name: str) -> Any:
    """A delivery of Facebook of some hundred kilobytes."""
    item = {"sender": {"id": "1"}, "recipient": {"id": PAGE_ID}, "message": {"mid": name}}
    entry = {"id": PAGE_ID, "time": 1, "messaging": [item], "padding": "." * 300_000}
    body = json.dumps({"object": "page", "entry": [entry]}).encode()
    key = FACEBOOK["FACEBOOK_APP_SECRET"].encode()
    signature = "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()
    return client.post("/hooks/facebook", data=body, headers={"X-Hub-Signature-256": signature})


def count(model: type) -> int:
    db.session.rollback()
    counted = db.session.scalar(select(func.count()).select_from(model))
    db.session.rollback()
    return counted or 0


# --- Ways to be out of reach ---------------------------------------------------------------------


@contextmanager
def each_connection(*statements: str) -> Iterator[None]:
    """Every connection of the hub begins with these statements."""

    def begin(connection: Any, _record: Any) -> None:
        for statement in statements:
            connection.execute(statement)

    db.engine.dispose()
    event.listen(db.engine, "connect", begin)
    yield
    event.remove(db.engine, "connect", begin)
    db.engine.dispose()


@contextmanager
def no_connection_left() -> Iterator[None]:
    with db.engine.connect():
        yield


@contextmanager
def file_locked() -> Iterator[None]:
    path = db.engine.url.database
    with create_engine(f"sqlite:///{path}", poolclass=NullPool).begin() as other:
        other.execute(text("SELECT 1"))  # begins at once, as a writer
        yield


@contextmanager
def file_gone() -> Iterator[None]:
    """The folder is not mounted any more."""
    db.engine.dispose()
    folder = Path(str(db.engine.url.database)).parent
    away = folder.rename(folder.with_name("away"))
    yield
    away.rename(folder)


def disk_full() -> AbstractContextManager[None]:
    return each_connection("PRAGMA max_page_count = 1")  # never less than there are


@contextmanager
def administrator(name: str = "postgres") -> Iterator[Any]:
    """Another connection to the same server."""
    url = make_url(str(db.engine.url.render_as_string(hide_password=False)))
    engine = create_engine(url.set(database=name), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def hang_up(connection: Any) -> None:
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
    connection.execute(text(others), {"name": db.engine.url.database})


@contextmanager
def server_away() -> Iterator[None]:
    name = db.engine.url.database
    with administrator() as connection:
        connection.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'))
        hang_up(connection)
        yield
        connection.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'))


@contextmanager
def cut_in_the_middle() -> Iterator[None]:
    def cut(*_arguments: Any) -> None:
        with administrator() as connection:
            hang_up(connection)

    event.listen(db.engine, "before_cursor_execute", cut)
    yield
    event.remove(db.engine, "before_cursor_execute", cut)


def server_says(code: str) -> Outage:
    """The server refuses to add a row with this SQLSTATE."""

    @contextmanager
    def refusing() -> Iterator[None]:
        with administrator(str(db.engine.url.database)) as connection:
            connection.execute(
                text(
                    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
                    f"$$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{code}'; END $$"
                )
            )
            for table in ("delivery", "message"):
                connection.execute(
                    text(
                        f"CREATE TRIGGER refuse BEFORE INSERT ON {table} "
                        "FOR EACH STATEMENT EXECUTE FUNCTION refuse()"
                    )
                )
            yield
            connection.execute(text("DROP FUNCTION refuse CASCADE"))

    return refusing


OUTAGES: dict[str, dict[str, Outage]] = {
    "sqlite": {
        "disk full": disk_full,
        "read-only": lambda: each_connection("PRAGMA query_only = ON"),
        "locked": file_locked,
        "file gone": file_gone,
        "no connection left": no_connection_left,
    },
    "postgresql": {
        "server away": server_away,
        "cut in the middle": cut_in_the_middle,
        "read-only": lambda: each_connection("SET default_transaction_read_only = on", "COMMIT"),
        "no connection left": no_connection_left,
        "disk full": server_says("53100"),
        "too slow": server_says("57014"),
        "broken page": server_says("XX001"),
    },
}


# --- Platforms ------------------------------------------------------------------------------------


def test_every_outage_is_503_said_once_and_over_when_it_is_over(hub, browser, engine_name, caplog):
    for number, (name, outage) in enumerate(OUTAGES[engine_name].items()):
        before = count(Delivery)
        caplog.clear()
        with outage():
            refused = deliver(browser, f"m_{number}")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "60"), name
        errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
        assert len(errors) == 1, name
        assert errors[0].exc_info is None, name
        assert count(Delivery) == before, name
        assert deliver(browser, f"m_{number}").status_code == 200, name
        assert count(Delivery) == before + 1, name


def test_a_server_that_was_restarted_between_two_deliveries_is_not_noticed(
    hub, browser, engine_name, monkeypatch
):
    if engine_name == "sqlite":
        pytest.skip("SQLite has no server")
    monkeypatch.setattr(database, "RESTED_SECONDS", 0)  # a restart takes longer than two seconds
    assert deliver(browser, "before").status_code == 200
    with administrator() as connection:
        hang_up(connection)
    assert deliver(browser, "after").status_code == 200


def test_a_connection_that_dies_in_full_use_costs_one_delivery_a_second_try(
    hub, browser, engine_name
):
    if engine_name == "sqlite":
        pytest.skip("SQLite has no server")
    assert deliver(browser, "before").status_code == 200
    with administrator() as connection:
        hang_up(connection)
    answers = [deliver(browser, "after").status_code for _try in range(2)]
    assert answers == [503, 200]


def test_a_mistake_of_ours_is_500_and_in_the_log_with_its_place(hub, browser, monkeypatch, caplog):
    def mistaken(*_arguments: Any) -> None:
        db.session.execute(text("SELECT * FROM no_such_table"))

    monkeypatch.setattr(deliveries, "store", mistaken)
    monkeypatch.setitem(hub.config, "PROPAGATE_EXCEPTIONS", False)
    assert deliver(browser, "mistaken").status_code == 500
    assert [record for record in caplog.records if record.exc_info]


def test_readyz_says_that_nothing_can_be_written(hub, browser, engine_name, monkeypatch):
    monkeypatch.setattr(probes, "WRITE_EVERY", 0 * probes.WRITE_EVERY)
    with OUTAGES[engine_name]["read-only"]():
        answer = browser.get("/readyz")
    assert answer.status_code == 503
    assert (answer.json["database"], answer.json["writing"]) == ("ok", "failed")
    assert browser.get("/readyz").json["writing"] == "ok"


def test_readyz_is_not_misled_by_somebody_who_writes_meanwhile(hub, browser, monkeypatch):
    def somebody_writes() -> None:
        check()
        with db.engine.connect().execution_options(read_only=True) as other, other.begin():
            other.execute(text("DELETE FROM tick"))

    check = probes.CHECKS["migrations"]
    monkeypatch.setattr(db.engine.pool, "_max_overflow", 1)
    monkeypatch.setitem(probes.CHECKS, "migrations", somebody_writes)
    for _time in range(2):
        assert browser.get("/readyz").json["writing"] == "ok"


# --- People ---------------------------------------------------------------------------------------


def fields(page: str) -> dict[str, str]:
    """What the one form of a page would send."""
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    areas = re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    return {name: unescape(value) for name, value in [*hidden, *areas]}


LETTER = {
    "submission": "0123456789abcdef0123456789abcdef",
    "subject": "other",
    "message": "Bonjour,\nle car de 7 h 12 « ligne 214 » n’est <pas> passé ce matin.",
    "name": "Maëlle Garrigue",
    "email": "maelle@example.org",
    "postal_address": "",
}


def test_a_citizen_gets_back_what_they_wrote_and_sends_it_again(hub, browser, engine_name):
    outage = "disk full" if engine_name == "postgresql" else "read-only"
    before = count(Message)
    with OUTAGES[engine_name][outage]():
        refused = browser.post("/contact", data=LETTER)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "60")
    assert "could not be kept" in refused.text
    assert "What you wrote" in refused.text
    assert fields(refused.text) == LETTER
    assert count(Message) == before
    for _twice in range(2):
        assert browser.post("/contact", data=fields(refused.text)).status_code == 303
    assert count(Message) == before + 2  # the message and its receipt


def test_who_only_wanted_to_read_is_asked_to_come_again(hub, browser, engine_name):
    outage = "server away" if engine_name == "postgresql" else "file gone"
    with OUTAGES[engine_name][outage]():
        refused = browser.get("/contact")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "60")
    assert "Try again in a minute" in refused.text
    assert "Traceback" not in refused.text


def test_a_password_is_not_written_into_a_page(hub, browser, engine_name):
    outage = "server away" if engine_name == "postgresql" else "file gone"
    secrets = {"email": "a@region.example", "password": "correct horse battery staple now"}
    with OUTAGES[engine_name][outage]():
        refused = browser.post("/login", data=secrets)
    assert refused.status_code == 503
    assert "correct horse" not in refused.text


def test_a_disk_without_room_for_a_file_is_an_outage(hub, browser, monkeypatch):
    def no_room(_stream: Any) -> tuple[str, int]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "store", no_room)
    picture = (ROOT / "docs" / "pictures" / "ticket.png").open("rb")
    refused = browser.post("/contact", data=LETTER | {"files": picture})
    assert refused.status_code == 503
    assert fields(refused.text) == LETTER
    assert "choose them again" in refused.text


def test_a_queue_out_of_reach_is_not_noticed_by_platforms_and_people(hub, address, tmp_path):
    nowhere = make_settings(tmp_path, address, QUEUE_URL="redis://127.0.0.1:9/0")
    app = create_app(nowhere)
    app.config.update(WTF_CSRF_ENABLED=False)
    browser = app.test_client()
    assert deliver(browser, "m_without_queue").status_code == 200
    letter = LETTER | {"submission": "f" * 32}
    assert browser.post("/contact", data=letter).status_code == 303
    assert browser.get("/readyz").json["queue"] == "failed"
    with app.app_context():
        db.engine.dispose()
    create_app(make_settings(tmp_path, address))  # rate limits are counted in this process again


# --- What was accepted ----------------------------------------------------------------------------


def test_sqlite_writes_ahead_and_to_the_disk_before_it_says_so(hub, engine_name):
    if engine_name != "sqlite":
        pytest.skip("PostgreSQL does so by default")
    with db.engine.connect() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous")
        ]
    assert found == ["wal", 2]


def test_a_delivery_that_was_accepted_outlives_the_process_that_is_killed_in_that_instant(
    hub, address, tmp_path
):
    before = count(Delivery)
    script = (
        "import os, signal, tests.test_outages as t\n"
        "from hub import create_app\n"
        "answer = t.deliver(create_app().test_client(), 'm_killed')\n"
        "os.kill(os.getpid(), signal.SIGKILL if answer.status_code == 200 else signal.SIGTERM)\n"
    )
    environ = {
        **os.environ, **FACEBOOK,
        "SECRET_KEY": "k", "INSTANCE_DIR": str(tmp_path), "DATABASE_URL": address,
    }  # fmt: skip
    killed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environ, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert count(Delivery) == before + 1
