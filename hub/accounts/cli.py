"""Command line: the people who sign in."""

import sys

import click
from flask.cli import AppGroup
from sqlalchemy import select

from hub.accounts import actions, passwords
from hub.accounts.models import Role, User
from hub.extensions import db
from hub.routing.models import Department

group = AppGroup("accounts", help="The people who sign in.")


@group.command("create")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--department", "slugs", multiple=True, help="Slug of a department; repeatable.")
@click.option("--name", default="", help="First name and surname, printed under replies.")
@click.option("--title", default="", help="Role and service, printed under replies.")
@click.option("--password-stdin", is_flag=True, required=True, help="Read the password from stdin.")
def create(  # noqa: PLR0917  (one argument for each option)
    email: str, role: str, slugs: tuple[str, ...], name: str, title: str, password_stdin: bool
) -> None:
    """Create a person who can sign in. The password is one line on standard input."""
    try:
        actions.create_user(
            email=email,
            name=name or email.partition("@")[0].replace(".", " ").title(),
            role=Role(role),
            title=title,
            password=sys.stdin.readline().rstrip("\r\n"),
            department_ids=_department_ids(slugs),
        )
    except actions.EmailTaken:
        raise click.ClickException(f"Somebody already signs in as {email}.") from None
    except actions.PasswordTooShort:
        raise click.ClickException(
            f"The password needs at least {passwords.SHORTEST} characters."
        ) from None
    click.echo(f"{email} can sign in as {role}.")


@group.command("set-password")
@click.argument("email")
def set_password(email: str) -> None:
    """Replace a password (one line on standard input) and sign the person out everywhere."""
    user = db.session.scalar(select(User).where(User.email == actions.folded(email)))
    if user is None:
        raise click.ClickException(f"Nobody signs in as {email}.")
    try:
        actions.set_password(user, sys.stdin.readline().rstrip("\r\n"))
    except actions.PasswordTooShort:
        raise click.ClickException(
            f"The password needs at least {passwords.SHORTEST} characters."
        ) from None
    click.echo(f"{email} has a new password.")


def _department_ids(slugs: tuple[str, ...]) -> list[int]:
    found = dict(
        db.session.execute(
            select(Department.slug, Department.id).where(Department.slug.in_(slugs))
        ).all()
    )
    if unknown := [slug for slug in slugs if slug not in found]:
        raise click.ClickException(f"No department has the slug {', '.join(unknown)}.")
    return [found[slug] for slug in slugs]
