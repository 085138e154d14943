"""What the values of a channel have in common."""

from collections.abc import Mapping
from datetime import datetime

from hub.channels import base


def external_id(value: base.Parsed) -> str:
    """The platform's id of what the value tells of; "" where it has none."""
    match value:
        case base.Edited(message=message):
            return message.external_id
        case base.Unknown(raw=Mapping() as raw):
            found = raw.get("id", "")
            return str(found)[:255] if isinstance(found, str | int) else ""
    return str(getattr(value, "external_id", ""))


def happened_at(value: base.Parsed) -> datetime | None:
    """When it happened on the platform; None where nobody says."""
    if isinstance(value, base.Edited):
        return value.message.posted_at
    for name in ("posted_at", "deleted_at", "at", "until"):
        if isinstance(found := getattr(value, name, None), datetime):
            return found
    return None
