"""From a delivery of X to the hub's values. Pure: bytes in, values out.

One address gets all that X pushes: deliveries of the Account Activity API (families of events in
the shape of version 1.1), of the X Activity API (one event in an envelope), of filtered streams,
and word of finished replays. They are told apart by their top-level names. Nothing is trusted: each
item is read on its own, and one that cannot be read becomes Unknown beside its neighbours.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from hub.channels.base import Ignored, NotOurs, Parsed, Unknown
from hub.channels.twitter import parse_v1, parse_v2
from hub.channels.twitter.messages import deletion, revocation
from hub.channels.twitter.parse_chat import encrypted_message
from hub.channels.twitter.reading import FAMILY_END, delivery, id_of, instant
from hub.channels.untrusted import Unreadable, guarded, mapping, sequence, text

Json = Mapping[str, Any]

#: Families of the Account Activity API that are no messages.
IGNORED_FAMILIES = frozenset(
    {
        "block_events",
        "direct_message_indicate_typing_events",
        "direct_message_mark_read_events",
        "favorite_events",
        "follow_events",
        "mute_events",
    }
)
#: Activities that are no messages, by name or by how they begin.
IGNORED_ACTIVITIES = frozenset(
    {"chat.conversation.join", "dm.indicate.typing", "dm.read", "post.repost.create"}
)
IGNORED_KINDS = ("block.", "follow.", "like.", "mute.", "news.", "profile.", "spaces.")
POSTS = frozenset({"post.create", "post.mention.create", "post.quote.create", "post.reply.create"})
DIRECT_MESSAGES = frozenset({"dm.received", "dm.sent"})
CHATS = frozenset({"chat.received", "chat.sent"})


def parse(body: bytes, *, now: datetime) -> list[Parsed]:
    """The values of a delivery, in its order. Never raises for content.

    `now`: when it came, for what X delivers without saying when it happened.
    """
    try:
        envelope = delivery(body)
    except NotOurs as error:
        return [Unknown(reason=str(error), raw=body.decode("utf-8", "replace"))]
    if "replay_job_status" in envelope:
        return [guarded(partial(_replay, mapping(envelope["replay_job_status"])), envelope)]
    if "user_event" in envelope:
        return [guarded(partial(_user_event, mapping(envelope["user_event"]), now), envelope)]
    if "event_type" in mapping(envelope.get("data")):
        return list(_activity(mapping(envelope["data"]), now))
    if "matching_rules" in envelope:
        return list(_streamed(envelope))
    return list(_families(envelope, now)) or [_without_items(envelope)]


def _replay(status: Json) -> Parsed:
    state = text(status.get("job_state"))
    if state == "Complete":
        return Ignored(what="end of a replay")
    said = text(status.get("job_state_description"))
    raise Unreadable(f"a replay ended with state {state or '?'} ({said or '?'}): ask for it again")


def _user_event(event: Json, now: datetime) -> Parsed:
    revoked = mapping(event.get("revoke"))
    if not revoked:
        raise Unreadable("a user event of no known kind")
    account = id_of(revoked.get("source"), "user_id")
    return revocation(account, instant(revoked.get("date_time")) or now)


# --- Account Activity API -------------------------------------------------------------------------


def _families(envelope: Json, now: datetime) -> Iterator[Parsed]:
    for name, items in envelope.items():
        if not name.endswith(FAMILY_END):
            continue
        if not isinstance(items, list):
            yield Unknown(reason=f"{name} is not a list", raw=envelope)
        for item in sequence(items):
            yield guarded(partial(_item, name, item, envelope, now), item)


def _without_items(envelope: Json) -> Parsed:
    if any(name.endswith(FAMILY_END) for name in envelope):
        return Ignored(what="delivery without events")
    return Unknown(reason="a delivery of no known kind", raw=envelope)


def _item(family: str, item: Any, envelope: Json, now: datetime) -> Parsed:
    if family in IGNORED_FAMILIES:
        return Ignored(what=family)
    if not isinstance(item, dict):
        raise Unreadable("an item is not an object")
    account = id_of(envelope, "for_user_id")
    if account is None:
        raise Unreadable("the delivery does not say which account it is for")
    if family == "tweet_create_events":
        return parse_v1.post(item, account)
    if family == "tweet_delete_events":
        return deletion(
            id_of(item.get("status")), account, instant(item.get("timestamp_ms")) or now
        )
    if family == "direct_message_events":
        return parse_v1.direct_message(item, account, mapping(envelope.get("users")))
    if family == "x_chat_events":
        return encrypted_message(item, account, now)
    raise Unreadable(f"{family} is not a family the hub reads")


# --- X Activity API -------------------------------------------------------------------------------


def _activity(event: Json, now: datetime) -> Iterator[Parsed]:
    """One event; direct messages may come several in one."""
    name, payload = activity_name(event.get("event_type")), mapping(event.get("payload"))
    if name not in DIRECT_MESSAGES:
        yield guarded(partial(_event, name, event, now), event)
        return
    items = sequence(payload.get("direct_message_events"))
    if not items:
        yield Unknown(reason=f"{name} without messages", raw=event)
    users = mapping(payload.get("users"))
    for item in items:
        yield guarded(partial(_private, event, mapping(item), users), item)


def activity_name(given: Any) -> str:
    """The name of an activity in dots: `post.mention.create`, also where it came by its older
    name (`PostMentionCreate`) or with an underscore."""
    name = text(given)
    if "." not in name:
        name = re.sub(r"(?<!^)(?=[A-Z])", ".", name)
    return name.lower().replace("_", ".")


def _private(event: Json, item: Json, users: Json) -> Parsed:
    return parse_v1.direct_message(item, _account(event), users)


def _event(name: str, event: Json, now: datetime) -> Parsed:
    payload = mapping(event.get("payload"))
    if name in IGNORED_ACTIVITIES or name.startswith(IGNORED_KINDS):
        return Ignored(what=name)
    if name == "oauth.revoke":
        return revocation(id_of(payload, "user_id"), instant(payload.get("date_time")) or now)
    if name in POSTS:
        includes = mapping(event.get("includes"))
        return parse_v2.read_post(payload, includes, _account(event), name)
    if name in CHATS:
        return encrypted_message(payload, _account(event), now)
    if name == "post.delete":
        return deletion(id_of(payload), _account(event), now)
    raise Unreadable(f"activity {name!r} is not one the hub reads")


def _account(event: Json) -> str:
    account = id_of(event.get("filter"), "user_id")
    if account is None:
        raise Unreadable("the event does not say which account it is for")
    return account


# --- Filtered streams -----------------------------------------------------------------------------


def _streamed(envelope: Json) -> Iterator[Parsed]:
    """A post for each account that a matching rule stands for: the tag of a rule ends with the
    account's id, as in `mentions:1710000000000000001`."""
    post, includes = mapping(envelope.get("data")), mapping(envelope.get("includes"))
    rules = map(mapping, sequence(envelope.get("matching_rules")))
    tags = [re.search(r"(?:^|:)(\d+)$", text(rule.get("tag"))) for rule in rules]
    accounts = dict.fromkeys(tag[1] for tag in tags if tag)
    if not accounts:
        reason = "no matching rule has a tag that ends with the id of an account"
        yield Unknown(reason=reason, raw=envelope)
    for account in accounts:
        yield guarded(partial(parse_v2.read_post, post, includes, account), envelope)
