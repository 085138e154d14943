"""The only source of time. Every instant in the hub is aware and in UTC."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import BindParameter, DateTime, Dialect, bindparam
from sqlalchemy.types import TypeDecorator

Span = TypeVar("Span")


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def present() -> BindParameter[datetime]:
    """The present instant of each run, in a statement that is kept."""
    return bindparam("present", callable_=now, type_=UtcDateTime, unique=True)


def back_off(waits: Sequence[Span], attempts: int) -> Span:
    """How long to wait once so many tries (from 1 on) have failed: `waits` has one for each, and
    the last of them is for each further one."""
    return waits[min(attempts, len(waits)) - 1]


class UtcDateTime(TypeDecorator[datetime]):
    """A column of aware UTC instants. SQLite stores no zone, so naive values are refused on the
    way in (ValueError: a bug of the caller) and the zone is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
