"""Lists in pages, newest first (X API v2, Pagination)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from hub.sandbox.x import rules

Json = dict[str, Any]


class Item(Protocol):
    """What has an id and a time stands in a list."""

    @property
    def id(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...


I = TypeVar("I", bound=Item)  # noqa: E741


def since(items: Sequence[I], query: Mapping[str, str]) -> list[I]:
    """Those that since_id, until_id, start_time and end_time leave."""
    least, most = _number(query, "since_id"), _number(query, "until_id")
    start, end = _instant(query, "start_time"), _instant(query, "end_time")
    return [
        item
        for item in items
        if (least is None or int(item.id) > least)
        and (most is None or int(item.id) < most)
        and (start is None or item.created_at >= start)
        and (end is None or item.created_at < end)
    ]


def page(
    items: Sequence[I], query: Mapping[str, str], *, usual: int, least: int, bounds: bool = True
) -> tuple[list[I], Json]:
    """One page of `items` and its `meta`, which names the newest and oldest where `bounds`."""
    size = _size(query, usual, least)
    token = query.get("pagination_token")
    left = [item for item in items if token is None or int(item.id) < _id_in(token)]
    found = list(left[:size])
    meta: Json = {"result_count": len(found)}
    if found and bounds:
        meta |= {"newest_id": found[0].id, "oldest_id": found[-1].id}
    if len(left) > size:
        meta["next_token"] = _token(found[-1].id)
    if token is not None:
        meta["previous_token"] = token
    return found, meta


def _size(query: Mapping[str, str], usual: int, least: int) -> int:
    text = query.get("max_results", str(usual))
    if not text.isdecimal() or not least <= int(text) <= 100:
        raise rules.invalid(
            f"The `max_results` query parameter value [{text}] is not between {least} and 100",
            max_results=text,
        )
    return int(text)


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 19:
        raise rules.invalid(f"The `{name}` query parameter value [{text}] is not valid")
    return int(text)


def _instant(query: Mapping[str, str], name: str) -> datetime | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None  # said below
    if found is None or found.tzinfo is None:
        raise rules.invalid(f"The `{name}` query parameter value [{text}] is not RFC 3339")
    return found


def _token(item_id: str) -> str:
    return urlsafe_b64encode(item_id.encode()).decode().rstrip("=")


def _id_in(token: str) -> int:
    try:
        return int(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except ValueError as error:
        raise rules.invalid("The `pagination_token` is not valid") from error
