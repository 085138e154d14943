"""What can go wrong on Meta's side, switched on for a number of calls."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from hub.sandbox.meta.rules import GraphError

#: "instead": refused before anything happens. "after": it happens, then the answer is spoilt.
#: "beside": the call goes well and only its headers tell.
When = Literal["instead", "after", "beside"]


@dataclass(frozen=True)
class Fault:
    """One way to fail. `writes_only` spares reading calls."""

    label: LazyString
    when: When
    writes_only: bool = True
    error: Callable[[], GraphError] | None = None


FAULTS: dict[str, Fault] = {
    "error_but_posted": Fault(
        _l("The reply is posted, and Facebook answers with an error"),
        "after",
        error=lambda: GraphError(
            2,
            "(#2) Service temporarily unavailable",
            subcode=1342004,
            status=500,
            transient=True,
        ),
    ),
    "answer_lost": Fault(_l("The reply is posted, and the connection breaks"), "after"),
    "answer_slow": Fault(_l("The reply is posted, and the answer comes too late"), "after"),
    "html_503": Fault(_l("Facebook is down"), "instead", writes_only=False),
    "rate_limited": Fault(
        _l("Too many calls"),
        "instead",
        writes_only=False,
        error=lambda: GraphError(613, "(#613) Calls to this api have exceeded the rate limit."),
    ),
    "token_dead": Fault(
        _l("The page's access is revoked"),
        "instead",
        writes_only=False,
        error=lambda: GraphError(
            190,
            "Error validating access token: The session has been invalidated because the user "
            "changed their password or Facebook has changed the session for security reasons.",
            subcode=460,
            status=401,
        ),
    ),
    "page_blocked": Fault(
        _l("Facebook blocks the page for a while"),
        "instead",
        error=lambda: GraphError(
            368, "The action attempted has been deemed abusive or is otherwise disallowed"
        ),
    ),
    "thread_held": Fault(
        _l("Another tool holds the conversation"),
        "instead",
        error=lambda: GraphError(
            10, "(#10) Another app is controlling this thread now.", subcode=2018300
        ),
    ),
    "usage_high": Fault(_l("Almost too many calls (96%)"), "beside", writes_only=False),
}


@dataclass(frozen=True)
class Armed:
    """A fault waiting for its next calls. `seconds` is how late a late answer is."""

    name: str
    remaining: int
    seconds: float

    @property
    def fault(self) -> Fault:
        return FAULTS[self.name]


def arm(connection: sqlite3.Connection, name: str, times: int = 1, seconds: float = 20) -> None:
    """Switch a fault on for the next `times` calls it concerns; 0 switches it off.

    Raises KeyError for a name that is not in FAULTS.
    """
    if name not in FAULTS:
        raise KeyError(name)
    connection.execute("INSERT OR REPLACE INTO fault VALUES (?, ?, ?)", (name, times, seconds))


def armed(connection: sqlite3.Connection) -> list[Armed]:
    """The faults still waiting, in the order of FAULTS."""
    rows = connection.execute("SELECT * FROM fault WHERE remaining > 0")
    found = {row["name"]: Armed(row["name"], row["remaining"], row["seconds"]) for row in rows}
    return [found[name] for name in FAULTS if name in found]


def disarm(connection: sqlite3.Connection) -> None:
    """Switch all faults off."""
    connection.execute("DELETE FROM fault")


def take(connection: sqlite3.Connection, *, writes: bool) -> list[Armed]:
    """The faults that strike this call, each used up by one: at most one that spoils the
    answer, and any that stand beside it."""
    striking: list[Armed] = []
    for candidate in armed(connection):
        spoils = candidate.fault.when != "beside"
        if candidate.fault.writes_only and not writes:
            continue
        if spoils and any(other.fault.when != "beside" for other in striking):
            continue
        striking.append(candidate)
        connection.execute(
            "UPDATE fault SET remaining = remaining - 1 WHERE name = ?", (candidate.name,)
        )
    return striking
