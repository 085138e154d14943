"""What every network's rows have in common: settings, a clock of its own, and a little SQL."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from hub import clock
from hub.sandbox.values import milliseconds


@dataclass(frozen=True)
class Store:
    """One open transaction on the sandbox's database, spoken to in the terms of one network."""

    network: ClassVar[str]

    connection: sqlite3.Connection

    def setting(self, name: str, default: Any = None) -> Any:
        row = self._one(
            "SELECT value FROM setting WHERE network = ? AND name = ?", self.network, name
        )
        return default if row is None else json.loads(row["value"])

    def set(self, name: str, value: Any) -> None:
        self._run(
            "INSERT OR REPLACE INTO setting VALUES (?, ?, ?)", self.network, name, json.dumps(value)
        )

    def now(self) -> datetime:
        """The network's own present, which `advance` moves away from the real one."""
        return clock.now() + timedelta(seconds=self.setting("clock_offset", 0))

    def advance(self, by: timedelta) -> None:
        """Move the network's clock by `by` from where it stands."""
        self.set("clock_offset", self.setting("clock_offset", 0) + by.total_seconds())

    # --- SQL

    def _one(self, sql: str, *values: Any) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self.connection.execute(sql, values).fetchone()
        return row

    def _all(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        return self.connection.execute(sql, values).fetchall()

    def _run(self, sql: str, *values: Any) -> int:
        """Gives the number of rows it changed."""
        return self.connection.execute(sql, values).rowcount

    # Table and column names below come from the stores alone, never from a request.

    def _insert(self, table: str, **columns: Any) -> None:
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        values = _sql(columns.values())
        self._run(f"INSERT INTO {table} ({names}) VALUES ({marks})", *values)  # noqa: S608

    def _update(self, table: str, key: str, value: str, columns: dict[str, Any]) -> None:
        changes = ", ".join(f"{name} = ?" for name in columns)
        self._run(f"UPDATE {table} SET {changes} WHERE {key} = ?", *_sql(columns.values()), value)  # noqa: S608


def _sql(values: Iterable[Any]) -> list[Any]:
    return [milliseconds(value) if isinstance(value, datetime) else value for value in values]
