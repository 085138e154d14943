"""How Alembic reaches the database: through the application, so that there is one setting."""

from alembic import context
from flask import current_app

database = current_app.extensions["migrate"].db


def process_directives(_context, _revision, directives):
    """An empty revision is not written."""
    if (
        getattr(context.config.cmd_opts, "autogenerate", False)
        and directives[0].upgrade_ops.is_empty()
    ):
        directives[:] = []


def run() -> None:
    with database.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            process_revision_directives=process_directives,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
