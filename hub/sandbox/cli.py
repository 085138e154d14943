"""flask sandbox …: commands of the sandbox."""

import asyncio
import sys

import click
from flask import Blueprint, current_app
from flask.cli import with_appcontext

from hub.sandbox import mail
from hub.sandbox.meta.identities import PAGE_TOKEN
from hub.sandbox.meta.stand_in import MetaStandIn


def add_commands(blueprint: Blueprint, mail_port: int) -> None:
    """Hang the commands under the blueprint's name. `mail_port` is where the hub sends mail."""
    blueprint.cli.help = "The sandbox: what plays Facebook and the post office on this machine."
    for command in (_catch_mail(mail_port), reset, page_token):
        blueprint.cli.add_command(command)


def _stand_in() -> MetaStandIn:
    stand_in: MetaStandIn = current_app.extensions["sandbox"]
    return stand_in


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
            asyncio.run(mail.catch(_stand_in().database, port, ready))
        except OSError as error:
            print(f"Port {port} cannot be used: {error}", file=sys.stderr)
            raise SystemExit(1) from error

    return catch_mail


@click.command("reset")
@with_appcontext
def reset() -> None:
    """Forget all comments, messages and mails of the sandbox and start it anew."""
    _stand_in().database.reset()
    print("The sandbox is as new.")


@click.command("page-token")
def page_token() -> None:
    """Print the access token of the sandbox's page, for `channels connect facebook`."""
    print(PAGE_TOKEN)
