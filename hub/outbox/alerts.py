"""What stops answers from leaving, or leaves open whether they left, for those who can do something
about it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, or_, select

from hub.channels import registry
from hub.channels.accounts import DISCONNECTED
from hub.channels.base import Price
from hub.channels.models import Account, Checkup
from hub.clock import now
from hub.outbox import spending
from hub.outbox.models import Spending
from hub.plain_rows import plain_rows
from hub.tickets.models import ON_THEIR_WAY, Message
from hub.tickets.queries import is_undecided

#: What _accounts reads of one.
OneAccount: TypeAlias = Row[*tuple[Any, ...]]

#: From which share of its ceiling an account is told of.
NEARLY = Decimal("0.95")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something is wrong with one account; `waiting` answers of it are kept.

    `broken_because` and `since`: code and instant of what paused it. `problem`: what the last
    check-up found, in the council's language; it lasts since `since`. `spent` and `ceiling`, where
    it is the month's ceiling that is near: answers wait for it once `is_reached`. `undecided`: of
    so many answers a person must say whether they arrived.
    """

    channel: str
    account: str
    waiting: int
    broken_because: str = ""
    since: datetime | None = None
    problem: str = ""
    spent: Price | None = None
    ceiling: Price | None = None
    is_reached: bool = False
    undecided: int = 0


def alerts() -> list[Alert]:
    """Accounts that are paused, sick or at their ceiling, and those with answers that a person must
    decide about, by channel and name. One that the council gave up is told of for the last reason
    alone. One statement."""
    ceilings = _ceilings()
    values = {
        "spoken": list(registry.all_channels()),
        "with_ceiling": list(ceilings),
        "month": spending.month_of(now()),
    }
    found: list[Alert] = []
    for row in plain_rows(_accounts(), values):
        if row.undecided:
            found.append(_unclear(row))
        if row.broken_because == DISCONNECTED:
            continue
        if row.broken_because:
            found.append(_paused(row))
            continue
        if row.told_at and row.problems:
            found.append(_sick(row))
        ceiling = ceilings.get(row.channel)
        if ceiling and row.spent is not None and _is_near(row, ceiling):
            found.append(_at_ceiling(row, ceiling))
    return found


@cache
def _accounts() -> Select[*tuple[Any, ...]]:
    undecided = _undecided()
    this_month = and_(Spending.account_id == Account.id, Spending.month == bindparam("month"))
    is_ill = or_(Account.broken_because != "", Checkup.told_at.is_not(None))
    has_ceiling = Account.channel.in_(bindparam("with_ceiling", expanding=True))
    return (
        select(
            Account.channel,
            Account.name,
            Account.broken_because,
            Account.broken_at,
            Spending.amount.label("spent"),
            Spending.currency,
            Checkup.told_at,
            Checkup.problems,
            Checkup.sick_since,
            _waiting().label("waiting"),
            _waiting("ceiling").label("for_money"),
            undecided.label("undecided"),
        )
        .outerjoin(Spending, this_month)
        .outerjoin(Checkup, Checkup.account_id == Account.id)
        .where(
            Account.channel.in_(bindparam("spoken", expanding=True)),
            or_(undecided > 0, is_ill, has_ceiling),
        )
        .order_by(Account.channel, Account.name)
    )


def _ceilings() -> dict[str, Price]:
    channels = registry.all_channels().items()
    return {slug: channel.ceiling for slug, channel in channels if channel.ceiling is not None}


def _waiting(code: str = "") -> ColumnElement[int]:
    """How many answers of the account are on their way, or wait for the reason `code`."""
    counted = select(func.count()).where(ON_THEIR_WAY, Message.account_id == Account.id)
    if code:
        counted = counted.where(Message.error_code == code)
    return counted.correlate(Account).scalar_subquery()


def _undecided() -> ColumnElement[int]:
    counted = select(func.count()).where(is_undecided(), Message.account_id == Account.id)
    return counted.correlate(Account).scalar_subquery()


def _is_near(row: OneAccount, ceiling: Price) -> bool:
    return row.for_money > 0 or row.spent >= ceiling.amount * NEARLY


def _unclear(row: OneAccount) -> Alert:
    return Alert(channel=row.channel, account=row.name, waiting=0, undecided=row.undecided)


def _paused(row: OneAccount) -> Alert:
    return Alert(
        channel=row.channel,
        account=row.name,
        waiting=row.waiting,
        broken_because=row.broken_because,
        since=row.broken_at,
    )


def _sick(row: OneAccount) -> Alert:
    return Alert(
        channel=row.channel,
        account=row.name,
        waiting=row.waiting,
        since=row.sick_since,
        problem=row.problems[0],
    )


def _at_ceiling(row: OneAccount, ceiling: Price) -> Alert:
    return Alert(
        channel=row.channel,
        account=row.name,
        waiting=row.for_money,
        spent=Price(amount=row.spent, currency=row.currency),
        ceiling=ceiling,
        is_reached=row.for_money > 0 or row.spent >= ceiling.amount,
    )
