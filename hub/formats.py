"""How instants and spans are written for people. Jinja filters: ago, exact, duration."""

from datetime import datetime, timedelta

from flask import Flask
from flask_babel import format_datetime, format_timedelta, pgettext
from flask_babel import gettext as _

from hub.clock import now


def ago(instant: datetime) -> str:
    """How long since, in words: "3 hours ago"."""
    passed = now() - instant
    if timedelta(0) <= passed < timedelta(minutes=1):
        return _("just now")
    return format_timedelta(-passed, add_direction=True, threshold=1.5)


def exact(instant: datetime) -> str:
    """The instant in the council's time zone, to the minute, with its day."""
    return format_datetime(instant, pgettext("date pattern", "EEEE d MMMM y, HH:mm"))


def duration(seconds: float | None) -> str:
    """A span in the two largest units that matter: "2 d 4 h", "35 min". None: "–"."""
    if seconds is None:
        return "–"
    minutes = round(seconds / 60)
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return _("%(days)d d %(hours)d h", days=days, hours=hours)
    if hours:
        return _("%(hours)d h %(minutes)02d min", hours=hours, minutes=rest)
    return _("%(minutes)d min", minutes=rest)


def install(app: Flask) -> None:
    for function in (ago, exact, duration):
        app.add_template_filter(function)
