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

from hub.channels.base import Hidden, Ignored, InboundMessage, Parsed
from hub.channels.facebook import conversations, parse_feed
from hub.channels.facebook.as_delivered import comment_as_delivered, post_as_delivered
from hub.channels.facebook.client import Graph
from hub.channels.facebook.lists import Lists
from hub.channels.untrusted import guarded, identifier, mapping

LOOK_BACK = timedelta(days=30)

COMMENT_FIELDS = "id,from,message,created_time,parent{id},attachment,is_hidden"
#: Of all comments of a thread, from the latest.
COMMENTS = {"fields": COMMENT_FIELDS, "filter": "stream", "order": "reverse_chronological"}
POST_FIELDS = (
    "id,from,message,created_time,permalink_url,attachments,"
    f"comments.filter(stream).order(reverse_chronological).limit(100){{{COMMENT_FIELDS}}}"
)

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Backfill:
    """One reading of all that a page holds since an instant. Raises ChannelError on the way."""

    graph: Graph
    page_id: str
    since: datetime
    pause: Callable[[float], None] = time.sleep

    @property
    def _lists(self) -> Lists:
        return Lists(graph=self.graph, since=self.since, pause=self.pause)

    def values(self) -> Iterator[Parsed]:
        """Public texts post by post, then private messages; each thread oldest first."""
        seen: set[str] = set()
        for edge in ("feed", "visitor_posts"):
            for post in self._lists.all_of(f"{self.page_id}/{edge}", **self._post_query()):
                post_id = identifier(post.get("id"))
                if post_id and post_id not in seen:
                    seen.add(post_id)
                    yield from self._post(post, post_id)
        for talk in conversations.recent(self._lists, self.page_id):
            for message in conversations.messages(self._lists, talk):
                yield conversations.value(message, talk, self.page_id)

    def _post_query(self) -> dict[str, str]:
        earliest = int((self.since - LOOK_BACK).timestamp())
        return {"fields": POST_FIELDS, "since": str(earliest), "limit": "25"}

    def _post(self, post: Json, post_id: str) -> Iterator[Parsed]:
        if self._lists.is_recent(post):
            yield from self._public(post, post_as_delivered(post, post_id))
        first, path = mapping(post.get("comments")), f"{post_id}/comments"
        found = self._lists.recent_of(first, path, **COMMENTS)
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
