"""The council's accounts: connected, paused, and opened for a channel to work with."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from flask import current_app
from sqlalchemy import select

from hub.channels import renewal
from hub.channels.base import AccountAccess, AccountBroken, ChannelError
from hub.channels.credentials import CredentialsUnreadable, decrypt, encrypt
from hub.channels.models import Account
from hub.clock import now
from hub.extensions import db

#: Account.broken_because of an account that the council gave up.
DISCONNECTED = "disconnected"


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
    account.renewing_until = account.next_poll_at = account.poll_lease_until = None
    db.session.commit()
    return account


def access(account: Account) -> AccountAccess:
    """The plain value a channel works with. Its credentials are decrypted: never log it. Raises
    CredentialsUnreadable."""
    sealed = account.sealed_credentials
    return AccountAccess(
        external_id=account.external_id,
        name=account.name,
        credentials=decrypt(sealed, current_app.config["HUB"].secret_key),
        features=account.features,
        renewed=partial(_renewed, account.id, sealed),
    )


def access_or_pause(account: Account) -> AccountAccess | None:
    """The same. None where its credentials cannot be read: it is paused then, in the caller's
    transaction."""
    try:
        return access(account)
    except CredentialsUnreadable:
        pause(account, AccountBroken("credentials-unreadable"))
        return None


def pause(account: Account, error: ChannelError) -> None:
    """Stop sending and asking until somebody has repaired the account, in the caller's
    transaction. What waits for it is kept."""
    account.broken_because, account.broken_detail = error.code, error.detail
    account.broken_at = now()


def pause_by_id(account_id: int, error: ChannelError, *, asked_at: datetime) -> None:
    """Pause the account for what the platform said to a question of that instant, and commit.
    One that is paused already keeps its first reason; to one that somebody has connected again
    since, the platform has not said it."""
    account = db.session.get_one(
        Account, account_id, with_for_update={"of": Account}, populate_existing=True
    )
    if not account.broken_because and account.connected_at <= asked_at:
        pause(account, error)
    db.session.commit()


def _renewed(account_id: int, stale: str) -> AccountAccess:
    renewal.renew(account_id, stale, access)
    account = db.session.get_one(Account, account_id, populate_existing=True)
    opened = access(account)
    db.session.rollback()
    return opened


def find(channel: str, external_id: str) -> Account | None:
    """The account that the platform knows under this id."""
    return db.session.scalar(
        select(Account).where(Account.channel == channel, Account.external_id == external_id)
    )


def all_accounts() -> list[Account]:
    """Every connected account, by channel and name."""
    return list(db.session.scalars(select(Account).order_by(Account.channel, Account.name)))
