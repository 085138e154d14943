"""Command line: the council's accounts on the channels.

A channel that needs credentials brings its own command `connect`, in `hub/channels/<slug>/cli.py`,
and there a group `commands` where its platform needs more; this module finds both by the folder's
name.
"""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import click
from flask.cli import AppGroup

from hub import channels
from hub.channels import accounts, registry


def _brought(name: str) -> dict[str, click.Command]:
    """Slug -> what each channel's cli.py calls so."""
    modules = {slug: _module(slug) for slug in registry.names()}
    return {slug: getattr(cli, name) for slug, cli in modules.items() if hasattr(cli, name)}


def _module(slug: str) -> ModuleType | None:
    name = f"{channels.__name__}.{slug}.cli"
    return import_module(name) if find_spec(name) else None


class ConnectGroup(click.Group):
    """One sub-command for each channel whose accounts are connected by hand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_brought("connect"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _brought("connect").get(cmd_name)


class ChannelsGroup(AppGroup):
    """Its own commands, and a group for each channel that has more of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *_brought("commands")])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name) or _brought("commands").get(cmd_name)


group = ChannelsGroup("channels", help="The council's pages, handles and forms.")
group.add_command(
    ConnectGroup("connect", help="Connect an account, or give it new credentials."), "connect"
)


@group.command("list")
def list_accounts() -> None:
    """List the connected accounts and which of them are paused."""
    for account in accounts.all_accounts():
        state = f"paused: {account.broken_because}" if account.broken_because else "connected"
        click.echo(f"{account.channel:<10} {account.external_id:<20} {account.name}  ({state})")
