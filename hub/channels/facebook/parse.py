"""From a delivery of Meta to the hub's values. Pure: bytes in, values out.

What comes is described at developers.facebook.com (docs/graph-api/webhooks/reference/page and
docs/messenger-platform/webhooks). Real deliveries vary more than that, so nothing is trusted:
each item is read on its own, and one that cannot be read becomes Unknown beside its neighbours.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hub.channels.base import Ignored, NotOurs, Parsed, Unknown
from hub.channels.facebook import parse_feed, parse_messenger
from hub.channels.facebook.reading import entries
from hub.channels.untrusted import Unreadable, guarded, identifier, mapping, sequence, text

Reader = Callable[[Mapping[str, Any], Mapping[str, Any], str], Parsed]


def parse(body: bytes, app_id: str = "") -> list[Parsed]:
    """The values of a delivery, in its order. Never raises for content.

    `app_id`: our app, to know our own messages among the echoes of other apps.
    """
    try:
        found = entries(body)
    except NotOurs as error:
        return [Unknown(reason=str(error), raw=body.decode("utf-8", "replace"))]
    return [value for entry in found for value in _entry(entry, app_id)]


def _entry(entry: Any, app_id: str) -> Iterator[Parsed]:
    if not isinstance(entry, dict):
        yield Unknown(reason="an entry is not an object", raw=entry)
        return
    lists = [name for name in ("changes", "messaging", "standby") if name in entry]
    if not lists:
        yield _entry_without_items(entry)
    for name in lists:
        if not isinstance(entry[name], list):
            yield Unknown(reason=f"{name} is not a list", raw=entry)
        read = _change if name == "changes" else _messaging
        for item in sequence(entry[name]):
            yield _item(read, item, entry, app_id)


def _entry_without_items(entry: Mapping[str, Any]) -> Parsed:
    if "changed_fields" in entry:
        return Unknown(
            reason="only the names of changed fields came: subscribe with include_values=true",
            raw=entry,
        )
    return Ignored(what="entry without items")


def _item(read: Reader, item: Any, entry: Mapping[str, Any], app_id: str) -> Parsed:
    if not isinstance(item, dict):
        return Unknown(reason="an item is not an object", raw=item)
    return guarded(lambda: read(item, entry, app_id), item)


def _change(change: Mapping[str, Any], entry: Mapping[str, Any], app_id: str) -> Parsed:
    field, value = text(change.get("field")), mapping(change.get("value"))
    if field in {"feed", "mention"}:
        return parse_feed.read(value, _account(entry), entry.get("time"))
    if field == "ratings":
        return parse_feed.read_rating(value, _account(entry), entry.get("time"))
    if "recipient" in value:  # the test button of Meta's dashboard wraps messages this way
        return _messaging(value, entry, app_id)
    raise Unreadable(f"field {field!r} is not one the hub reads")


def _messaging(item: Mapping[str, Any], entry: Mapping[str, Any], app_id: str) -> Parsed:
    if "field" in item and isinstance(item.get("value"), dict):
        item = item["value"]
    page = identifier(entry.get("id")) or identifier(mapping(item.get("recipient")).get("id"))
    return parse_messenger.read(item, _account({"id": page}), app_id, entry.get("time"))


def _account(entry: Mapping[str, Any]) -> str:
    account = identifier(entry.get("id"))
    if account is None:
        raise Unreadable("the entry does not say which page it is for")
    return account
