"""What administrators read of an account: what a check found, what its answers have cost."""

from datetime import datetime
from decimal import Decimal

from flask_babel import gettext as _

from hub.channels.base import Channel, Health, Price
from hub.formats import exact
from hub.inbox import previews


def facts(health: Health) -> list[tuple[str, str]]:
    """Names and values of what a check found, in words. A name that is not known here is shown as
    the channel gives it, and so are values that are no instants."""
    names = {
        "page": _("Page"),
        "token_expires_at": _("Access token ends"),
        "permissions": _("Permissions"),
        "subscribed_fields": _("Events it tells us of"),
        "mail": _("Mail server"),
    }
    return [(names.get(name, name), _value(name, said)) for name, said in health.facts.items()]


def spent(channel: Channel | None, amount: Price | None) -> str:
    """What an account's answers have cost this month; "" where answers cost nothing. `channel`
    is None when it is switched off."""
    ceiling = channel.ceiling if channel else None
    if amount is None and ceiling is not None:
        amount = Price(amount=Decimal(0), currency=ceiling.currency)
    return previews.spent(amount, ceiling) if amount else ""


def _value(name: str, said: str) -> str:
    """Facts whose names end in "_at" are instants, in ISO 8601."""
    return exact(datetime.fromisoformat(said)) if name.endswith("_at") else said
