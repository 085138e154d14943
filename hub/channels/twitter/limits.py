"""X's rate limits, as the headers of its answers tell them.

Each address has its own count for each account, mostly in windows of 15 minutes; some have one of
24 hours besides (docs.x.com/x-api/fundamentals/rate-limits).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from hub import clock
from hub.channels.twitter.reading import instant

#: The headers count in whole seconds by X's clock, not ours: never ask again sooner.
SHORTEST_WAIT = timedelta(seconds=60)
#: Above the longest window of X: a header that says later is not believed.
LONGEST_WAIT = timedelta(hours=25)
DAILY = ("x-app-limit-24hour", "x-user-limit-24hour")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What is left of a limit; None where X did not say."""

    limit: int | None = None
    remaining: int | None = None
    reset_at: datetime | None = None

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Self:
        """Header names in lower case, or a mapping that does not mind."""
        return cls(
            limit=_number(headers.get("x-rate-limit-limit")),
            remaining=_number(headers.get("x-rate-limit-remaining")),
            reset_at=instant(headers.get("x-rate-limit-reset")),
        )

    def rest_until(self, reserve: int) -> datetime | None:
        """When to ask the next question, if `reserve` questions of the window are to be kept
        free for others; None: now."""
        if self.remaining is None or self.remaining > reserve or self.reset_at is None:
            return None
        return _within_reason(self.reset_at)


def wait_until(headers: Mapping[str, str]) -> datetime:
    """When a question that was one too many (429) may be asked again."""
    ends = [instant(headers.get("x-rate-limit-reset")), _retry_after(headers)]
    ends += [
        instant(headers.get(f"{name}-reset"))
        for name in DAILY
        if _number(headers.get(f"{name}-remaining")) == 0
    ]
    return _within_reason(max((end for end in ends if end), default=clock.now()))


def _retry_after(headers: Mapping[str, str]) -> datetime | None:
    seconds = _number(headers.get("retry-after"))
    return None if seconds is None else clock.now() + timedelta(seconds=seconds)


def _within_reason(at: datetime) -> datetime:
    present = clock.now()
    return min(max(at, present + SHORTEST_WAIT), present + LONGEST_WAIT)


def _number(header: str | None) -> int | None:
    return int(header) if header and header.isdecimal() and len(header) < 10 else None
