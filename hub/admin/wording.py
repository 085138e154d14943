"""What administrators read of a check of an account."""

from datetime import datetime

from flask_babel import gettext as _

from hub.channels.base import Health
from hub.formats import exact


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


def _value(name: str, said: str) -> str:
    """Facts whose names end in "_at" are instants, in ISO 8601."""
    return exact(datetime.fromisoformat(said)) if name.endswith("_at") else said
