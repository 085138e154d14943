"""Our own id of what is said on a platform: that of its message, with the number of its part.

Platforms that carry it back in their echo, or take it as the key of a call that may be repeated,
must tell the parts of one answer apart.
"""

SIGN = "."


def of_part(marker: str, number: int) -> str:
    return f"{marker}{SIGN}{number}"


def of_message(marker: str) -> str:
    """The message's marker, whichever of its parts carries it."""
    return marker.partition(SIGN)[0]


def part_number(marker: str) -> int | None:
    """The number of the part that carries this marker; None when it is a whole message's."""
    number = marker.partition(SIGN)[2]
    return int(number) if number.isdecimal() else None
