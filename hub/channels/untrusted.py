"""Read what platforms send without trusting it: JSON, ids, texts, addresses and instants in every
form they come in. Nothing here raises for content, except where it says so."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from hub.channels.base import NotOurs, Parsed, Unknown

LONGEST_ID = 110
LONGEST_NAME = 200
LONGEST_FILE_NAME = 200
#: Below this, a number of the wire counts seconds; from there on, milliseconds.
FIRST_MILLISECONDS = 10**11


class Unreadable(Exception):
    """An item cannot be placed; the text says why, for whoever looks at what was kept aside."""


def guarded(read: Callable[[], Parsed], raw: Any) -> Parsed:
    """Read one item; whatever goes wrong stays with it, as Unknown."""
    try:
        return read()
    except Unreadable as error:
        return Unknown(reason=str(error), raw=raw)
    except Exception as error:  # a shape nobody foresaw must not cost its neighbours
        return Unknown(reason=f"{type(error).__name__} while reading", raw=raw)


def decode(body: bytes) -> Any:
    """The JSON value of a body. Raises NotOurs.

    Integers stay exact (ids exceed 2^53). Other numbers stay text: the hub has no use for their
    value, and 1e999 or NaN could not be stored again as JSON.
    """
    try:
        return json.loads(body, parse_float=str, parse_constant=_refuse)
    except RecursionError as error:
        raise NotOurs("The body is nested too deeply.") from error
    except ValueError as error:
        raise NotOurs("The body is not JSON.") from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def mapping(value: Any) -> Mapping[str, Any]:
    """The JSON object, or an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list[Any]:
    """The JSON array, or an empty one in place of anything else."""
    return value if isinstance(value, list) else []


def identifier(value: Any, longest: int = LONGEST_ID) -> str | None:
    """A platform id as text, whether it came as text or as an integer; None if it is no id."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    found = text(value if isinstance(value, str) else str(value)).strip()
    return found if found and len(found) <= longest else None


def text(value: Any) -> str:
    """A text that can be stored: without NUL, and without halves of surrogate pairs, which JSON
    allows and neither UTF-8 nor PostgreSQL does. "" for anything but text."""
    if not isinstance(value, str):
        return ""
    return value.replace("\x00", "").encode("utf-8", "replace").decode()


def web_address(value: Any) -> str | None:
    """An absolute http or https address, None for anything else."""
    found = text(value).strip()
    return found if found.startswith(("http://", "https://")) else None


def file_name(url: str) -> str:
    """The name of the file behind an address, "" when it tells none."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    return text(PurePosixPath(unquote(path)).name)[-LONGEST_FILE_NAME:]


def instant(value: Any) -> datetime | None:
    """An instant in UTC from seconds, milliseconds (as a number or its digits) or ISO 8601.

    None for what is no instant, or lies before 2000 or after 2100.
    """
    try:
        found = _instant(value)
    except (ValueError, OverflowError):
        return None
    return found if found and 2000 <= found.year <= 2100 else None


def _instant(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    if isinstance(value, str) and not value.replace(".", "", 1).isdecimal():
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return _from_number(int(str(value).partition(".")[0]))


def _from_number(number: int) -> datetime:
    milliseconds = number if number >= FIRST_MILLISECONDS else number * 1000
    seconds, rest = divmod(milliseconds, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)


def first_instant(*values: Any) -> datetime:
    """The first of these that is an instant. Raises Unreadable when none is."""
    for value in values:
        if found := instant(value):
            return found
    raise Unreadable("no usable time")
