"""Command line: the demo council."""

import click
from flask import current_app
from flask.cli import AppGroup

from config import Settings
from hub.admin import demo

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
