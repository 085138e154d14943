"""What the page itself has said in the place that a reply was to go to: to find a reply of which
nobody knows whether it was published."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from hub.channels.base import AccountBroken, Echo, OutboundMessage, Parsed, Refused, Unknown
from hub.channels.facebook import conversations, parse_feed
from hub.channels.facebook.as_delivered import comment_as_delivered
from hub.channels.facebook.backfill import COMMENTS
from hub.channels.facebook.client import Graph
from hub.channels.facebook.lists import Lists
from hub.channels.facebook.sending import wanted_id
from hub.channels.untrusted import guarded, identifier, mapping

Json = Mapping[str, Any]

#: What keeps the page from reading alone: it is no reason to stop its answers.
NOT_READABLE = frozenset({"app_not_live"})


def said_since(
    graph: Graph,
    page_id: str,
    message: OutboundMessage,
    since: datetime,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[Parsed]:
    """The page's own texts since then: under the comment or post that the message answers, in the
    conversation it goes to, or in all of them for a private reply, whose conversation is not known
    before it is there. Raises ChannelError; Refused where Meta does not tell."""
    lists = Lists(graph=graph, since=since, pause=pause)
    mode = message.target.get("mode")
    if mode == "comment":
        found = _comments(lists, page_id, message)
    elif mode == "messenger":
        found = _conversation(lists, page_id, message)
    elif mode == "private_reply":
        found = _conversations(lists, page_id)
    else:
        raise Refused("bad_target", f"mode {mode!r}")
    try:
        yield from (value for value in found if isinstance(value, Echo | Unknown))
    except AccountBroken as error:
        if error.code in NOT_READABLE:
            raise Refused("cannot-look", error.detail) from error
        raise


def _comments(lists: Lists, page_id: str, message: OutboundMessage) -> Iterator[Parsed]:
    answered = wanted_id(message.target, "object_id")
    is_post = answered.startswith(f"{page_id}_")
    post_id = answered if is_post else f"{page_id}_{answered.partition('_')[0]}"
    path = f"{answered}/comments"
    for comment in lists.recent_of(lists.graph.get(path, **COMMENTS), path, **COMMENTS):
        if not _is_by(page_id, comment):
            continue
        placed = comment if is_post else {"parent": {"id": answered}, **comment}
        delivered = comment_as_delivered(placed, {}, post_id)
        given = comment.get("created_time")
        yield guarded(partial(parse_feed.read, delivered, page_id, given), comment)


def _conversation(lists: Lists, page_id: str, message: OutboundMessage) -> Iterator[Parsed]:
    person = wanted_id(message.target, "psid")
    for talk in conversations.recent(lists, page_id, user_id=person):
        said = conversations.messages(lists, talk)
        if any(not mapping(item.get("from")) for item in said):
            raise Refused("cannot-look", "Meta tells the last twenty messages of a conversation")
        yield from _own(said, talk, page_id)


def _conversations(lists: Lists, page_id: str) -> Iterator[Parsed]:
    for talk in conversations.recent(lists, page_id):
        yield from _own(conversations.messages(lists, talk), talk, page_id)


def _own(said: list[Json], talk: Json, page_id: str) -> Iterator[Parsed]:
    for item in said:
        if _is_by(page_id, item):
            yield conversations.value(item, talk, page_id)


def _is_by(page_id: str, item: Json) -> bool:
    return identifier(mapping(item.get("from")).get("id")) == page_id
