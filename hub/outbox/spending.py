"""What answers cost, counted before each call against the council's ceiling for the month.

The amount is reserved in the transaction that claims the message, so that two workers never pass
the ceiling together. A call that surely said nothing gives it back; one of unknown outcome keeps
it, because the platform may have billed it.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select, update

from hub.channels.base import Price
from hub.channels.models import Account
from hub.clock import now
from hub.database import insert_unless_there
from hub.extensions import db
from hub.outbox.models import Spending


def this_month(account: Account) -> Decimal:
    """What the account's answers have cost since the first of the month."""
    query = select(Spending.amount).where(
        Spending.account_id == account.id, Spending.month == month_of(now())
    )
    return db.session.scalar(query) or Decimal(0)


def by_account() -> dict[int, Price]:
    """Account id -> what its answers have cost since the first of the month; those that cost
    nothing are left out."""
    query = select(Spending).where(Spending.month == month_of(now()))
    return {
        row.account_id: Price(amount=row.amount, currency=row.currency)
        for row in db.session.scalars(query)
    }


def reserve(
    account_id: int, price: Price, ceiling: Price | None, at: datetime | None = None
) -> bool:
    """Count the price in the month of that instant (now), in the caller's transaction. False, and
    nothing is counted, when the ceiling does not allow it."""
    month = month_of(at or now())
    _open_month(account_id, month, price.currency)
    counted = (
        update(Spending)
        .where(Spending.account_id == account_id, Spending.month == month)
        .values(amount=Spending.amount + price.amount)
        .returning(Spending.amount)
    )
    if ceiling is not None:
        counted = counted.where(Spending.amount <= ceiling.amount - price.amount)
    return db.session.scalar(counted) is not None


def give_back(account_id: int, amount: Decimal, reserved_at: datetime) -> None:
    """Uncount what was reserved for a call that said nothing, in the caller's transaction."""
    db.session.execute(
        update(Spending)
        .where(Spending.account_id == account_id, Spending.month == month_of(reserved_at))
        .values(amount=Spending.amount - amount)
    )


def month_of(instant: datetime) -> str:
    """The month in UTC, as platforms bill it: "2026-11"."""
    return instant.strftime("%Y-%m")


def next_month(instant: datetime) -> datetime:
    """When the month after this instant begins."""
    first = instant.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)


def _open_month(account_id: int, month: str, currency: str) -> None:
    row = {"account_id": account_id, "month": month, "currency": currency, "amount": Decimal(0)}
    db.session.execute(insert_unless_there(Spending, db.engine.dialect, **row))
