"""The reference of a ticket, as citizens read it on a receipt and say it on the telephone:
year, number, check letter, `2026-004217-K`.

It is computed from the ticket's own number, so it needs no column and no counter. The letter
catches any single mistyped digit and most swaps: it is the number modulo 23, in an alphabet
without I, O and U (misheard or misread).
"""

import re
from datetime import datetime

LETTERS = "ABCDEFGHJKLMNPQRSTVWXYZ"
#: At most 18 digits: what fits the database's 64-bit numbers.
SHAPE = re.compile(r"\s*(\d{4})\s*-?\s*(\d{6,18})\s*-?\s*([A-Z])\s*", re.IGNORECASE | re.ASCII)


def reference(opened_at: datetime, ticket_id: int) -> str:
    """The reference of the ticket with this number, opened in that (UTC) year."""
    return f"{opened_at.year}-{ticket_id:06d}-{_letter(opened_at.year, ticket_id)}"


def number(text: str) -> int | None:
    """The ticket number in a reference as a person may type it (spaces, lower case, no hyphens).
    None when it has not the shape or its letter is wrong."""
    match = SHAPE.fullmatch(text)
    if match is None:
        return None
    year, ticket_id = int(match[1]), int(match[2])
    return ticket_id if _letter(year, ticket_id) == match[3].upper() else None


def _letter(year: int, ticket_id: int) -> str:
    return LETTERS[(year * 1_000_000 + ticket_id) % len(LETTERS)]
