"""What administrators read of an account: what a check found, what its answers have cost."""

from datetime import datetime
from decimal import Decimal

from hub.channels.base import Channel, Health, Price
from hub.formats import exact
from hub.inbox import previews


def facts(health: Health) -> list[tuple[str, str]]:
    """What a check found besides problems, names and values."""
    return [
        (name, exact(value) if isinstance(value, datetime) else value)
        for name, value in health.facts.items()
    ]


def spent(channel: Channel | None, amount: Price | None) -> str:
    """What an account's answers have cost this month; "" where answers cost nothing. `channel`
    is None when it is switched off."""
    ceiling = channel.ceiling if channel else None
    if amount is None and ceiling is not None:
        amount = Price(amount=Decimal(0), currency=ceiling.currency)
    return previews.spent(amount, ceiling) if amount else ""
