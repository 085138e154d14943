"""Which migration the code and the database stand at."""

from functools import cache

from alembic import command
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


def upgrade(connection: Connection) -> None:
    """Bring the database behind this connection to that migration, within its transaction."""
    extension = current_app.extensions["migrate"]
    config = extension.migrate.get_config(extension.directory)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@cache
def _head(directory: str) -> str:
    return ScriptDirectory(directory).get_current_head() or ""
