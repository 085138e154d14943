"""What an answer will be on the platform, and what it will cost, before it is sent."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import add

from hub.channels.base import AccountAccess, Channel, Price, Way
from hub.channels.models import Account
from hub.outbox import actions, spending
from hub.outbox.refusals import CannotReply
from hub.tickets.models import Ticket, signed


@dataclass(frozen=True, slots=True)
class PartPreview:
    """One text as it will stand on the platform, and its length as the platform counts it."""

    text: str
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What the whole answer costs, by the prices of the day `as_of`. `spent`: what the account's
    answers have cost this month, of at most `ceiling`."""

    price: Price
    as_of: date | None
    spent: Price
    ceiling: Price | None

    @property
    def left(self) -> Decimal | None:
        """What may still be spent this month; None without a ceiling."""
        if self.ceiling is None:
            return None
        return max(self.ceiling.amount - self.spent.amount, Decimal(0))

    @property
    def exceeds_ceiling(self) -> bool:
        """Some of it would have to wait."""
        return self.left is not None and self.price.amount > self.left


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`parts` are empty where there is no text, or far too much of it. `limit`: the longest part
    the way takes, 0 for no limit. `cost` is None where the platform charges nothing. `problem`
    says why it cannot be sent as it is."""

    parts: tuple[PartPreview, ...]
    limit: int
    cost: Cost | None
    problem: CannotReply | None


def preview(
    ticket: Ticket, text: str, *, visibility: str, way: str = "", signature: str = ""
) -> Preview:
    """What `actions.reply` would make of this text; nothing is stored. Four statements at most.
    Raises NoSuchWay or ChannelUnusable."""
    chosen = actions.choose(actions.ways(ticket), visibility, way)
    channel, access = actions.usable(ticket)
    said = signed(text, signature) if (text := actions.plain(text)) else ""
    texts, problem = actions.split(channel, said, chosen) if said else ([], None)
    return Preview(
        parts=tuple(PartPreview(part, channel.length(part, chosen)) for part in texts),
        limit=chosen.limit,
        cost=_cost(channel, access, ticket.account, chosen, texts),
        problem=problem,
    )


def _cost(
    channel: Channel, access: AccountAccess, account: Account, way: Way, texts: list[str]
) -> Cost | None:
    prices = [
        channel.price(access, way.target, text, part=number)
        for number, text in enumerate(texts, start=1)
    ]
    charged = [price for price in prices if price is not None]
    if not charged:
        return None
    whole = reduce(add, charged)
    return Cost(
        price=whole,
        as_of=channel.prices_as_of(),
        spent=Price(amount=spending.this_month(account), currency=whole.currency),
        ceiling=channel.ceiling,
    )
