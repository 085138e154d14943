"""Command line: connecting an account of X, and what X delivers to the hub."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from flask_babel import force_locale

from hub.channels import accounts
from hub.channels.base import AccountAccess, ChannelError, OutcomeUnknown, Refused, RetryLater
from hub.channels.twitter import oauth, webhooks
from hub.channels.twitter.client import AccountApi, AppApi
from hub.channels.twitter.sentences import BROKEN, SENTENCES, WEBHOOKS
from hub.channels.twitter.settings import TwitterSettings
from hub.channels.twitter.webhooks import Subscription, Webhook
from hub.channels.untrusted import text
from hub.extensions import db

NOT_AN_ANSWER = (
    "Standard input must hold, as JSON, either X's OAuth 2 answer (token_type bearer, "
    "access_token, refresh_token, expires_in, scope), or oauth_token and oauth_token_secret of "
    "OAuth 1.0a."
)

# --- Connecting ----------------------------------------------------------------------------------


@click.command("twitter")
@click.option("--user-id", required=True, help="Id of the account, digits alone.")
@click.option("--handle", required=True, help="Its handle, as people write it after @.")
@click.option("--token-stdin", is_flag=True, required=True, help="Read the tokens from stdin.")
@with_appcontext
def connect(user_id: str, handle: str, token_stdin: bool) -> None:
    """Connect an account of X, or give it new tokens.

    Standard input holds X's answer as JSON: that of OAuth 2, or the token and its secret of
    OAuth 1.0a. What it holds is stored encrypted.
    """
    if not (user_id.isascii() and user_id.isdecimal()):
        raise click.ClickException("--user-id takes the digits of the account's id.")
    handle = handle.removeprefix("@")
    credentials = _credentials(sys.stdin.read(), user_id)
    accounts.connect("twitter", user_id, name=handle, credentials=credentials)
    click.echo(f"The account @{handle} ({user_id}) is connected.")
    if "access_token" in credentials and "refresh_token" not in credentials:
        click.echo(
            "X gave no refresh token, so this access ends within two hours: grant offline.access "
            "and connect it again.",
            err=True,
        )


def _credentials(given: str, user_id: str) -> dict[str, str]:
    """What to keep of X's answer. Raises ClickException for anything else."""
    try:
        answer = json.loads(given)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or {"access_token", "oauth_token"} <= answer.keys():
        raise click.ClickException(NOT_AN_ANSWER)
    if text(answer.get("user_id")) not in {"", user_id}:
        raise click.ClickException("These tokens belong to another account than --user-id says.")
    found = _oauth_2(answer) or _oauth_1(answer)
    if not found:
        raise click.ClickException(NOT_AN_ANSWER)
    return found


def _oauth_2(answer: dict[str, Any]) -> dict[str, str]:
    if text(answer.get("token_type")).lower() != "bearer" or not text(answer.get("access_token")):
        return {}
    return oauth.tokens(answer)


def _oauth_1(answer: dict[str, Any]) -> dict[str, str]:
    names = ("oauth_token", "oauth_token_secret")
    found = {name: text(answer.get(name)) for name in names}
    return found if all(found.values()) else {}


# --- Webhook and subscriptions -------------------------------------------------------------------

commands = AppGroup("twitter", help="What X delivers to the hub.")
webhook = AppGroup("webhook", help="The hub's address at X.")
subscriptions = AppGroup("subscriptions", help="The events that X delivers there.")
commands.add_command(webhook)
commands.add_command(subscriptions)

PRODUCT = click.option(
    "--product",
    type=click.Choice(["activity", "account"]),
    default="activity",
    show_default=True,
    help="X Activity, one subscription for each kind of event, or the older Account Activity.",
)
USER_ID = click.option("--user-id", help="One account; without it, all that are connected.")


@webhook.command("register")
def register() -> None:
    """Have X deliver to this hub: BASE_URL with /hooks/twitter.

    X asks the address to prove itself at once, so the hub must be running and reachable.
    """
    with _told():
        url = _address()
        _print(webhooks.register(_app(), url))


@webhook.command("list")
def list_webhooks() -> None:
    """List the addresses X delivers to for this app, and whether it still does."""
    with _told():
        for one in webhooks.webhooks(_app()):
            _print(one)


@webhook.command("validate")
@click.argument("webhook_id", metavar="ID")
def validate(webhook_id: str) -> None:
    """Have X ask the address again to prove itself, so that it delivers there again."""
    with _told():
        if not webhooks.validate(_app(), webhook_id):
            raise Refused("webhook_crc")
    click.echo("X delivers to the address.")


@webhook.command("remove")
@click.argument("webhook_id", metavar="ID")
def remove(webhook_id: str) -> None:
    """Have X deliver to an address no more."""
    with _told():
        webhooks.remove(_app(), webhook_id)
    click.echo("Removed.")


@subscriptions.command("add")
@PRODUCT
@USER_ID
def add(product: str, user_id: str | None) -> None:
    """Have X deliver what happens to the connected accounts. Safe to repeat."""
    with _told():
        hook = _hook()
        for access in _accounts(user_id):
            _subscribe(AccountApi(_settings(), access), product, hook)
            click.echo(f"X delivers what happens to @{access.name}.")


@subscriptions.command("list")
@PRODUCT
def list_subscriptions(product: str) -> None:
    """List what X delivers for this app."""
    with _told():
        for one in _subscriptions(product):
            click.echo(f"{one.subscription_id or '-':<20} {one.user_id:<20} {one.event}")


@subscriptions.command("remove")
@PRODUCT
@USER_ID
def remove_subscriptions(product: str, user_id: str | None) -> None:
    """Have X deliver nothing more of the connected accounts."""
    with _told():
        ours = {access.external_id for access in _accounts(user_id)}
        for one in _subscriptions(product):
            if one.user_id not in ours:
                continue
            if product == "account":
                webhooks.unsubscribe_all(_app(), one.webhook_id, one.user_id)
            else:
                webhooks.unsubscribe(_app(), one.subscription_id)
            click.echo(f"Removed: {one.event} of {one.user_id}.")


@contextmanager
def _told() -> Iterator[None]:
    """Errors as sentences with the repair, in English as all of the command line."""
    with force_locale("en"):
        try:
            yield
        except ChannelError as error:
            detail = f" ({error.detail})" if error.detail else ""
            raise click.ClickException(f"{_sentence(error)}{detail}") from error


def _sentence(error: ChannelError) -> str:
    """The channel's sentences, but for those that speak of replies."""
    if error.code in {**BROKEN, **WEBHOOKS}:
        return str(SENTENCES[error.code])
    if isinstance(error, RetryLater):
        return "X could not be asked. Nothing was changed. Try again in a few minutes."
    if isinstance(error, OutcomeUnknown):
        return "X did not confirm. List what there is before you try again."
    return "X refused. Nothing was changed."


def _subscribe(api: AccountApi, product: str, hook: Webhook) -> None:
    user_id, hook_id = api.account.external_id, hook.webhook_id
    if product == "account":
        with _known_already():
            webhooks.subscribe_all(api, hook_id)
        return
    for event in webhooks.EVENTS:
        with _known_already():
            webhooks.subscribe(api, user_id, hook_id, event)


@contextmanager
def _known_already() -> Iterator[None]:
    try:
        yield
    except Refused as error:
        if error.code != "subscription_duplicate":
            raise


def _subscriptions(product: str) -> list[Subscription]:
    if product == "account":
        return webhooks.subscribed_to_all(_app(), _hook().webhook_id)
    return webhooks.subscriptions(_app())


def _settings() -> TwitterSettings:
    return TwitterSettings.from_environ(current_app.config["HUB"].environ)


def _app() -> AppApi:
    return AppApi(_settings())


def _address() -> str:
    """Where X is to deliver. Raises Refused for what X would refuse."""
    url = f"{current_app.config['HUB'].base_url}{webhooks.PATH}"
    if not webhooks.is_acceptable(url, _settings().api_url):
        raise Refused("webhook_url", f"BASE_URL makes it {url}")
    return url


def _hook() -> Webhook:
    """The hub's own webhook at X."""
    url = f"{current_app.config['HUB'].base_url}{webhooks.PATH}"
    found = next((one for one in webhooks.webhooks(_app()) if one.url == url), None)
    if found is None:
        raise click.ClickException(
            f"X has no webhook for {url}. Register it first: flask channels twitter webhook "
            "register."
        )
    return found


def _accounts(user_id: str | None) -> list[AccountAccess]:
    """The connected accounts, or this one. No transaction stays open while X is asked."""
    found = [
        accounts.access(account)
        for account in accounts.all_accounts()
        if account.channel == "twitter" and user_id in {None, account.external_id}
    ]
    db.session.rollback()
    if not found:
        raise click.ClickException("No such account is connected: flask channels connect twitter.")
    return found


def _print(one: Webhook) -> None:
    click.echo(f"{one.webhook_id:<20} {'valid' if one.valid else 'not valid':<10} {one.url}")
