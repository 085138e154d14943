"""How Alembic reaches the database: through the application, so that there is one setting, or by
the connection that a caller has open."""

from alembic import context
from flask import current_app

from hub.outages import take_as_long_as_it_takes
from hub.search.engines import is_in_the_models

database = current_app.extensions["migrate"].db


def process_directives(_context, _revision, directives):
    """An empty revision is not written."""
    if (
        getattr(context.config.cmd_opts, "autogenerate", False)
        and directives[0].upgrade_ops.is_empty()
    ):
        directives[:] = []


def run(connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=database.metadata,
        process_revision_directives=process_directives,
        include_name=is_in_the_models,
        **current_app.extensions["migrate"].configure_args,
    )
    with context.begin_transaction():
        take_as_long_as_it_takes(connection)
        context.run_migrations()


if given := context.config.attributes.get("connection"):
    run(given)
else:
    with database.engine.connect() as own:
        run(own)
