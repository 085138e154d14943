"""Command line: the demo council, and the health of accounts."""

import click
from flask import current_app
from flask.cli import AppGroup
from flask_babel import force_locale

from config import Settings
from hub.admin import demo, findings, leaving
from hub.channels import accounts
from hub.channels.cli import group as channels_group
from hub.channels.models import Account

demo_group = AppGroup("demo", help="An invented council to try the hub with.")


@demo_group.command("load")
def load() -> None:
    """Add the demo council's departments, routing rules and people.

    Safe to run again: only what is missing is added. On a development machine the people share
    one password, which is printed; elsewhere they have none until `accounts set-password`.
    """
    settings: Settings = current_app.config["HUB"]
    loaded = demo.load(password=demo.PASSWORD if settings.development else "")
    click.echo(
        f"New: {loaded.departments} departments, {loaded.rules} rules, {loaded.new_people} people."
    )
    for person in loaded.people:
        click.echo(f"  {person.role:<10}  {person.email}")
    if settings.development:
        click.echo(f"Password of all of them: {demo.PASSWORD}")
    else:
        click.echo(
            "Nobody can sign in as the new people yet. Give a password to those you want to use: "
            "flask --app wsgi accounts set-password EMAIL"
        )


@channels_group.command("check")
def check() -> None:
    """Examine every account now: what its platform says, and what waits or is missing here. Exit
    code 1 when there is any problem."""
    known = accounts.all_accounts()
    if not known:
        click.echo("No account is connected.")
    with force_locale("en"):
        troubles = [_report(account) for account in known]
    if any(troubles):
        raise SystemExit(1)


def _report(account: Account) -> bool:
    """Print what was found. True when there is a problem."""
    found = findings.examine(account)
    click.echo(f"{account.channel} {account.external_id} {account.name}")
    problems = [findings.pause(account), found.unreachable, *found.problems]
    for problem in filter(None, problems):
        click.echo(f"  Problem: {problem}")
    for name, value in {**found.facts, **findings.facts_of(found.ours)}.items():
        click.echo(f"  {name}: {value}")
    if not any(problems):
        click.echo("  All is well.")
    return any(problems)


@channels_group.command("disconnect")
@click.argument("channel")
@click.argument("external_id")
@click.option("--erase", is_flag=True, help="Also erase what citizens wrote there, for good.")
@click.confirmation_option(prompt="Disconnect this account?")
def disconnect(channel: str, external_id: str, erase: bool) -> None:
    """Forget the credentials of an account and stop what has not left.

    Tickets stay, with what the council answered. --erase removes the citizens' words, names and
    files and the raw deliveries, as a network's terms may demand when access to it ends.
    """
    account = accounts.find(channel, external_id)
    if account is None:
        raise click.ClickException(f"No {channel} account {external_id} is connected.")
    left = leaving.leave(account, erase=erase)
    click.echo(f"{account.name} is disconnected. {left.stopped} answers were stopped.")
    if erase:
        click.echo(f"What citizens wrote was erased in {left.erased} tickets.")
