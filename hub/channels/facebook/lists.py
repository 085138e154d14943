"""Reading the lists of Graph, page after page."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hub.channels.facebook.client import Graph
from hub.channels.untrusted import instant, mapping, sequence, text

#: Seconds between two pages of a list: Meta allows two calls a second for conversations.
PAUSE = 0.5

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Lists:
    """Reads what lists hold since an instant. Raises ChannelError on the way."""

    graph: Graph
    since: datetime
    pause: Callable[[float], None] = time.sleep

    def all_of(self, path: str, **query: str) -> Iterator[Json]:
        """The objects of a list, page after page, in its order."""
        page: Json = self.graph.get(path, **query)
        while True:
            yield from (mapping(item) for item in sequence(page.get("data")))
            after = next_cursor(page)
            if after is None or after == query.get("after"):
                return
            query["after"] = after
            page = self._paced(path, query)

    def recent_of(self, first: Json, path: str, **query: str) -> list[Json]:
        """What a list that runs from the latest holds since the instant, oldest first. `first` is
        its first page, which came with its owner; a page without news ends it."""
        found: list[Json] = []
        page = first
        while news := [
            item for item in map(mapping, sequence(page.get("data"))) if self.is_recent(item)
        ]:
            found.extend(news)
            after = next_cursor(page)
            if after is None or after == query.get("after"):
                break
            query["after"] = after
            page = self._paced(path, query)
        return sorted(found, key=lambda item: instant(item.get("created_time")) or self.since)

    def is_recent(self, item: Json) -> bool:
        """In doubt yes: what has no date is kept aside rather than passed over."""
        created = instant(item.get("created_time"))
        return created is None or created >= self.since

    def _paced(self, path: str, query: Mapping[str, str]) -> Json:
        self.pause(PAUSE)
        return self.graph.get(path, **query)


def next_cursor(page: Json) -> str | None:
    """The cursor of the next page, None on the last. Only the cursor is taken: the address in
    `next` comes from outside, carries the token, and is never followed."""
    paging = mapping(page.get("paging"))
    following = text(paging.get("next"))
    if not following or not sequence(page.get("data")):
        return None
    after = text(mapping(paging.get("cursors")).get("after"))
    try:
        return after or parse_qs(urlsplit(following).query).get("after", [""])[0] or None
    except ValueError:
        return None
