"""What can go wrong on a network's side, switched on for a number of calls."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from flask_babel.speaklater import LazyString

#: "instead": refused before anything happens. "after": it happens, then the answer is spoilt.
#: "beside": the call goes well and only its headers tell. "within": the call itself asks, by
#: `Faults.use`.
When = Literal["instead", "after", "beside", "within"]


class Refusal(Exception):
    """A network says no. Each has its own kind, with the codes and the body it would answer."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


@dataclass(frozen=True)
class Fault:
    """One way to fail. `writes_only` spares the calls that say nothing."""

    label: LazyString
    when: When
    writes_only: bool = True
    error: Callable[[], Refusal] | None = None


@dataclass(frozen=True)
class Armed:
    """A fault waiting for its next calls. `seconds` is how late a late answer is; `any_call`: it
    strikes reading calls too."""

    name: str
    remaining: int
    seconds: float
    any_call: bool
    fault: Fault

    def facts(self) -> dict[str, Any]:
        """What a program is told of it."""
        names = ("name", "remaining", "seconds", "any_call")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Faults:
    """The faults a network knows, by name, and which of them are switched on."""

    network: str
    known: Mapping[str, Fault]

    def arm(
        self,
        connection: sqlite3.Connection,
        name: str,
        times: int = 1,
        seconds: float = 20,
        any_call: bool | None = None,
    ) -> None:
        """Switch a fault on for the next `times` calls it concerns; 0 switches it off.

        Raises KeyError for a name that is not known.
        """
        fault = self.known[name]
        if any_call is None:
            any_call = not fault.writes_only
        connection.execute(
            "INSERT OR REPLACE INTO fault VALUES (?, ?, ?, ?, ?)",
            (self.network, name, times, seconds, any_call),
        )

    def armed(self, connection: sqlite3.Connection) -> list[Armed]:
        """The faults still waiting, in the order in which they are known."""
        rows = connection.execute(
            "SELECT * FROM fault WHERE network = ? AND remaining > 0", (self.network,)
        )
        found = {row["name"]: row for row in rows}
        return [
            Armed(
                name=name,
                remaining=found[name]["remaining"],
                seconds=found[name]["seconds"],
                any_call=bool(found[name]["any_call"]),
                fault=fault,
            )
            for name, fault in self.known.items()
            if name in found
        ]

    def toggle(self, connection: sqlite3.Connection, name: str) -> None:
        """On for the next call, or off again."""
        waiting = {armed.name for armed in self.armed(connection)}
        self.arm(connection, name, times=0 if name in waiting else 1)

    def disarm(self, connection: sqlite3.Connection) -> None:
        """Switch all off."""
        connection.execute("DELETE FROM fault WHERE network = ?", (self.network,))

    def take(self, connection: sqlite3.Connection, *, writes: bool) -> list[Armed]:
        """The faults that strike this call, each used up by one: at most one that spoils the
        answer, and any that stand beside it."""
        striking: list[Armed] = []
        for candidate in self.armed(connection):
            spoils = candidate.fault.when in {"instead", "after"}
            if candidate.fault.when == "within" or not (writes or candidate.any_call):
                continue
            if spoils and any(other.fault.when != "beside" for other in striking):
                continue
            striking.append(candidate)
            self._use_up(connection, candidate.name)
        return striking

    def use(self, connection: sqlite3.Connection, name: str) -> bool:
        """Does this fault of the kind "within" strike now? It is used up by one."""
        if not any(armed.name == name for armed in self.armed(connection)):
            return False
        self._use_up(connection, name)
        return True

    def _use_up(self, connection: sqlite3.Connection, name: str) -> None:
        connection.execute(
            "UPDATE fault SET remaining = remaining - 1 WHERE network = ? AND name = ?",
            (self.network, name),
        )
