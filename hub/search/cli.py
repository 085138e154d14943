"""Commands of the search."""

from datetime import timedelta

import click
from flask.cli import with_appcontext

from hub.search import actions

group = click.Group("search", help="The index of the search.")


@group.command("index")
@with_appcontext
def index_command() -> None:
    """Index at once what workers would index little by little."""
    while actions.index_due(timedelta(seconds=10)):
        click.echo(".", nl=False)
    click.echo("The index has every ticket.")
