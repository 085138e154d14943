"""What stops answers from leaving, for those who can do something about it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, func, or_, select

from hub.channels import registry
from hub.channels.accounts import DISCONNECTED
from hub.channels.base import Price
from hub.channels.models import Account
from hub.clock import now
from hub.extensions import db
from hub.outbox import spending
from hub.outbox.models import Spending
from hub.tickets.models import ON_THEIR_WAY, Message

#: From which share of its ceiling an account is told of.
NEARLY = Decimal("0.95")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something is wrong with one account; `waiting` answers of it are kept.

    `broken_because` and `since`: code and instant of what paused it. `spent` and `ceiling`, where
    it is the month's ceiling that is near: answers wait for it once `is_reached`.
    """

    channel: str
    account: str
    waiting: int
    broken_because: str = ""
    since: datetime | None = None
    spent: Price | None = None
    ceiling: Price | None = None
    is_reached: bool = False


def alerts() -> list[Alert]:
    """Accounts that are paused, and those at their ceiling, by channel and name; not those that
    the council gave up. One statement."""
    spoken, ceilings = registry.all_channels(), _ceilings()
    this_month = and_(Spending.account_id == Account.id, Spending.month == spending.month_of(now()))
    rows = db.session.execute(
        select(Account, Spending, _waiting(), _waiting("ceiling"))
        .outerjoin(Spending, this_month)
        .where(
            Account.channel.in_(spoken),
            Account.broken_because != DISCONNECTED,
            or_(Account.broken_because != "", Account.channel.in_(ceilings)),
        )
        .order_by(Account.channel, Account.name)
    )
    found: list[Alert] = []
    for account, month, waiting, for_money in rows:
        if account.broken_because:
            found.append(_paused(account, waiting))
        elif month is not None and _is_near(month, ceilings[account.channel], for_money):
            found.append(_at_ceiling(account, month, ceilings[account.channel], for_money))
    return found


def _ceilings() -> dict[str, Price]:
    channels = registry.all_channels().items()
    return {slug: channel.ceiling for slug, channel in channels if channel.ceiling is not None}


def _waiting(code: str = "") -> ColumnElement[int]:
    """How many answers of the account are on their way, or wait for the reason `code`."""
    counted = select(func.count()).where(ON_THEIR_WAY, Message.account_id == Account.id)
    if code:
        counted = counted.where(Message.error_code == code)
    return counted.correlate(Account).scalar_subquery()


def _is_near(month: Spending, ceiling: Price, for_money: int) -> bool:
    return for_money > 0 or month.amount >= ceiling.amount * NEARLY


def _paused(account: Account, waiting: int) -> Alert:
    return Alert(
        channel=account.channel,
        account=account.name,
        waiting=waiting,
        broken_because=account.broken_because,
        since=account.broken_at,
    )


def _at_ceiling(account: Account, month: Spending, ceiling: Price, for_money: int) -> Alert:
    return Alert(
        channel=account.channel,
        account=account.name,
        waiting=for_money,
        spent=Price(amount=month.amount, currency=month.currency),
        ceiling=ceiling,
        is_reached=for_money > 0 or month.amount >= ceiling.amount,
    )
