"""Times in which messages may not have reached the hub: noticed, and taken by a worker to be
filled (see backfill.py).

An account has one open gap at most; what is noticed meanwhile widens it. While the account is
paused it stays open, and it is filled once somebody has mended the account.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update

from hub.channels import accounts, registry
from hub.channels.base import AccountAccess, AccountBroken, Channel, ChannelError
from hub.channels.models import Account
from hub.clock import back_off, now, present
from hub.extensions import db
from hub.intake.models import Gap
from hub.plain_rows import plain_ids, plain_rows

#: Gap.reason. The hub was down; the account was paused; the platform did not deliver; somebody
#: asks by hand; what a poll brought was kept aside and is wanted anew.
DOWN, PAUSED, DEAF, BY_HAND, REPLAY = "down", "paused", "deaf", "by-hand", "replay"

#: A platform refuses to be asked about earlier times (docs.x.com, timelines: `start_time`), and a
#: gap that is refused would keep back all that it is widened by.
EARLIEST = datetime(2010, 11, 7, tzinfo=UTC)
#: A gap whose worker died is begun again after this. Its worker renews it meanwhile.
LEASE = timedelta(minutes=3)
#: How long to wait after each try that failed; after the last one for each further one.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
#: Together a day: then a person is told.
MOST_ATTEMPTS = 26


@dataclass(frozen=True, slots=True)
class Job:
    """All that filling a gap needs, read before the transaction ends. `version`: the gap was last
    widened then."""

    gap_id: int
    account_id: int
    name: str
    channel: Channel
    access: AccountAccess
    since: datetime
    until: datetime | None
    version: datetime
    attempts: int
    begun_at: datetime


def can_be_asked(channel: str) -> bool:
    """Does this channel tell what its platform held? Not when it is switched off."""
    known = registry.all_channels().get(channel)
    return known is not None and type(known).backfill is not Channel.backfill


def askable(since: datetime, until: datetime | None) -> tuple[datetime, datetime | None]:
    """The part of a time that platforms can be asked about, whichever years somebody typed: from
    EARLIEST on, and up to now (None) where it ends later."""
    return max(since, EARLIEST), until if until and until < now() else None


def note(account_id: int, since: datetime, *, until: datetime | None = None, reason: str) -> None:
    """Have the platform asked for what it holds between two instants (`until` None: up to now),
    in the caller's transaction. An open gap of the account is widened instead, and keeps the time
    of its next try unless a person asks. Where the platform cannot be asked there is none."""
    instant = now()
    # Two that notice the same trouble find one gap: the account's row makes them queue.
    row = select(Account.channel).where(Account.id == account_id)
    channel = db.session.scalar(row.with_for_update(key_share=True))
    if channel is None or not can_be_asked(channel):
        return
    gap = db.session.scalar(
        select(Gap)
        .where(Gap.account_id == account_id, Gap.next_at.is_not(None))
        .execution_options(populate_existing=True)
    )
    if gap is None:
        db.session.add(Gap(account_id=account_id, since=since, until=until, reason=reason))
        return
    gap.since = min(gap.since, since)
    gap.until = max(gap.until, until) if gap.until and until else None
    gap.noticed_at = instant
    if reason in {BY_HAND, REPLAY}:
        gap.next_at = instant


def note_paused() -> None:
    """Open a gap for each account that was paused and may be asked once it is mended; commits."""
    for account_id, channel, broken_at in plain_rows(_paused()).all():
        if broken_at and can_be_asked(channel):  # else it would be looked at again for ever
            note(account_id, broken_at, reason=PAUSED)
    db.session.commit()


@cache
def _paused() -> Select[int, str, datetime | None]:
    open_gap = select(Gap.id).where(
        Gap.account_id == Account.id,
        Gap.next_at.is_not(None),
        Gap.noticed_at >= Account.broken_at,
    )
    return (
        select(Account.id, Account.channel, Account.broken_at)
        .where(
            Account.broken_because.not_in(["", accounts.DISCONNECTED]),
            Account.broken_at.is_not(None),
            ~open_gap.exists(),
        )
        .order_by(Account.id)  # whoever locks several accounts does it in this order
    )


def due() -> list[int]:
    """Ids of the gaps to fill now."""
    return plain_ids(_due())


@cache
def _due() -> Select[int]:
    return select(Gap.id).where(_is_due(), _can_be_filled()).order_by(Gap.next_at)


def claim(gap_id: int) -> Job | None:
    """Take a gap, and commit. None when another worker has it, when it is filled, or when its
    account cannot be asked now."""
    begun_at = now()
    claimed = db.session.scalar(
        update(Gap)
        .where(Gap.id == gap_id, _is_due(), _can_be_filled())
        .values(lease_until=begun_at + LEASE, attempts=Gap.attempts + 1)
        .returning(Gap.id)
    )
    db.session.commit()
    return _job(gap_id, begun_at) if claimed is not None else None


def renew(gap_id: int) -> None:
    """Go on having the gap, and commit. One that was given back stays so."""
    db.session.execute(
        update(Gap)
        .where(Gap.id == gap_id, Gap.lease_until.is_not(None))
        .values(lease_until=now() + LEASE)
    )
    db.session.commit()


def set_filled(job: Job, found: int) -> None:
    """Everything was read, and `found` messages were new; commits. A gap that was widened
    meanwhile is due again."""
    filled = {"filled_at": now(), "next_at": None, "until": func.coalesce(Gap.until, job.begun_at)}
    done = db.session.scalar(
        update(Gap)
        .where(Gap.id == job.gap_id, Gap.noticed_at == job.version)
        .values(lease_until=None, error="", found=Gap.found + found, **filled)
        .returning(Gap.id)
    )
    if done is None:
        _release(job, found, next_at=now(), error="", attempts=0)
    db.session.commit()


def set_stopped(job: Job, error: ChannelError, found: int) -> None:
    """The platform gave no more for now; commits. The next step is the error's, but not for ever:
    a gap that was tried for a day is given up, and told as such."""
    if isinstance(error, AccountBroken):
        accounts.pause_by_id(job.account_id, error, asked_at=job.begun_at)
        _release(job, found, next_at=now(), error=error.code, attempts=job.attempts - 1)
    elif job.attempts >= MOST_ATTEMPTS:
        _release(job, found, next_at=None, error=error.code, attempts=job.attempts)
    else:
        at: datetime | None = getattr(error, "at", None)
        next_at = max(at, now()) if at else now() + back_off(BACK_OFF, job.attempts)
        _release(job, found, next_at=next_at, error=error.code, attempts=job.attempts)
    db.session.commit()


def _release(job: Job, found: int, *, next_at: datetime | None, error: str, attempts: int) -> None:
    db.session.execute(
        update(Gap)
        .where(Gap.id == job.gap_id)
        .values(
            lease_until=None,
            next_at=next_at,
            error=error,
            attempts=attempts,
            found=Gap.found + found,
        )
    )


@cache
def _is_due() -> ColumnElement[bool]:
    return and_(
        Gap.next_at.is_not(None),
        Gap.next_at <= present(),
        or_(Gap.lease_until.is_(None), Gap.lease_until < present()),
    )


@cache
def _can_be_filled() -> ColumnElement[bool]:
    askable = Account.channel.in_(registry.slugs_on(lambda channel: can_be_asked(channel.slug)))
    return Gap.account_id.in_(select(Account.id).where(askable, Account.broken_because == ""))


def _job(gap_id: int, begun_at: datetime) -> Job | None:
    gap = db.session.get_one(Gap, gap_id, populate_existing=True)
    account = gap.account
    access = accounts.access_or_pause(account)
    if access is None:
        gap.lease_until = None
        db.session.commit()
        return None
    job = Job(
        gap_id=gap_id,
        account_id=account.id,
        name=account.name,
        channel=registry.channel(account.channel),
        access=access,
        since=gap.since,
        until=gap.until,
        version=gap.noticed_at,
        attempts=gap.attempts,
        begun_at=begun_at,
    )
    db.session.rollback()
    return job
