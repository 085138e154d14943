"""How days, spans, sizes and sums of money are written for people; each function is a Jinja
filter too."""

import math
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from flask import Flask
from flask_babel import (
    format_date,
    format_datetime,
    format_decimal,
    format_timedelta,
    get_locale,
    get_timezone,
    pgettext,
)
from flask_babel import gettext as _

from hub.clock import now

#: A year, a month, a week, a day, an hour, a minute, in seconds, as the locale data counts them.
_UNITS = (31_536_000, 2_592_000, 604_800, 86_400, 3600, 60)
_FIRST = re.compile(r"(?<!\d)1(?= [^\W\d]+\.? \d{4})")


def ago(instant: datetime) -> str:
    """How long since, in words: "3 hours ago"."""
    passed = (now() - instant).total_seconds()
    if 0 <= passed < 60:
        return _("just now")
    unit = next((unit for unit in _UNITS if abs(passed) >= 1.5 * unit), _UNITS[-1])
    count = max(round(abs(passed) / unit), 1)
    return _ago(str(get_locale()), math.copysign(unit * count, -passed))


@lru_cache(maxsize=4096)
def _ago(_locale: str, seconds: float) -> str:
    """A list says the same few of these for each of its rows."""
    return format_timedelta(
        timedelta(seconds=seconds), granularity="minute", add_direction=True, threshold=1.5
    )


def exact(instant: datetime) -> str:
    """The instant in the council's time zone, to the minute, with its day."""
    return _written(instant, pgettext("date pattern", "EEEE d MMMM y, HH:mm"))


def moment(instant: datetime) -> str:
    """The same for narrow places: "3 Nov 2026, 14:05"."""
    return _written(instant, "d MMM y, HH:mm")


def _written(instant: datetime, pattern: str) -> str:
    locale = get_locale()
    minute = instant.replace(second=0, microsecond=0)
    return _written_once(minute, pattern, str(get_timezone()), locale.language if locale else "")


@lru_cache(maxsize=20_000)
def _written_once(minute: datetime, pattern: str, _zone: str, _language: str) -> str:
    """Lists show the same instants to everybody, and writing one takes a tenth of a millisecond."""
    return _ordinal(format_datetime(minute, pattern))


def day(when: date, pattern: str = "d MMMM y") -> str:
    """A day, or that of an instant in the council's time zone; `pattern` as in CLDR."""
    if isinstance(when, datetime):
        return _written(when, pattern)
    return _ordinal(format_date(when, pattern))


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


def file_size(size: int) -> str:
    """A size in bytes, in kilobytes or megabytes: "182 kB", "2.4 MB"."""
    if size < 1_000_000:
        return _("%(number)s kB", number=math.ceil(size / 1000))
    return _("%(number)s MB", number=format_decimal(round(size / 1_000_000, 1)))


def money(amount: Decimal, currency: str) -> str:
    """A sum with its currency's code, to the last digit that counts: "0.045 USD", "50 USD"."""
    return f"{number(amount)}\N{NO-BREAK SPACE}{currency}"


def number(amount: Decimal) -> str:
    """An amount of money alone: cents where there are any, and what is smaller."""
    whole = amount == amount.to_integral_value()
    return format_decimal(amount, "#,##0" if whole else "#,##0.00####")


def language_name(code: str) -> str:
    """What the reader's language calls a language: "anglais" for "en"."""
    return str((get_locale() or Locale("en")).languages.get(code, code))


def _ordinal(text: str) -> str:
    """French counts the first of a month, "1er", where the locale data writes 1."""
    locale = get_locale()
    return _FIRST.sub("1er", text) if locale and locale.language == "fr" else text


def install(app: Flask) -> None:
    for function in (ago, exact, moment, day, duration, file_size, language_name):
        app.add_template_filter(function)
