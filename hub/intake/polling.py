"""Asking platforms for what is new: those that push nothing, and as the net under those that do.

How far an account has come stands in its row, in the channel's own words. It moves only when what
was brought is filed, so whatever stops a poll, the next goes on from there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Select, and_, or_, select, update

from hub.channels import accounts, registry
from hub.channels.base import (
    AccountAccess,
    AccountBroken,
    Channel,
    ChannelError,
    Parsed,
    Refused,
)
from hub.channels.models import Account
from hub.clock import now, present
from hub.extensions import db
from hub.intake import deliveries
from hub.outages import is_outage
from hub.plain_rows import plain_ids

log = structlog.get_logger()

#: A poll whose worker died is begun again after this. Each step that is filed renews it.
LEASE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Job:
    """All a poll needs, read before the transaction ends."""

    account_id: int
    channel: Channel
    access: AccountAccess
    cursor: Mapping[str, Any]
    asked_since: datetime
    begun_at: datetime


def due() -> list[int]:
    """Ids of the accounts to poll now."""
    return plain_ids(_due())


@cache
def _due() -> Select[int]:
    return select(Account.id).where(_is_due())


def poll(account_id: int) -> None:
    """Ask for what is new in one account and file it, unless another worker does."""
    job = _claim(account_id)
    if job is None:
        return
    try:
        _ask(job)
    except AccountBroken as error:
        accounts.pause_by_id(account_id, error, asked_at=job.begun_at)
        _finish(job, error)
    except ChannelError as error:
        _finish(job, error)
    except Exception as error:
        if is_outage(error):
            raise
        log.exception("poll failed", account=account_id)
        db.session.rollback()
        _finish(job, Refused("internal"))
    else:
        _finish(job, None)


def _ask(job: Job) -> None:
    for step in job.channel.poll(job.access, job.cursor):
        for value in step.values:
            _place(job, value)
        _update(job, cursor=dict(step.cursor), poll_lease_until=now() + LEASE)


@cache
def _is_due() -> ColumnElement[bool]:
    polled = registry.slugs_on(lambda channel: channel.poll_every is not None)
    return and_(
        Account.channel.in_(polled),
        Account.broken_because == "",
        or_(Account.next_poll_at.is_(None), Account.next_poll_at <= present()),
        or_(Account.poll_lease_until.is_(None), Account.poll_lease_until < present()),
    )


def _claim(account_id: int) -> Job | None:
    begun_at = now()
    claimed = db.session.scalar(
        update(Account)
        .where(Account.id == account_id, _is_due())
        .values(poll_lease_until=begun_at + LEASE)
        .returning(Account.id)
    )
    db.session.commit()
    if claimed is None:
        return None
    account = db.session.get_one(Account, account_id, populate_existing=True)
    access = accounts.access_or_pause(account)
    if access is None:
        db.session.commit()
        return None
    channel = registry.channel(account.channel)
    asked_since = account.polled_at or begun_at - deliveries.LONG_BEFORE
    job = Job(account_id, channel, access, account.cursor, asked_since, begun_at)
    db.session.rollback()
    return job


def _place(job: Job, value: Parsed) -> None:
    """What cannot be placed is kept aside for an administrator."""
    channel = job.channel.slug
    if (reason := deliveries.place(channel, value)) is not None:
        deliveries.keep_aside(
            channel, value, reason, account_id=job.account_id, asked_since=job.asked_since
        )


def _finish(job: Job, error: ChannelError | None) -> None:
    every = job.channel.poll_every or LEASE
    at: datetime | None = getattr(error, "at", None)
    values: dict[str, Any] = {
        "poll_lease_until": None,
        "poll_error": error.code if error else "",
        "next_poll_at": max(now() + every, at) if at else now() + every,
    }
    if error is None:
        values["polled_at"] = now()
    _update(job, **values)


def _update(job: Job, **values: Any) -> None:
    """An account that was connected again meanwhile begins anew: nothing is written there."""
    db.session.execute(
        update(Account)
        .where(Account.id == job.account_id, Account.connected_at <= job.begun_at)
        .values(**values)
    )
    db.session.commit()
