"""Which migration the code and the database stand at."""

from functools import cache

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import Connection


def wanted() -> str:
    """The migration this code needs."""
    return _head(current_app.extensions["migrate"].directory)


def present(connection: Connection) -> str:
    """The migration of the database; empty when it has none of ours."""
    return MigrationContext.configure(connection).get_current_revision() or ""


@cache
def _head(directory: str) -> str:
    return ScriptDirectory(directory).get_current_head() or ""
