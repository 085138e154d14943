"""flask sandbox …: commands of the sandbox."""

import asyncio
import json
import sys

import click
from flask import Blueprint
from flask.cli import with_appcontext

from hub.sandbox import mail, world
from hub.sandbox.meta.identities import PAGE_TOKEN


def add_commands(blueprint: Blueprint, mail_port: int) -> None:
    """Hang the commands under the blueprint's name. `mail_port` is where the hub sends mail."""
    blueprint.cli.help = "The sandbox: what plays Facebook, X and the post office on this machine."
    for command in (_catch_mail(mail_port), reset, page_token, x_token):
        blueprint.cli.add_command(command)


def _catch_mail(default_port: int) -> click.Command:
    @click.command("catch-mail")
    @click.option("--port", default=default_port, show_default=True, help="Where SMTP listens.")
    @with_appcontext
    def catch_mail(port: int) -> None:
        """Take every e-mail sent to this machine's PORT and show it in the sandbox, until
        stopped. By default it listens where the setting MAIL_URL says."""

        def ready() -> None:
            print(f"Catching e-mail on smtp://127.0.0.1:{port}", flush=True)

        try:
            asyncio.run(mail.catch(world.current().database, port, ready))
        except OSError as error:
            print(f"Port {port} cannot be used: {error}", file=sys.stderr)
            raise SystemExit(1) from error

    return catch_mail


@click.command("reset")
@with_appcontext
def reset() -> None:
    """Forget all posts, comments, messages and mails of the sandbox and start it anew."""
    world.current().database.reset()
    print("The sandbox is as new.")


@click.command("page-token")
def page_token() -> None:
    """Print the access token of the sandbox's page, for `channels connect facebook`."""
    print(PAGE_TOKEN)


@click.command("x-token")
@with_appcontext
def x_token() -> None:
    """Let the sandbox's account on X give access once more, and print X's answer, for `channels
    connect twitter`."""
    print(json.dumps(dict(world.current().x.grant())))
