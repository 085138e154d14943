"""How long citizens wait for a first answer: pure functions over plain values.

What counts: every ticket received in the period, as it stands now. The time runs from the moment
the citizen wrote (as the platform says) to the moment a person's first answer left; an answer
given outside the hub, on the platform itself, counts the same. What does not count: automatic
receipts, internal notes, and answers that are not known to have left. It is clock time: nights
and closing days are in it. Merged tickets are one matter, which counts once, with the longer of
their waits; what was split off is a matter of its own, from the time of its own first message.

Percentiles are by nearest rank: of n values in order, the p-th is the one at rank ceil(p/100 * n).
It is always a time that some citizen really waited, and it is defined for n = 1 (Hyndman and
Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50(4), 1996,
definition 1). A median says nothing of those who wait still, so their number stands beside it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

#: Below this many answers, one ticket more or less moves the 90th percentile.
FEW = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketTimes:
    """What the report needs of one ticket. Instants are aware UTC."""

    department: str
    channel: str
    received_at: datetime
    first_reply_at: datetime | None = None
    waiting_since: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the report. Spans are whole seconds, None when nothing was answered.

    `received` is the sum of `answered`, `waiting` (no answer yet), `closed_without_answer`, and
    the few whose messages the citizens themselves took back. `oldest_waiting_since` is the
    posting time (UTC) of the message that waits longest.
    """

    key: str
    name: str
    received: int
    answered: int
    median_seconds: int | None
    p90_seconds: int | None
    waiting: int
    oldest_waiting_since: datetime | None
    closed_without_answer: int

    @property
    def is_thin(self) -> bool:
        """Too few answers for its percentiles to say much."""
        return 0 < self.answered < FEW


def rows(
    tickets: Iterable[TicketTimes], by: Callable[[TicketTimes], str], names: Mapping[str, str]
) -> list[Row]:
    """One row for each group that received something, in the order of `names` (key -> what
    people read); keys without a name come last, under themselves."""
    groups: dict[str, list[TicketTimes]] = defaultdict(list)
    for ticket in tickets:
        groups[by(ticket)].append(ticket)
    order = {key: position for position, key in enumerate(names)}
    keys = sorted(groups, key=lambda key: (order.get(key, len(order)), key))
    return [row(key, names.get(key, key), groups[key]) for key in keys]


def row(key: str, name: str, tickets: Sequence[TicketTimes]) -> Row:
    """The figures of one group of tickets."""
    spans = sorted(_seconds(t.received_at, t.first_reply_at) for t in tickets if t.first_reply_at)
    unanswered = [t for t in tickets if t.first_reply_at is None]
    waiting = [t.waiting_since for t in unanswered if t.waiting_since and not t.closed_at]
    return Row(
        key=key,
        name=name,
        received=len(tickets),
        answered=len(spans),
        median_seconds=percentile(spans, 50),
        p90_seconds=percentile(spans, 90),
        waiting=len(waiting),
        oldest_waiting_since=min(waiting, default=None),
        closed_without_answer=sum(1 for t in unanswered if t.closed_at),
    )


def percentile(ordered: Sequence[int], percent: int) -> int | None:
    """The value at the nearest rank of values in ascending order; None of no values."""
    if not ordered:
        return None
    rank = -(-percent * len(ordered) // 100)  # rounded up, in whole numbers
    return ordered[max(rank, 1) - 1]


def _seconds(start: datetime, end: datetime) -> int:
    """Whole seconds. A platform's clock may run ahead of ours: never less than none."""
    return max(0, int((end - start).total_seconds()))
