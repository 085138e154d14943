"""When a filed message of a citizen is to be asked about again."""

from datetime import datetime

from hub.channels import registry
from hub.clock import now
from hub.tickets.models import Message


def first_check(channel: str, message: Message) -> datetime | None:
    """For a message that has just been filed: at once when its delivery left something out."""
    if message.incomplete and message.visibility == "public":
        return now()
    return next_check(channel, message)


def next_check(channel: str, message: Message) -> datetime | None:
    """After it was asked about, by the channel's rule; None: never again."""
    known = registry.all_channels().get(channel)
    rule = known.rechecks if known else None
    is_old = rule is not None and message.posted_at < now() - rule.during
    if rule is None or is_old or message.visibility != "public" or message.deleted_at:
        return None
    return now() + rule.every
