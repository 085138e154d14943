"""Asking the platform again about citizens' public messages: soon for what a delivery left out,
then from time to time whether they still stand there as they do here.

X wants deleted posts gone within 24 hours (developer agreement, "Content compliance") and tells
nobody when a citizen deletes one: only looking finds it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import structlog
from sqlalchemy import ColumnElement, Select, and_, select, update

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
    Refused,
)
from hub.channels.credentials import CredentialsUnreadable
from hub.channels.models import Account
from hub.clock import now, present
from hub.extensions import db
from hub.intake import actions
from hub.intake.staleness import next_check
from hub.outages import is_outage
from hub.plain_rows import plain_ids
from hub.tickets.models import Message

log = structlog.get_logger()

#: How many messages one question names.
AT_ONCE = 100
#: A message that is being asked about is asked about again after this, whatever became of it.
LEASE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Job:
    """All a question needs, read before the transaction ends. `asked`: external ids."""

    account_id: int
    channel: Channel
    access: AccountAccess
    asked: Sequence[str]
    begun_at: datetime


def due() -> list[int]:
    """Ids of the accounts with messages to ask about now."""
    return plain_ids(_due())


@cache
def _due() -> Select[int]:
    waits = select(Message.id).where(
        Message.account_id == Account.id, Message.check_at <= present()
    )
    return select(Account.id).where(_can_be_asked(), waits.exists())


def look_again(account_id: int) -> None:
    """Ask about the messages of one account that are due, at most AT_ONCE, and file what has
    changed."""
    job = _claim(account_id)
    if job is None:
        return
    try:
        for value in job.channel.look(job.access, job.asked):
            _file(job.channel.slug, value)
    except AccountBroken as error:
        accounts.pause_by_id(account_id, error, asked_at=job.begun_at)
    except Refused as error:
        log.warning("looking again refused", channel=job.channel.slug, code=error.code)
        _postpone(job)
    except ChannelError as error:
        log.info("looking again stopped", channel=job.channel.slug, code=error.code)
        _wait(account_id, getattr(error, "at", None))
    else:
        _postpone(job)


@cache
def _can_be_asked() -> ColumnElement[bool]:
    return and_(Account.channel.in_(registry.slugs_on()), Account.broken_because == "")


def _claim(account_id: int) -> Job | None:
    begun_at = now()
    account = db.session.scalar(select(Account).where(Account.id == account_id, _can_be_asked()))
    if account is None:
        return None
    channel, asked = registry.channel(account.channel), _claim_messages(account_id)
    try:
        access = accounts.access(account)
    except CredentialsUnreadable:
        return None  # sending says so, to those who can mend it
    finally:
        db.session.rollback()
    return Job(account_id, channel, access, asked, begun_at) if asked else None


def _claim_messages(account_id: int) -> list[str]:
    """Their external ids. Commits."""
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


def _file(channel: str, value: Parsed) -> None:
    """One broken value must not stop the next; it is asked about again later."""
    try:
        match value:
            case Deleted():
                actions.delete(channel, value)
            case InboundMessage():
                actions.complete(channel, value)
            case Edited():
                actions.complete(channel, value.message, edited_at=value.edited_at)
    except Exception as error:
        if is_outage(error):
            raise
        log.exception("value not placed", channel=channel)
    finally:
        db.session.rollback()


def _postpone(job: Job) -> None:
    """Also for what the platform said nothing about: asking on and on would cost. Locked, for a
    message that is removed in this instant must not be asked about again."""
    messages = db.session.scalars(
        select(Message)
        .where(Message.account_id == job.account_id, Message.external_id.in_(job.asked))
        .order_by(Message.id)
        .with_for_update()
    )
    for message in messages:
        message.check_at = next_check(job.channel.slug, message)
    db.session.commit()


def _wait(account_id: int, until: datetime | None) -> None:
    """Ask about nothing in this account before the instant that the platform gave, if it did."""
    if until is None:
        return
    db.session.execute(
        update(Message)
        .where(Message.account_id == account_id, Message.check_at < until)
        .values(check_at=until)
    )
    db.session.commit()
