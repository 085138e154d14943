"""Command line: connecting a Facebook page."""

import sys

import click
from flask.cli import with_appcontext

from hub.channels import accounts, checks, registry
from hub.channels.base import AccountAccess, ChannelError
from hub.channels.facebook.channel import Facebook


@click.command("facebook")
@click.option("--page-id", required=True, help="Id of the page, digits alone.")
@click.option("--name", required=True, help="Name of the page, as agents read it.")
@click.option("--token-stdin", is_flag=True, required=True, help="Read the page token from stdin.")
@with_appcontext
def connect(page_id: str, name: str, token_stdin: bool) -> None:
    """Connect a page. Its access token is one line on standard input and is stored encrypted.

    The page is then told to deliver to this hub's app. When that does not work the page stays
    connected and the reason is printed: mend it and run the same command again.
    """
    token = sys.stdin.readline().strip()
    if not token:
        raise click.ClickException("Standard input holds no token.")
    account = accounts.connect("facebook", page_id, name=name, credentials={"access_token": token})
    click.echo(f"The page {name} ({page_id}) is connected.")
    _subscribe(accounts.access(account))


def _subscribe(access: AccountAccess) -> None:
    channel = registry.all_channels().get("facebook")
    if not isinstance(channel, Facebook):
        click.echo("Write facebook in the setting CHANNELS to receive its messages.", err=True)
        return
    try:
        channel.subscribe(access)
    except ChannelError as error:
        why = checks.said("facebook", error.code)
        click.echo(f"It does not deliver to the hub yet. {why} {error.detail}".strip(), err=True)
