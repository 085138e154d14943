"""Reading what was said in Messenger, as the values that deliveries would give."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from hub.channels.base import Parsed
from hub.channels.facebook import parse_messenger
from hub.channels.facebook.as_delivered import message_as_delivered
from hub.channels.facebook.lists import Lists
from hub.channels.untrusted import guarded, instant, mapping, text

MESSAGE_FIELDS = "id,created_time,from,to,message,attachments,sticker"
CONVERSATION_FIELDS = f"id,updated_time,participants,messages.limit(20){{{MESSAGE_FIELDS}}}"

Json = Mapping[str, Any]


def recent(lists: Lists, page_id: str, **narrower: str) -> Iterator[Json]:
    """The page's conversations in which something was said since the instant of `lists`."""
    query = {"fields": CONVERSATION_FIELDS, "limit": "25", **narrower}
    for talk in lists.all_of(f"{page_id}/conversations", **query):
        updated = instant(talk.get("updated_time"))
        if updated and updated < lists.since:
            return  # they come by the time of their last message, latest first
        yield talk


def messages(lists: Lists, talk: Json) -> list[Json]:
    """What was said in a conversation since then, oldest first. Meta gives the details of its
    last twenty messages; of older ones the id and the time."""
    path = f"{text(talk.get('id'))}/messages"
    first = mapping(talk.get("messages"))
    return lists.recent_of(first, path, fields=MESSAGE_FIELDS, limit="20")


def value(message: Json, talk: Json, page_id: str) -> Parsed:
    """One message of a conversation."""
    item = message_as_delivered(message, talk, page_id)
    return guarded(partial(parse_messenger.read, item, page_id, "", None), message)
