"""Command line: backups, and the move to another database."""

import sys
from collections.abc import Mapping
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import ArgumentError, OperationalError

from config import ConfigurationError, database_address
from hub.admin import backup, figures, move, restore, rows
from hub.admin.archive import Content, Summary, UnusableArchive

UPGRADE_FIRST = "Run this first: flask --app wsgi db upgrade"


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
        raise click.ClickException(UPGRADE_FIRST) from None
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
    except (UnusableArchive, rows.DatabaseNotEmpty, restore.OtherMigration) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Restored {_said(summary)}.")
    if waiting := sum(figures.outbound()[state] for state in ("pending", "sending", "waiting")):
        click.echo(
            f"{waiting} answers were on their way when the backup was made. They leave when a "
            "worker starts: look first whether the old hub sent them."
        )


@click.command("move")
@click.option("--to", required=True, help="Address of an empty database; - reads it from input.")
@with_appcontext
def move_command(to: str) -> None:
    """Move the whole hub from the database of DATABASE_URL into another one.

    Stop web and workers first. Tables are made, every row is copied, and rows and checksums of each
    table are compared on both sides before anything is kept. The old database stays as it is.
    """
    url = sys.stdin.readline().strip() if to == "-" else to
    try:
        moved = move.to(database_address(url))
    except backup.WrongMigration:
        raise click.ClickException(UPGRADE_FIRST) from None
    except move.SameDatabase:
        raise click.ClickException(
            "That is the database of DATABASE_URL itself: name the new one."
        ) from None
    except move.InUse:
        raise click.ClickException(
            "The old database is open elsewhere: stop web and workers, then try again."
        ) from None
    except OperationalError as error:
        raise click.ClickException(f"A database is out of reach: {error.orig}") from error
    except (
        ConfigurationError, ArgumentError,
        rows.DatabaseNotEmpty, restore.OtherMigration, move.NotTheSame,
    ) as error:  # fmt: skip
        raise click.ClickException(f"{error} Nothing was moved.") from error
    _print_table(moved)
    click.echo("Both databases hold the same. Set DATABASE_URL to the new one, then start the hub.")


def _print_table(moved: Mapping[str, Content]) -> None:
    width = max(map(len, moved))
    for name, content in moved.items():
        click.echo(f"{name:<{width}} {content.rows:>10}  {content.sha256[:16]}")
    click.echo(f"{'all':<{width}} {sum(content.rows for content in moved.values()):>10}")


def _said(summary: Summary) -> str:
    return f"{summary.tables} tables, {summary.rows} rows and {summary.files} files"
