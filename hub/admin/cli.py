"""Command line: the demo council, and backups."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from config import Settings
from hub.admin import backup, demo, figures, leaving, restore
from hub.admin.archive import Summary, UnusableArchive
from hub.channels import accounts
from hub.channels.cli import group as channels_group

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


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup_command(file: Path) -> None:
    """Write the whole database and all copies of files to FILE (a .tar.gz).

    The hub may go on working. FILE is confidential and can be restored on SQLite and PostgreSQL
    alike. Keep SECRET_KEY apart from it: credentials of accounts are sealed with it.
    """
    try:
        summary = backup.write(file)
    except backup.WrongMigration:
        raise click.ClickException("Run this first: flask --app wsgi db upgrade") from None
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from error
    click.echo(f"{file} holds {_said(summary)}.")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def restore_command(file: Path) -> None:
    """Read FILE, written by `backup`, into an empty database.

    Run `db upgrade` first, and start web and worker afterwards. Nothing is changed when the
    database has rows, when FILE comes from another version, or when it is damaged.
    """
    try:
        summary = restore.read(file)
    except (UnusableArchive, restore.DatabaseNotEmpty, restore.OtherMigration) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Restored {_said(summary)}.")
    if waiting := sum(figures.outbound()[state] for state in ("pending", "sending", "waiting")):
        click.echo(
            f"{waiting} answers were on their way when the backup was made. They leave when a "
            "worker starts: look first whether the old hub sent them."
        )


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


def _said(summary: Summary) -> str:
    return f"{summary.tables} tables, {summary.rows} rows and {summary.files} files"
