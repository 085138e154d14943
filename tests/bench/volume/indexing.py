"""Indexing very many tickets for the search: in two processes where the database lets two write."""

import subprocess
import sys
from collections.abc import Sequence

from flask import current_app
from sqlalchemy import text

from config import ROOT, Settings
from hub import create_app
from hub.extensions import db
from hub.search import documents, engines
from tests.bench.installation import Installation

BATCH = 2_000


def index_all(installation: Installation, tickets: int) -> None:
    """Give each of the tickets 1 to `tickets` its document. The index itself is made afterwards,
    all at once."""
    if installation.shape.engine == "sqlite":
        _index(1, tickets)
        return
    with db.engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_search_document_words"))
    halves = ((1, tickets // 2), (tickets // 2 + 1, tickets))
    command = [sys.executable, "-m", __name__]
    running = [
        subprocess.Popen([*command, *map(str, half)], cwd=ROOT, env=installation.environ)
        for half in halves
    ]
    ends = [process.wait() for process in running]
    if any(ends):
        raise SystemExit("The tickets could not be indexed.")
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET maintenance_work_mem = '512MB'"))
        connection.execute(
            text(
                "CREATE INDEX ix_search_document_words ON search_document"
                " USING gin (words) WITH (fastupdate = off)"
            )
        )
        connection.execute(text("VACUUM ANALYZE search_document"))


def _index(first: int, last: int) -> None:
    zone = current_app.config["HUB"].timezone
    for start in range(first, last + 1, BATCH):
        ids = range(start, min(start + BATCH, last + 1))
        with db.engine.begin() as connection:
            found = documents.of(connection, list(ids), zone)
            engines.of(connection).store(connection, found)


def main(arguments: Sequence[str]) -> None:
    """Index the tickets with these numbers, the first and the last."""
    with create_app(Settings.from_environ()).app_context():
        _index(*map(int, arguments))


if __name__ == "__main__":
    main(sys.argv[1:])
