"""What administrators read of an account."""

from decimal import Decimal

from hub.channels.base import Channel, Price
from hub.inbox import previews


def spent(channel: Channel | None, amount: Price | None) -> str:
    """What an account's answers have cost this month; "" where answers cost nothing. `channel`
    is None when it is switched off."""
    ceiling = channel.ceiling if channel else None
    if amount is None and ceiling is not None:
        amount = Price(amount=Decimal(0), currency=ceiling.currency)
    return previews.spent(amount, ceiling) if amount else ""
