"""Ask Meta for what the hub may have missed.

What is read is first written as the delivery would have been, then read by the same functions:
so ids, conversations and texts are the same whichever way a message comes.

Two limits are Meta's own: a page's feed is searched by the date of the posts, so comments under
posts older than LOOK_BACK are not found; and a conversation gives the details of its last twenty
messages only.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hub.channels.base import Hidden, Ignored, InboundMessage, Parsed
from hub.channels.facebook import parse_feed, parse_messenger
from hub.channels.facebook.as_delivered import (
    comment_as_delivered,
    message_as_delivered,
    post_as_delivered,
)
from hub.channels.facebook.client import Graph
from hub.channels.untrusted import guarded, identifier, instant, mapping, sequence, text

LOOK_BACK = timedelta(days=30)
#: Seconds between two pages of a list: Meta allows two calls a second for conversations.
PAUSE = 0.5

COMMENT_FIELDS = "id,from,message,created_time,parent{id},attachment,is_hidden"
POST_FIELDS = (
    "id,from,message,created_time,permalink_url,attachments,"
    f"comments.filter(stream).order(reverse_chronological).limit(100){{{COMMENT_FIELDS}}}"
)
MESSAGE_FIELDS = "id,created_time,from,to,message,attachments,sticker"
CONVERSATION_FIELDS = f"id,updated_time,participants,messages.limit(20){{{MESSAGE_FIELDS}}}"

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Backfill:
    """One reading of all that a page holds since an instant. Raises ChannelError on the way."""

    graph: Graph
    page_id: str
    since: datetime
    pause: Callable[[float], None] = time.sleep

    def values(self) -> Iterator[Parsed]:
        """Public texts post by post, then private messages; each thread oldest first."""
        seen: set[str] = set()
        for edge in ("feed", "visitor_posts"):
            for post in self._listed(f"{self.page_id}/{edge}", **self._post_query()):
                post_id = identifier(post.get("id"))
                if post_id and post_id not in seen:
                    seen.add(post_id)
                    yield from self._post(post, post_id)
        yield from self._conversations()

    def _post_query(self) -> dict[str, str]:
        earliest = int((self.since - LOOK_BACK).timestamp())
        return {"fields": POST_FIELDS, "since": str(earliest), "limit": "25"}

    def _post(self, post: Json, post_id: str) -> Iterator[Parsed]:
        if self._is_recent(post):
            yield from self._public(post, post_as_delivered(post, post_id))
        query = {"fields": COMMENT_FIELDS, "filter": "stream", "order": "reverse_chronological"}
        found = self._recent(mapping(post.get("comments")), f"{post_id}/comments", **query)
        for comment in found:
            yield from self._public(comment, comment_as_delivered(comment, post, post_id))

    def _public(self, read: Json, delivered: Json) -> Iterator[Parsed]:
        """The text, and after it that it is hidden."""
        given = read.get("created_time")
        value = guarded(partial(parse_feed.read, delivered, self.page_id, given), read)
        if isinstance(value, Ignored):
            return
        yield value
        if read.get("is_hidden") is True and isinstance(value, InboundMessage):
            yield Hidden(
                account=self.page_id,
                external_id=value.external_id,
                hidden=True,
                at=value.posted_at,
            )

    def _conversations(self) -> Iterator[Parsed]:
        path = f"{self.page_id}/conversations"
        for talk in self._listed(path, fields=CONVERSATION_FIELDS, limit="25"):
            updated = instant(talk.get("updated_time"))
            if updated and updated < self.since:
                return  # they come by the time of their last message, latest first
            yield from self._conversation(talk)

    def _conversation(self, talk: Json) -> Iterator[Parsed]:
        path = f"{text(talk.get('id'))}/messages"
        first = mapping(talk.get("messages"))
        for message in self._recent(first, path, fields=MESSAGE_FIELDS, limit="20"):
            item = message_as_delivered(message, talk, self.page_id)
            yield guarded(partial(parse_messenger.read, item, self.page_id, "", None), message)

    def _listed(self, path: str, **query: str) -> Iterator[Json]:
        """The objects of a list, page after page."""
        page: Json = self.graph.get(path, **query)
        while True:
            yield from (mapping(item) for item in sequence(page.get("data")))
            after = next_cursor(page)
            if after is None or after == query.get("after"):
                return
            query["after"] = after
            page = self._paced(path, query)

    def _recent(self, first: Json, path: str, **query: str) -> list[Json]:
        """What a list holds since the instant, oldest first. `first` is its first page, which
        came with its owner; lists run from the latest, so a page without news ends them."""
        found: list[Json] = []
        page = first
        while news := [
            item for item in map(mapping, sequence(page.get("data"))) if self._is_recent(item)
        ]:
            found.extend(news)
            after = next_cursor(page)
            if after is None or after == query.get("after"):
                break
            query["after"] = after
            page = self._paced(path, query)
        return sorted(found, key=lambda item: instant(item.get("created_time")) or self.since)

    def _paced(self, path: str, query: Mapping[str, str]) -> Json:
        self.pause(PAUSE)
        return self.graph.get(path, **query)

    def _is_recent(self, item: Json) -> bool:
        """In doubt yes: what has no date is kept aside rather than passed over."""
        created = instant(item.get("created_time"))
        return created is None or created >= self.since


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
