"""How often a call may be made (Rate limits, August 2026): counted for the user or for the app."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub import clock
from hub.sandbox.values import instant, milliseconds
from hub.sandbox.x.rules import XError, legacy
from hub.sandbox.x.store import Store

WINDOW = timedelta(minutes=15)
DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Limit:
    """Calls in 15 minutes by the user and by the app; None where that one has no such limit.
    `user_day` and `app_day`: in 24 hours."""

    user: int | None = None
    app: int | None = None
    user_day: int | None = None
    app_day: int | None = None


@dataclass(frozen=True)
class Count:
    """How a window stands. `reset` is in the machine's own time: who waits until then has waited
    long enough, wherever X's clock stands."""

    limit: int
    used: int
    reset: datetime

    def headers(self, name: str) -> dict[str, str]:
        return {
            f"x-{name}-limit": str(self.limit),
            f"x-{name}-remaining": str(max(0, self.limit - self.used)),
            f"x-{name}-reset": str(int(self.reset.timestamp())),
        }


def count(store: Store, route: str, limit: Limit, who: str) -> dict[str, str]:
    """Count one call of a route by `who` ("user" or "app"). Gives the headers of its answer.

    Raises TooMany when there are none left; the call then does not count.
    """
    headers: dict[str, str] = {}
    days = (("user-limit-24hour", limit.user_day), ("app-limit-24hour", limit.app_day))
    windows = [("rate-limit", limit.user if who == "user" else limit.app, WINDOW)]
    windows += [(name, most, DAY) for name, most in days]
    for name, most, length in windows:
        if most is None:
            continue
        counted = _count(store, f"{who} {route} {name}", most, length)
        headers |= counted.headers(name)
        if counted.used > most:
            raise TooMany(headers)
    return headers


class TooMany(Exception):
    """No call is left in this window."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__("rate limit exceeded")
        self.headers = headers

    @property
    def error(self) -> XError:
        return too_many()


def too_many() -> XError:
    """In the form of version 1.1, as X still sends it."""
    return legacy(429, 88, "Rate limit exceeded")


def _count(store: Store, name: str, most: int, length: timedelta) -> Count:
    now = store.now()
    row = store.connection.execute("SELECT * FROM x_window WHERE name = ?", (name,)).fetchone()
    began, used = (instant(row["began_at"]), row["used"]) if row else (now, 0)
    if not began <= now < began + length:
        began, used = now, 0
    store.connection.execute(
        "INSERT OR REPLACE INTO x_window VALUES (?, ?, ?)",
        (name, milliseconds(began), min(used + 1, most)),
    )
    return Count(most, used + 1, clock.now() + (began + length - now))
