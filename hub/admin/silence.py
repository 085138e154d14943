"""Is it unusual that nothing has come in for so long? Judged by the same hours of the weeks
before, so that nights and Sundays alarm nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import ScalarSelect, func, select

from hub.clock import now
from hub.extensions import db
from hub.tickets.models import FROM_CITIZENS, Message

WEEK = timedelta(days=7)
WEEKS = 4
#: Fewer weeks than that tell nothing of what is usual.
LEAST_WEEKS = 2
#: Silence is unusual when at least so many messages were to be expected in it.
LEAST_EXPECTED = 5


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How an account is written to. `last_at`: when a citizen last wrote. `in_silence`: how many
    wrote in the time from then to now, in each of the weeks before; `in_hour`: in the hour up to
    now. The latest week first; empty where the account is too new."""

    last_at: datetime | None
    in_silence: tuple[int, ...] = ()
    in_hour: tuple[int, ...] = ()


def expected(counts: Sequence[int]) -> float:
    """How many messages are usual, by what came in the same time of each week. The middle of
    them: neither a week of crisis nor one of holidays decides. 0 where nobody can tell."""
    return median(counts) if len(counts) >= LEAST_WEEKS else 0.0


def is_unusual(counts: Sequence[int]) -> bool:
    """Should something have come in by now? `counts` as Rhythm.in_silence."""
    return expected(counts) >= LEAST_EXPECTED


def rhythm(account_id: int) -> Rhythm:
    """The rhythm of one account; two statements."""
    instant = now()
    first_at, last_at = db.session.execute(
        select(_end(account_id, newest=False), _end(account_id, newest=True))
    ).one()
    if first_at is None:
        return Rhythm(None)
    weeks = min(WEEKS, (instant - first_at) // WEEK)
    begins = [max(last_at, instant - WEEK), instant - timedelta(hours=1)]
    if weeks < LEAST_WEEKS:
        return Rhythm(last_at)
    spans = [
        (begin - number * WEEK, instant - number * WEEK)
        for begin in begins
        for number in range(1, weeks + 1)
    ]
    counts = db.session.execute(select(*(_count(account_id, *span) for span in spans))).one()
    return Rhythm(last_at, tuple(counts[:weeks]), tuple(counts[weeks:]))


def _end(account_id: int, *, newest: bool) -> ScalarSelect[datetime]:
    """When the first or the last message of a citizen was posted: one end of an index."""
    order = Message.posted_at.desc() if newest else Message.posted_at
    return (
        select(Message.posted_at)
        .where(FROM_CITIZENS, Message.account_id == account_id)
        .order_by(order)
        .limit(1)
        .scalar_subquery()
    )


def _count(account_id: int, after: datetime, until: datetime) -> ScalarSelect[int]:
    return (
        select(func.count())
        .where(
            FROM_CITIZENS,
            Message.account_id == account_id,
            Message.posted_at > after,
            Message.posted_at <= until,
        )
        .scalar_subquery()
    )
