"""A whole hub: another one beside it, and everything that one holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select

from hub import create_app, files
from hub.admin import archive
from hub.extensions import db
from tests.conftest import make_settings


@contextmanager
def empty_hub(folder: Path, database: str) -> Iterator[Flask]:
    """Another hub, migrated and empty, with its own files."""
    app = create_app(make_settings(folder, database))
    with app.app_context():
        upgrade()
        yield app
        db.session.remove()
        db.engine.dispose()


def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables, and the copies of files."""
    db.session.rollback()
    rows = {
        table.name: [
            dict(row)
            for row in db.session.execute(
                select(table).order_by(*table.primary_key.columns)
            ).mappings()
        ]
        for table in archive.tables()
    }
    copies = [{"key": key, "bytes": files.path(key).read_bytes()} for key in sorted(files.keys())]
    db.session.rollback()
    return rows | {"files": copies}
