"""Asking a platform for what it holds since an instant: after an outage, or when a page joins."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from hub.channels import accounts, checks, registry
from hub.channels.base import AccountAccess, Channel, ChannelError
from hub.channels.credentials import CredentialsUnreadable
from hub.channels.models import Account
from hub.extensions import db
from hub.intake import deliveries


@dataclass(slots=True)
class Report:
    """What came of one account. `read`: kind of value -> how many there were, those that were
    filed before too; `not_placed`: why single values could not be filed; `stopped`: why the
    platform gave no more, empty when all was read."""

    account: str
    read: Counter[str] = field(default_factory=Counter)
    not_placed: list[str] = field(default_factory=list)
    stopped: str = ""


def run(channel: str, since: datetime) -> Iterator[Report]:
    """Read and file, account by account. What was filed before stays as it is, so it may be
    repeated and may overlap with deliveries. Raises KeyError for a channel that is not on."""
    speaker = registry.channel(channel)
    for name, access in _accounts(channel):
        report = Report(name)
        if access is None:
            report.stopped = checks.credentials_unreadable()
        else:
            _read(speaker, access, since, report)
        yield report


def _read(channel: Channel, access: AccountAccess, since: datetime, report: Report) -> None:
    try:
        for value in channel.backfill(access, since):
            report.read[type(value).__name__] += 1
            if (reason := deliveries.place(channel.slug, value)) is not None:
                report.not_placed.append(reason)
    except ChannelError as error:
        report.stopped = f"{checks.said(channel.slug, error.code)} {error.detail}".strip()


def _accounts(channel: str) -> list[tuple[str, AccountAccess | None]]:
    """(name, access) of the channel's accounts; no access where it cannot be read."""
    found: list[tuple[str, AccountAccess | None]] = []
    for account in db.session.scalars(select(Account).where(Account.channel == channel)):
        try:
            found.append((account.name, accounts.access(account)))
        except CredentialsUnreadable:
            found.append((account.name, None))
    db.session.rollback()
    return found
