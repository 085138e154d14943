"""What an answer will be on the platform and what it will cost, in words, while it is written."""

from dataclasses import dataclass, replace
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import ngettext

from hub.channels.base import Price
from hub.formats import day, money, number
from hub.inbox.exposure import Exposed
from hub.outbox.preview import Cost, PartPreview, Preview
from hub.outbox.refusals import TooManyParts


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """`parts`: none unless there are several, and no more than may be. `length`: that of a text
    in one piece, as the platform counts it, 0 for several. `exposed`: personal data that it would
    tell everybody; `asks`: its author is asked whether that is meant, and has `confirmed` some. The
    rest are sentences, "" when there is nothing to say."""

    parts: tuple[PartPreview, ...] = ()
    length: int = 0
    limit: int = 0
    heading: str = ""
    cost: str = ""
    warning: str = ""
    problem: str = ""
    exposed: tuple[Exposed, ...] = ()
    asks: bool = False
    confirmed: frozenset[str] = frozenset()

    @property
    def exposed_marks(self) -> str:
        """The marks of all that is exposed, as a form sends them."""
        return ",".join(one.mark for one in self.exposed)

    @property
    def is_confirmed(self) -> bool:
        return all(one.mark in self.confirmed for one in self.exposed)


def shown(preview: Preview, *, problem: str) -> Shown:
    """A preview in words. `problem`: why it cannot be sent as it is, "" when it can."""
    count, cost = len(preview.parts), preview.cost
    if isinstance(preview.problem, TooManyParts):
        return Shown(problem=problem)
    if count > 1:
        heading = ngettext("Sent in %(num)d part", "Sent in %(num)d parts", count)
        found = Shown(parts=preview.parts, limit=preview.limit, heading=heading, problem=problem)
    else:
        length = sum(part.length for part in preview.parts)
        found = Shown(length=length, limit=preview.limit, problem=problem)
    if cost is None or problem:
        return found
    warning = _warning(cost) if cost.exceeds_ceiling else ""
    return replace(found, cost=f"{_price(cost)} {_month(cost)}", warning=warning)


def spent(amount: Price, ceiling: Price | None) -> str:
    """What a month's answers have cost: "1.23 of 50 USD", or "1.23 USD" without a ceiling."""
    if ceiling is None:
        return money(amount.amount, amount.currency)
    most = money(ceiling.amount, ceiling.currency)
    return _("%(amount)s of %(most)s", amount=number(amount.amount), most=most)


def _price(cost: Cost) -> str:
    price = money(cost.price.amount, cost.price.currency)
    if cost.as_of is None:
        return _("This answer costs %(price)s.", price=price)
    return _(
        "This answer costs %(price)s, by the prices of %(day)s.", price=price, day=day(cost.as_of)
    )


def _month(cost: Cost) -> str:
    return _("This month: %(spent)s.", spent=spent(cost.spent, cost.ceiling))


def _warning(cost: Cost) -> str:
    left = money(cost.left or Decimal(0), cost.price.currency)
    return _(
        "Only %(left)s are left this month. What exceeds them waits until the month ends or the "
        "ceiling is raised.",
        left=left,
    )
