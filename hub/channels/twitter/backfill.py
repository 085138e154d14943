"""Ask X for what the hub may have missed since an instant.

X's own limits: the 800 newest posts that mention an account, its 3,200 newest own posts, and 30
days of direct messages (docs.x.com/x-api/posts/timelines, .../direct-messages/lookup).
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from hub import clock
from hub.channels.base import Parsed
from hub.channels.twitter import direct_messages
from hub.channels.twitter.client import AccountApi
from hub.channels.twitter.fields import DIRECT_MESSAGE, POST
from hub.channels.twitter.parse_v2 import dm_value
from hub.channels.twitter.reading import instant
from hub.channels.twitter.scopes import may
from hub.channels.twitter.timeline import RESERVE, pages, post_values, wire_time
from hub.channels.untrusted import mapping, sequence

Json = Mapping[str, Any]

#: Seconds between two pages, as long as X's limit is far.
PAUSE = 1.0


@dataclass(frozen=True, kw_only=True)
class Backfill:
    """One reading of all that X holds since an instant. Raises ChannelError on the way. Where
    X's limit is near it waits for the next window, up to a quarter of an hour a page."""

    api: AccountApi
    since: datetime
    pause: Callable[[float], None] = time.sleep

    def values(self) -> Iterator[Parsed]:
        """Posts that mention the account, its own posts, then direct messages; each list from
        the oldest, so that what was answered comes before its answer."""
        account_id = self.api.account.external_id
        query = {**POST, "max_results": "100", "start_time": wire_time(self.since)}
        for part in ("mentions", "tweets"):
            found = list(self._pages(f"users/{account_id}/{part}", query, RESERVE))
            for page in reversed(found):
                yield from post_values(page, account_id)
        if may(self.api.account, "dm.read"):
            yield from self._direct_messages(account_id)

    def _direct_messages(self, account_id: str) -> Iterator[Parsed]:
        query = {**DIRECT_MESSAGE, "max_results": direct_messages.PAGE}
        found = []
        for page in self._pages(direct_messages.PATH, query, direct_messages.RESERVE):
            found.append(page)
            if any(not self._is_recent(event) for event in _items(page)):
                break
        for page in reversed(found):
            includes = mapping(page.get("includes"))
            for event in filter(self._is_recent, reversed(_items(page))):
                yield dm_value(event, includes, account_id)

    def _pages(self, path: str, query: Mapping[str, str], reserve: int) -> Iterator[Json]:
        return pages(self.api, path, query, before_next=partial(self._wait, reserve))

    def _wait(self, reserve: int) -> None:
        until = self.api.rate.rest_until(reserve)
        self.pause((until - clock.now()).total_seconds() if until else PAUSE)

    def _is_recent(self, event: Json) -> bool:
        """In doubt yes: what has no date is kept aside rather than passed over."""
        written = instant(event.get("created_at"))
        return written is None or written >= self.since


def _items(page: Json) -> list[Json]:
    return [mapping(item) for item in sequence(page.get("data"))]
