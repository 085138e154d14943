"""Command line: connecting a Mastodon account."""

import sys

import click
from flask.cli import with_appcontext

from hub.channels import accounts, registry
from hub.channels.base import AccountAccess, ChannelError
from hub.channels.mastodon.channel import Mastodon
from hub.channels.mastodon.client import Server
from hub.channels.untrusted import identifier, mapping, text


@click.command("mastodon")
@click.option("--server", required=True, help="Address of the server, https://social.example.")
@click.option("--token-stdin", is_flag=True, required=True, help="Read the token from stdin.")
@with_appcontext
def connect(server: str, token_stdin: bool) -> None:
    """Connect an account. Its access token is one line on standard input and is stored encrypted.

    The server is asked whose token it is; nothing is connected when it does not say.
    """
    address, token = server.strip().rstrip("/"), sys.stdin.readline().strip()
    if not address.startswith(("http://", "https://")):
        raise click.ClickException("--server must start with https://.")
    if not token:
        raise click.ClickException("Standard input holds no token.")
    credentials = {"server": address, "access_token": token}
    external_id, name = _asked(Server.of(AccountAccess(external_id="", credentials=credentials)))
    accounts.connect(Mastodon.slug, external_id, name=name, credentials=credentials)
    click.echo(f"The account {name} ({external_id}) is connected.")
    if Mastodon.slug not in registry.all_channels():
        click.echo("Write mastodon in the setting CHANNELS to receive its messages.", err=True)


def _asked(server: Server) -> tuple[str, str]:
    """(external id, name) of the account that a token speaks for."""
    try:
        me = mapping(server.get("v1/accounts/verify_credentials"))
    except ChannelError as error:
        raise click.ClickException(
            f"The server does not say whose token this is: {error}"
        ) from error
    own_id = identifier(me.get("id"))
    if own_id is None:
        raise click.ClickException("The server does not say whose token this is.")
    name = text(me.get("display_name")) or f"@{text(me.get('username'))}"
    return f"{own_id}@{server.host}", name
