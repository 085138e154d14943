"""What a backup file holds, the same for every database.

A gzipped tar: `manifest.json` first, then one `tables/<name>.jsonl` for each table in the order of
their foreign keys, then `files/<key>`, where a key is the SHA-256 of the content. A line is one row
as a JSON object; instants are ISO 8601 in UTC, bytes are base64, amounts of money are text.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal, DecimalException
from typing import Any, Self

from sqlalchemy import Column, LargeBinary, Table

from hub.accounts.models import User
from hub.clock import UtcDateTime
from hub.database import DERIVED, Money

FORMAT = 1
MANIFEST = "manifest.json"
TABLES = "tables/"
FILES = "files/"


class UnusableArchive(Exception):
    """The file is no backup of the hub, or not a whole one. The sentence says what is wrong."""


@dataclass(frozen=True, slots=True)
class Content:
    """What one table's part must hold: so many rows, and bytes with this SHA-256."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`migration` is the one that database and code stood at."""

    migration: str
    created_at: datetime
    tables: Mapping[str, Content]
    format: int = FORMAT

    def to_json(self) -> bytes:
        values = asdict(self) | {"created_at": self.created_at.isoformat()}
        return json.dumps(values, indent=2).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Raises UnusableArchive."""
        try:
            values = json.loads(text)
            if values["format"] != FORMAT:
                raise UnusableArchive(f"This backup has format {values['format']}, not {FORMAT}.")
            return cls(
                migration=values["migration"],
                created_at=datetime.fromisoformat(values["created_at"]),
                tables={name: Content(**content) for name, content in values["tables"].items()},
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UnusableArchive("The manifest of this backup cannot be read.") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How much was written or read."""

    tables: int
    rows: int
    files: int

    @classmethod
    def of(cls, manifest: Manifest, *, files: int) -> Self:
        rows = sum(content.rows for content in manifest.tables.values())
        return cls(tables=len(manifest.tables), rows=rows, files=files)


def tables() -> list[Table]:
    """Every table of the hub, each after those it refers to; but not what is over within a minute
    and must not be kept (`passing`)."""
    return [table for table in User.metadata.sorted_tables if not table.info.get("passing")]


def to_line(table: Table, row: Mapping[str, Any]) -> bytes:
    """One row as a line. What is derived from other rows is worked out again where it is read."""
    values = {
        column.name: None if column.info == DERIVED else _plain(row[column.name])
        for column in table.columns
    }
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def from_line(table: Table, line: bytes) -> dict[str, Any]:
    """The row of a line. Raises UnusableArchive when it does not fit the table."""
    try:
        values = json.loads(line)
        return {column.name: _value(column, values.pop(column.name)) for column in table.columns}
    except (ValueError, KeyError, TypeError, AttributeError, DecimalException) as error:
        raise UnusableArchive(f"A row of the table {table.name} cannot be read.") from error


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Decimal):
        return str(value)
    return value


def _value(column: Column[Any], plain: Any) -> Any:
    if plain is None:
        return None
    if isinstance(column.type, UtcDateTime):
        return datetime.fromisoformat(plain)
    if isinstance(column.type, LargeBinary):
        return base64.b64decode(plain)
    if isinstance(column.type, Money):
        return Decimal(plain)
    return plain
