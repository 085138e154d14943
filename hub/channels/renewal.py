"""Exchanging the credentials of an account for new ones, one caller at a time.

A refresh token is good for one use: two workers that used the same one would leave the account
with a pair that the platform has withdrawn. A lease in the account's row lets one in; the others
wait for what it stores. No transaction is open while the platform is asked.
"""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from flask import current_app
from sqlalchemy import or_, select, update

from hub.channels import registry
from hub.channels.base import AccountAccess, ChannelError, OutcomeUnknown, RetryLater
from hub.channels.credentials import encrypt
from hub.channels.models import Account
from hub.clock import now
from hub.extensions import db

LEASE = timedelta(seconds=60)
#: How long the others wait for the one who renews, and how often they look.
WAIT_SECONDS = 10.0
LOOK_SECONDS = 0.2


def renew(account_id: int, stale: str, opened: Callable[[Account], AccountAccess]) -> None:
    """See that the account has other credentials than the sealed ones in `stale`.

    `opened` gives an account's access. Raises AccountBroken when the platform wants a person to
    connect the account again, and RetryLater when it, or the one who renews, takes too long.
    """
    db.session.rollback()
    account = _in_turn(account_id, stale)
    if account is None:
        return
    channel, access = registry.channel(account.channel), opened(account)
    db.session.rollback()
    try:
        fresh = channel.renew(access)
    except ChannelError as error:
        if not _store(account_id, stale, None):
            return  # a person has connected the account meanwhile
        if isinstance(error, OutcomeUnknown):
            raise RetryLater(error.code, error.detail) from error
        raise
    _store(account_id, stale, fresh)


def _in_turn(account_id: int, stale: str) -> Account | None:
    """The account, once its renewal is ours; None once it has other credentials."""
    deadline = time.monotonic() + WAIT_SECONDS
    while (account := _claim(account_id, stale)) is None:
        if _sealed(account_id) != stale:
            return None
        if time.monotonic() > deadline:
            raise RetryLater("renewing", "another process is renewing the credentials")
        time.sleep(LOOK_SECONDS)
    return account


def _claim(account_id: int, stale: str) -> Account | None:
    free = or_(Account.renewing_until.is_(None), Account.renewing_until < now())
    claimed = db.session.scalar(
        update(Account)
        .where(Account.id == account_id, Account.sealed_credentials == stale, free)
        .values(renewing_until=now() + LEASE)
        .returning(Account.id)
    )
    db.session.commit()
    return db.session.get_one(Account, account_id, populate_existing=True) if claimed else None


def _sealed(account_id: int) -> str | None:
    sealed = db.session.scalar(select(Account.sealed_credentials).where(Account.id == account_id))
    db.session.rollback()
    return sealed


def _store(account_id: int, stale: str, fresh: Mapping[str, str] | None) -> bool:
    """Keep the new pair and let the next one in, in one statement. False, and nothing is written,
    when a person has put other credentials there meanwhile."""
    values: dict[str, object] = {"renewing_until": None}
    if fresh is not None:
        values["sealed_credentials"] = encrypt(fresh, current_app.config["HUB"].secret_key)
    stored = db.session.scalar(
        update(Account)
        .where(Account.id == account_id, Account.sealed_credentials == stale)
        .values(**values)
        .returning(Account.id)
    )
    db.session.commit()
    return stored is not None
