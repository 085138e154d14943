"""Graph's `fields` parameter and its pages of results."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from hub.sandbox.meta.rules import GraphError

_TOKEN = re.compile(r"\s*([A-Za-z_0-9]+|[{}(),.])")
_VALUE = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True)
class Field:
    """One wanted field: `comments.filter(stream).limit(5){id,from}` has a name, options and
    children."""

    name: str
    options: Mapping[str, str]
    children: tuple["Field", ...]


Getter = Callable[[Field], Any]


def parse_fields(text: str) -> tuple[Field, ...]:
    """Read a `fields` parameter. Raises GraphError 2500 as Graph does for bad syntax."""
    reader = _Reader(text)
    fields = reader.fields()
    if reader.position != len(text.rstrip()):
        raise reader.error()
    return fields


def node(object_id: str, wanted: Sequence[Field], getters: Mapping[str, Getter]) -> dict[str, Any]:
    """The JSON of one object: its id and the wanted fields that have a value.

    Raises GraphError 100 for a field this kind of object does not have.
    """
    found: dict[str, Any] = {}
    for field in wanted:
        if field.name == "id":
            continue
        if field.name not in getters:
            raise GraphError(100, f"(#100) Tried accessing nonexisting field ({field.name})")
        value = getters[field.name](field)
        if value is not None:
            found[field.name] = value
    return found | {"id": object_id}


def page_of(
    items: Sequence[dict[str, Any]],
    options: Mapping[str, Any],
    url: str,
    default_limit: int = 25,
) -> dict[str, Any]:
    """One page of `items` with cursors, cut by the options `limit`, `after` and `before`.
    `url` is what the caller asked, without its query; `next` and `previous` build on it."""
    limit = _limit(options.get("limit"), default_limit)
    ids = [item["id"] for item in items]
    start, end = 0, len(items)
    if after := options.get("after"):
        start = _position(ids, after) + 1
    elif before := options.get("before"):
        end = _position(ids, before)
        start = max(0, end - limit)
    end = min(end, start + limit)
    page: dict[str, Any] = {"data": list(items[start:end])}
    if start >= end:
        return page
    cursors = {"before": _cursor(ids[start]), "after": _cursor(ids[end - 1])}
    page["paging"] = {"cursors": cursors}
    kept = {k: v for k, v in options.items() if k not in {"after", "before"}}
    if end < len(items):
        page["paging"]["next"] = f"{url}?{urlencode(kept | {'after': cursors['after']})}"
    if start > 0:
        page["paging"]["previous"] = f"{url}?{urlencode(kept | {'before': cursors['before']})}"
    return page


def seconds_of(text: str) -> float:
    """A `since` or `until`: seconds since 1970, or an ISO date taken as UTC. Raises GraphError
    100 for anything else."""
    try:
        if text.isdecimal():
            return float(text)
        date = datetime.fromisoformat(text)
    except ValueError as error:
        raise GraphError(100, f"(#100) {text} is not a valid time") from error
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()


def _limit(text: Any, default: int) -> int:
    if text is None:
        return default
    if not str(text).isdecimal() or int(text) == 0:
        raise GraphError(100, "(#100) Param limit must be a positive integer")
    return min(int(text), 100)


def _cursor(object_id: str) -> str:
    return urlsafe_b64encode(object_id.encode()).decode()


def _position(ids: Sequence[str], cursor: str) -> int:
    try:
        return ids.index(urlsafe_b64decode(cursor).decode())
    except ValueError as error:
        raise GraphError(100, "(#100) Invalid cursors values") from error


class _Reader:
    """Reads the little language of `fields`, left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def fields(self) -> tuple[Field, ...]:
        found = [self.field()]
        while self.take(","):
            found.append(self.field())
        return tuple(found)

    def field(self) -> Field:
        name = self.name()
        options: dict[str, str] = {}
        while self.take("."):
            option = self.name()
            options[option] = self.value()
        children: tuple[Field, ...] = ()
        if self.take("{"):
            children = self.fields()
            if not self.take("}"):
                raise self.error()
        return Field(name, options, children)

    def name(self) -> str:
        match = _TOKEN.match(self.text, self.position)
        if match is None or not (match[1][0].isalnum() or match[1][0] == "_"):
            raise self.error()
        self.position = match.end()
        return match[1]

    def value(self) -> str:
        match = _VALUE.match(self.text, self.position)
        if match is None:
            raise self.error()
        self.position = match.end()
        return match[1].strip()

    def take(self, sign: str) -> bool:
        match = _TOKEN.match(self.text, self.position)
        if match is None or match[1] != sign:
            return False
        self.position = match.end()
        return True

    def error(self) -> GraphError:
        return GraphError(2500, f"Syntax error in fields at character {self.position}")
