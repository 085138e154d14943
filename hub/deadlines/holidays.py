"""Days on which public services are closed in all of metropolitan France (Code du travail,
L3133-1). Pure functions of local dates."""

from datetime import date, timedelta
from functools import cache

FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
#: Easter Monday, Ascension, Whit Monday: days after Easter Sunday.
MOVABLE = (1, 39, 50)


@cache
def holidays(year: int) -> frozenset[date]:
    """The public holidays of a year."""
    easter = easter_sunday(year)
    movable = {easter + timedelta(days=days) for days in MOVABLE}
    return frozenset(movable | {date(year, month, day) for month, day in FIXED})


def easter_sunday(year: int) -> date:
    """The date of Easter in the Gregorian calendar, by the anonymous algorithm that J. Meeus
    prints (Astronomical Algorithms, chapter 8)."""
    golden = year % 19
    century, in_century = divmod(year, 100)
    leap_centuries, rest = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - moon + 15) % 30
    leaps, years = divmod(in_century, 4)
    weekday = (32 + 2 * rest + 2 * leaps - epact - years) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)
