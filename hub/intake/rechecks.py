"""Asking the platform again about citizens' public messages: soon for what a delivery left out,
then from time to time whether they still stand there as they do here.

X wants deleted posts gone within 24 hours (developer agreement, "Content compliance") and tells
nobody when a citizen deletes one: only looking finds it.
"""

from datetime import timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from hub.channels import accounts, registry
from hub.channels.base import (
    AccountAccess,
    AccountBroken,
    Channel,
    ChannelError,
    Deleted,
    Edited,
    InboundMessage,
    Parsed,
)
from hub.channels.credentials import CredentialsUnreadable
from hub.channels.models import Account
from hub.clock import now
from hub.extensions import db
from hub.intake import actions
from hub.intake.staleness import next_check
from hub.tickets.models import Message

log = structlog.get_logger()

#: How many messages one question names.
AT_ONCE = 100
#: A message that is being asked about is asked about again after this, whatever became of it.
LEASE = timedelta(minutes=10)


def due() -> list[int]:
    """Ids of the accounts with messages to ask about now."""
    return list(
        db.session.scalars(
            select(Message.account_id)
            .join(Account, Account.id == Message.account_id)
            .where(Message.check_at <= now(), Account.broken_because == "")
            .distinct()
        )
    )


def look_again(account_id: int) -> None:
    """Ask about the messages of one account that are due, at most AT_ONCE, and file what has
    changed."""
    account = db.session.get(Account, account_id)
    channel = registry.all_channels().get(account.channel) if account else None
    if account is None or channel is None or account.broken_because:
        return
    try:
        access = accounts.access(account)
    except CredentialsUnreadable:
        return  # sending says so, to those who can mend it
    asked = _claim(account_id)
    if asked and _ask(channel, access, asked):
        _postpone(account_id, channel.slug, asked)


def _claim(account_id: int) -> list[str]:
    some = (
        select(Message.id)
        .where(Message.account_id == account_id, Message.check_at <= now())
        .order_by(Message.check_at)
        .limit(AT_ONCE)
    )
    found = db.session.scalars(
        update(Message)
        .where(Message.id.in_(some), Message.check_at <= now())
        .values(check_at=now() + LEASE)
        .returning(Message.external_id)
    ).all()
    db.session.commit()
    return [external_id for external_id in found if external_id]


def _ask(channel: Channel, access: AccountAccess, asked: list[str]) -> bool:
    """True when the platform has said all it says about these."""
    try:
        for value in channel.look(access, asked):
            _file(channel.slug, value)
    except AccountBroken as error:
        accounts.pause_by_id(channel.slug, access.external_id, error)
        return False
    except ChannelError as error:
        log.info("looking again stopped", channel=channel.slug, code=error.code)
        return False
    return True


def _file(channel: str, value: Parsed) -> None:
    """One broken value must not stop the next; it is asked about again later."""
    try:
        match value:
            case Deleted():
                actions.delete(channel, value)
            case InboundMessage():
                actions.complete(channel, value)
            case Edited():
                actions.complete(channel, value.message)
                actions.edit(channel, value)
    except OperationalError:
        raise
    except Exception:
        log.exception("value not placed", channel=channel)
    finally:
        db.session.rollback()


def _postpone(account_id: int, channel: str, asked: list[str]) -> None:
    """Also for what the platform said nothing about: asking on and on would cost."""
    messages = db.session.scalars(
        select(Message).where(Message.account_id == account_id, Message.external_id.in_(asked))
    )
    for message in messages:
        message.check_at = next_check(channel, message)
    db.session.commit()
