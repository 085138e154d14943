"""What both networks keep alike: instants and deliveries. Instants are aware UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(instant: datetime) -> int:
    """Whole milliseconds since 1970."""
    return (instant - EPOCH) // timedelta(milliseconds=1)


def instant(count: int) -> datetime:
    """The instant `count` milliseconds after 1970."""
    return EPOCH + timedelta(milliseconds=count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One webhook on its way. `status` is the last HTTP answer: None before the first try, 0
    when nobody answered."""

    id: int
    body: bytes
    headers: dict[str, str]
    created_at: datetime
    due_at: datetime
    attempts: int
    status: int | None
    delivered_at: datetime | None
    given_up_at: datetime | None

    @property
    def failing(self) -> bool:
        """Tried in vain, and to be tried again."""
        return self.status is not None and self.delivered_at is None and self.given_up_at is None
