"""Asking a platform for what it holds since an instant: by itself after a gap, and by hand."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from flask import Flask, current_app
from sqlalchemy import delete, select

from hub.channels import accounts, checks, registry
from hub.channels.base import AccountAccess, Channel, ChannelError, Parsed, Refused
from hub.channels.credentials import CredentialsUnreadable
from hub.channels.models import Account
from hub.extensions import db
from hub.intake import deliveries, gaps, values
from hub.intake.models import Delivery, DeliveryState, KeptItem
from hub.outages import is_outage
from hub.tickets.models import Message

log = structlog.get_logger()

#: A gap is read from so long before it was noticed: what was on its way then may be lost too.
MARGIN = timedelta(minutes=10)
#: How often the lease of a gap is renewed, in seconds: a platform may let a reader wait for a
#: quarter of an hour between two pages.
RENEW_SECONDS = gaps.LEASE.total_seconds() / 3


@dataclass(frozen=True, slots=True)
class Question:
    """What one account is asked for: all between two instants (`until` None: up to now)."""

    account_id: int
    channel: Channel
    access: AccountAccess
    since: datetime
    until: datetime | None


@dataclass(slots=True)
class Report:
    """What came of one account. `read`: kind of value -> how many there were, those that were
    filed before too; `new`: messages that were not here before; `not_placed`: why single values
    could not be filed (they are kept aside); `stopped`: why the platform gave no more, empty when
    all was read."""

    account: str
    read: Counter[str] = field(default_factory=Counter)
    new: int = 0
    not_placed: list[str] = field(default_factory=list)
    stopped: str = ""


def run(channel: str, since: datetime, until: datetime | None = None) -> Iterator[Report]:
    """Read and file, account by account; what was posted after `until` is left out. What was
    filed before stays as it is, so it may be repeated and may overlap with deliveries. Raises
    KeyError for a channel that is not on."""
    speaker = registry.channel(channel)
    for account_id, name, access in _accounts(channel):
        report = Report(name)
        if access is None:
            report.stopped = checks.credentials_unreadable()
        else:
            try:
                _read(Question(account_id, speaker, access, since, until), report)
            except ChannelError as error:
                why = checks.said_of_question(channel, error.code)
                report.stopped = f"{why} {error.detail}".strip()
        yield report


def fill(gap_id: int) -> None:
    """Ask for what came in a gap and file it, unless another worker does. Whatever stops it, it
    is begun again, and what was filed stays as it is."""
    job = gaps.claim(gap_id)
    if job is None:
        return
    report = Report(job.name)
    with _held(lambda: gaps.renew(gap_id)):
        error = _try(job, report)
    if error is None:
        gaps.set_filled(job, report.new)
        log.info("gap filled", gap=gap_id, account=job.account_id, found=report.new)
    else:
        gaps.set_stopped(job, error, report.new)
        log.warning("gap not filled", gap=gap_id, account=job.account_id, code=error.code)


def _try(job: gaps.Job, report: Report) -> ChannelError | None:
    """Gives what stopped it. Raises for trouble of the database: the lease brings it back."""
    since = job.since - MARGIN
    try:
        _read(Question(job.account_id, job.channel, job.access, since, job.until), report)
    except ChannelError as error:
        return error
    except Exception as error:
        if is_outage(error):
            raise
        log.exception("back-fill failed", gap=job.gap_id)
        db.session.rollback()
        return Refused("internal")
    return None


def _read(question: Question, report: Report) -> None:
    """Raises ChannelError as the channel does."""
    kept = _kept_ids(question.account_id)
    for value in question.channel.backfill(question.access, question.since):
        instant = values.happened_at(value)
        if question.until and instant and instant > question.until:
            continue
        report.read[type(value).__name__] += 1
        reason, is_new = _file(question, value)
        report.new += is_new
        if reason is not None:
            report.not_placed.append(reason)
        elif values.external_id(value) in kept:
            _forget_kept(question.account_id, values.external_id(value))


def _file(question: Question, value: Parsed) -> tuple[str | None, bool]:
    """(why it is kept aside, whether it brought a message that was not here)."""
    was_here = _is_here(question.account_id, value)
    reason = deliveries.place(question.channel.slug, value)
    if reason is not None:
        deliveries.keep_aside(
            question.channel.slug,
            value,
            reason,
            account_id=question.account_id,
            asked_since=question.since,
        )
        return reason, False
    return None, not was_here and _is_here(question.account_id, value)


def _is_here(account_id: int, value: Parsed) -> bool:
    found = db.session.scalar(
        select(Message.id).where(
            Message.account_id == account_id, Message.external_id == values.external_id(value)
        )
    )
    db.session.rollback()
    return found is not None


def _kept_ids(account_id: int) -> set[str]:
    """Platform's ids of what was kept aside after asking this account."""
    found = select(KeptItem.external_id).where(
        KeptItem.account_id == account_id, KeptItem.external_id != ""
    )
    ids = set(db.session.scalars(found))
    db.session.rollback()
    return ids


def _forget_kept(account_id: int, external_id: str) -> None:
    """It could be placed after all."""
    emptied = db.session.scalars(
        delete(KeptItem)
        .where(KeptItem.account_id == account_id, KeptItem.external_id == external_id)
        .returning(KeptItem.delivery_id)
    ).all()
    db.session.execute(
        delete(Delivery).where(Delivery.id.in_(emptied), Delivery.state == DeliveryState.POLLED)
    )
    db.session.commit()


@contextmanager
def _held(renew: Callable[[], None]) -> Iterator[None]:
    """Call `renew` every RENEW_SECONDS while this is open; it ends with the process."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    done = threading.Event()

    def go_on() -> None:
        while not done.wait(RENEW_SECONDS):
            try:
                with app.app_context():
                    renew()
            except Exception:
                log.exception("lease not renewed")

    threading.Thread(target=go_on, name="gap-lease", daemon=True).start()
    try:
        yield
    finally:
        done.set()


def _accounts(channel: str) -> list[tuple[int, str, AccountAccess | None]]:
    """(id, name, access) of the channel's accounts; no access where it cannot be read."""
    found: list[tuple[int, str, AccountAccess | None]] = []
    for account in db.session.scalars(select(Account).where(Account.channel == channel)):
        try:
            found.append((account.id, account.name, accounts.access(account)))
        except CredentialsUnreadable:
            found.append((account.id, account.name, None))
    db.session.rollback()
    return found
