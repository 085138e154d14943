"""What the X Activity API pushes: the shape of version 2 in an envelope (X Activity API, Event
payloads)."""

import base64
import hashlib
from datetime import datetime
from typing import Any

from hub.sandbox.values import milliseconds
from hub.sandbox.x import objects
from hub.sandbox.x.account_activity import message_event
from hub.sandbox.x.identities import ACCOUNT_ID
from hub.sandbox.x.teller import Teller
from hub.sandbox.x.values import Message, Post

Json = dict[str, Any]
#: The fields of a post that no delivery carries: they are for those who ask.
_ASKED_FOR = frozenset({"attachments", "source"})


def posted(teller: Teller, post: Post) -> list[Json]:
    """The events of a new post, or of a new version of one. Reposts have one of their own; the
    mentions X adds to a reply make no event, nor does an answer to somebody else's post."""
    if post.author_id == ACCOUNT_ID:
        return [_event("post.create", teller, post, with_people=True)]
    events = []
    if _of_account(teller, post.reply_to):
        events.append(_event("post.reply.create", teller, post))
    if _of_account(teller, post.quote_of):
        events.append(_event("post.quote.create", teller, post))
    if _of_account(teller, post.repost_of):
        events.append(_event("post.repost.create", teller, post))
    if ACCOUNT_ID in post.mentioned and post.repost_of is None:
        events.append(_event("post.mention.create", teller, post, with_people=True))
    return events


def deleted(teller: Teller, post: Post) -> Json:
    """Only what the account itself deletes. Its user stands in a `data` of its own."""
    user = {"data": objects.person(teller.person(post.author_id))}
    payload = {"id": post.id, "author_id": post.author_id}
    return {"event_type": "post.delete", "payload": payload, "includes": {"users": [user]}}


def message(teller: Teller, said: Message) -> Json:
    """A direct message: the event of version 1.1, with people in the shape of version 2."""
    people = {
        person_id: {"data": objects.person(teller.person(person_id))}
        for person_id in (said.person_id, ACCOUNT_ID)
    }
    payload = {"direct_message_events": [message_event(teller, said)], "users": people}
    return {"event_type": "dm.sent" if said.from_account else "dm.received", "payload": payload}


def encrypted(said: Message) -> Json:
    """A message of X Chat: nothing of it can be read without the account's own keys."""
    digest = hashlib.sha512(said.id.encode()).digest()
    payload = {
        "conversation_token": base64.b64encode(digest[:24]).decode(),
        "id": said.id,
        "created_at_msec": str(milliseconds(said.created_at)),
        "sender_id": said.person_id,
        "conversation_id": objects.conversation_id(said.person_id).replace("-", ":"),
        "conversation_key_version": str(milliseconds(said.created_at)),
        "encoded_event": base64.b64encode(digest).decode(),
        "conversation_key_change_event": base64.b64encode(digest[::-1]).decode(),
    }
    return {"event_type": "chat.received", "payload": payload}


def liked(post: Post, person_id: str, at: datetime) -> Json:
    payload = {"liked_post_id": post.id, "user_id": person_id, "created_at": objects.iso(at)}
    return {"event_type": "like.create", "payload": payload}


def read(person_id: str, last_id: str, at: datetime) -> Json:
    event = {
        "created_timestamp": str(milliseconds(at)),
        "sender_id": person_id,
        "target": {"recipient_id": ACCOUNT_ID},
        "last_read_event_id": last_id,
    }
    return {"event_type": "dm.read", "payload": {"direct_message_mark_read_events": [event]}}


def envelope(told: Json, uuid: str, tag: str) -> Json:
    """What is delivered for one subscription. Events that name nobody but ids include nothing."""
    data = {
        "event_uuid": uuid,
        "filter": {"user_id": ACCOUNT_ID},
        "event_type": told["event_type"],
        "tag": tag,
        "payload": told["payload"],
    }
    if "includes" in told:
        data["includes"] = told["includes"]
    return {"data": data}


def _of_account(teller: Teller, post_id: str | None) -> bool:
    post = teller.store.post(post_id) if post_id else None
    return post is not None and post.author_id == ACCOUNT_ID


def _event(event_type: str, teller: Teller, post: Post, *, with_people: bool = False) -> Json:
    whole = objects.post(teller, post)
    payload = {name: value for name, value in whole.items() if name not in _ASKED_FOR}
    includes: Json = {}
    if with_people:
        people = dict.fromkeys((post.author_id, *post.mentioned))
        users = [objects.person(teller.person(person_id)) for person_id in people]
        includes = {"users": _with_texts(users), "tweets": []}
    return {"event_type": event_type, "payload": _with_texts(payload), "includes": includes}


def _with_texts(value: Any) -> Any:
    """Beside each number stands the same as a text, in this product alone."""
    if isinstance(value, list):
        return [_with_texts(item) for item in value]
    if not isinstance(value, dict):
        return value
    found: Json = {}
    for name, item in value.items():
        found[name] = _with_texts(item)
        if isinstance(item, int) and not isinstance(item, bool):
            found[f"{name}_str"] = str(item)
    return found
