"""Command line: the tokens of outside tools."""

import click
from flask.cli import AppGroup

from hub.accounts.models import Role
from hub.api import actions, queries

group = AppGroup("api-token", help="The tokens of outside tools.")


@group.command("create")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
def create(name: str, role: str) -> None:
    """Make a token and print it, alone. It cannot be shown again."""
    try:
        click.echo(actions.create_token(name, Role(role)))
    except actions.NameTaken:
        raise click.ClickException(f"A token is or was called {name}.") from None


@group.command("list")
def show() -> None:
    """List the tokens: name, role, and when each was last used."""
    for token in queries.tokens():
        used = f"{token.last_used_at:%Y-%m-%d %H:%M} UTC" if token.last_used_at else "never used"
        state = "revoked" if token.revoked_at else used
        click.echo(f"{token.name}\t{token.role}\t{state}")


@group.command("revoke")
@click.argument("name")
def revoke(name: str) -> None:
    """Refuse a token from now on."""
    try:
        actions.revoke_token(name)
    except actions.NoSuchToken:
        raise click.ClickException(f"No valid token is called {name}.") from None
    click.echo(f"{name} is revoked.")
