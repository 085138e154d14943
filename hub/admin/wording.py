"""What administrators read of an account: what a check found, what was asked for because it had
been missed, what its answers have cost."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from flask_babel import format_time, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from hub.channels import checks
from hub.channels.base import Channel, Price
from hub.formats import day, exact, moment
from hub.inbox import previews
from hub.intake import gaps
from hub.intake.models import Gap


def facts(found: Mapping[str, str | datetime]) -> list[tuple[str, str]]:
    """What was found besides problems, names and values."""
    return [
        (name, exact(value) if isinstance(value, datetime) else value)
        for name, value in found.items()
    ]


def gap(channel: str, found: Gap) -> tuple[str, str]:
    """A time that a platform is, or was, asked about: (from when to when, what came of it)."""
    span = _("%(since)s to %(until)s", since=moment(found.since), until=_until(found))
    return span, f"{_REASONS[found.reason]} {_outcome(channel, found)}"


def _until(found: Gap) -> str:
    if found.until is None:
        return _("now")
    is_same_day = day(found.since) == day(found.until)
    return format_time(found.until, "HH:mm") if is_same_day else moment(found.until)


def _outcome(channel: str, found: Gap) -> str:
    if found.filled_at:
        if not found.found:
            return _("Nothing was missing.")
        return ngettext(
            "%(num)d message was missing and has come in.",
            "%(num)d messages were missing and have come in.",
            found.found,
        )
    if found.next_at is None:
        reason = checks.said_of_question(channel, found.error)
        return _("It was given up. %(reason)s", reason=reason)
    if found.account.broken_because:
        return _("The platform is asked once the account is mended.")
    if found.error:
        reason = checks.said_of_question(channel, found.error)
        return _("It could not be asked yet and is tried again. %(reason)s", reason=reason)
    return _("The platform is being asked.")


_REASONS = {
    gaps.DOWN: _l("The hub was down."),
    gaps.PAUSED: _l("The account was paused."),
    gaps.DEAF: _l("The platform did not deliver."),
    gaps.BY_HAND: _l("Somebody asked."),
    gaps.REPLAY: _l("Items were kept aside."),
}


def spent(channel: Channel | None, amount: Price | None) -> str:
    """What an account's answers have cost this month; "" where answers cost nothing. `channel`
    is None when it is switched off."""
    ceiling = channel.ceiling if channel else None
    if amount is None and ceiling is not None:
        amount = Price(amount=Decimal(0), currency=ceiling.currency)
    return previews.spent(amount, ceiling) if amount else ""
