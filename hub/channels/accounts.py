"""Connecting the council's accounts."""

from collections.abc import Mapping

from flask import current_app
from sqlalchemy import select

from hub.channels.credentials import encrypt
from hub.channels.models import Account
from hub.clock import now
from hub.extensions import db


def connect(
    channel: str, external_id: str, *, name: str, credentials: Mapping[str, str]
) -> Account:
    """Store an account with its credentials sealed, and commit.

    An account that is connected already gets the new name and credentials and counts as mended:
    what waited for it is sent again.
    """
    account = find(channel, external_id)
    if account is None:
        account = Account(channel=channel, external_id=external_id)
        db.session.add(account)
    account.name = name
    account.sealed_credentials = encrypt(credentials, current_app.config["HUB"].secret_key)
    account.broken_because = account.broken_detail = ""
    account.broken_at = None
    account.connected_at = now()
    db.session.commit()
    return account


def find(channel: str, external_id: str) -> Account | None:
    """The account that the platform knows under this id."""
    return db.session.scalar(
        select(Account).where(Account.channel == channel, Account.external_id == external_id)
    )


def all_accounts() -> list[Account]:
    """Every connected account, by channel and name."""
    return list(db.session.scalars(select(Account).order_by(Account.channel, Account.name)))
