"""The hub's webhook at X and what X delivers to it.

Two products deliver: X Activity, one subscription for each kind of event (docs.x.com/x-api/
activity), and the older Account Activity, all events of an account at once (docs.x.com/x-api/
account-activity). The hub reads both.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from hub.channels.base import Refused
from hub.channels.twitter.client import AccountApi, Api, AppApi
from hub.channels.untrusted import identifier, mapping, sequence, text

Json = Mapping[str, Any]

PATH = "/hooks/twitter"
LONGEST_ADDRESS = 200
X_HOSTS = frozenset({"api.x.com", "api.twitter.com"})
#: What the hub wants to hear of. Answers outside the hub and its own come as `post.create` and
#: `dm.sent`; `chat.received` tells of messages that nobody but X's own programs can read.
EVENTS = (
    "post.mention.create",
    "post.reply.create",
    "post.quote.create",
    "post.create",
    "post.delete",
    "dm.received",
    "dm.sent",
    "chat.received",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that X delivers to. `valid` False: X delivers nothing there until it has been
    validated again."""

    webhook_id: str
    url: str
    valid: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One kind of event of one account, delivered to one webhook. `event` is "all" for Account
    Activity, which has no id either."""

    event: str
    user_id: str
    webhook_id: str = ""
    subscription_id: str = ""


def is_acceptable(url: str, api_url: str) -> bool:
    """Does X take this address? It wants https, no port, and at most 200 characters. Whatever
    else answers at `api_url`, a sandbox, may take more."""
    if urlsplit(api_url).hostname not in X_HOSTS:
        return True
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme == "https" and port is None and len(url) <= LONGEST_ADDRESS


# --- Webhooks: asked by the app ------------------------------------------------------------------


def register(api: AppApi, url: str) -> Webhook:
    """Have X deliver to this address. X asks the address to prove itself during the call. Raises
    ChannelError, with a code of sentences.WEBHOOKS where X names the reason."""
    return _webhook(_only(api.post("webhooks", {"url": url})))


def webhooks(api: AppApi) -> list[Webhook]:
    """The addresses X delivers to for this app. Raises ChannelError."""
    return [_webhook(found) for found in _objects(api.get("webhooks"), "webhook")]


def validate(api: AppApi, webhook_id: str) -> bool:
    """Have X ask the address again to prove itself; True when it delivers there from now on."""
    answer = mapping(api.send("PUT", f"webhooks/{_id(webhook_id)}").get("data"))
    return answer.get("valid", answer.get("attempted")) is True


def remove(api: AppApi, webhook_id: str) -> None:
    """Have X deliver to this address no more. Raises ChannelError."""
    api.send("DELETE", f"webhooks/{_id(webhook_id)}")


# --- X Activity ----------------------------------------------------------------------------------


def subscribe(api: Api, user_id: str, webhook_id: str, event: str) -> None:
    """Have one kind of event of an account delivered. Private kinds are asked for as the
    account itself. Raises ChannelError; Refused("subscription_duplicate") when it is already."""
    api.post(
        "activity/subscriptions",
        {
            "event_type": event,
            "filter": {"user_id": user_id},
            "tag": f"hub {event}",
            "webhook_id": webhook_id,
        },
    )


def subscriptions(api: AppApi) -> list[Subscription]:
    """What X Activity delivers for this app. Raises ChannelError."""
    return list(map(_subscription, _objects(api.get("activity/subscriptions"), "subscription")))


def unsubscribe(api: AppApi, subscription_id: str) -> None:
    """Have this delivered no more. Raises ChannelError."""
    if not subscription_id.isalnum():
        raise Refused("bad_target", "not an id of a subscription")
    api.send("DELETE", f"activity/subscriptions/{subscription_id}")


# --- Account Activity ----------------------------------------------------------------------------


def subscribe_all(api: AccountApi, webhook_id: str) -> None:
    """Have all events of the account delivered; asked by the account itself. Raises
    ChannelError; Refused("subscription_duplicate") when it is already."""
    api.post(f"account_activity/webhooks/{_id(webhook_id)}/subscriptions/all")


def subscribed_to_all(api: AppApi, webhook_id: str) -> list[Subscription]:
    """The accounts whose events are all delivered to a webhook. Raises ChannelError."""
    path = f"account_activity/webhooks/{_id(webhook_id)}/subscriptions/all/list"
    listed = mapping(api.get(path).get("data"))
    found = (
        identifier(mapping(one).get("user_id")) for one in sequence(listed.get("subscriptions"))
    )
    return [
        Subscription(event="all", user_id=user_id, webhook_id=webhook_id)
        for user_id in found
        if user_id
    ]


def unsubscribe_all(api: AppApi, webhook_id: str, user_id: str) -> None:
    """Have no event of the account delivered to a webhook any more. Raises ChannelError."""
    hook, user = _id(webhook_id), _id(user_id)
    api.send("DELETE", f"account_activity/webhooks/{hook}/subscriptions/{user}/all")


# --- Reading -------------------------------------------------------------------------------------


def _objects(answer: Json, name: str) -> Iterator[Json]:
    """The objects of an answer: X's pages show `data` as a list, as the object itself, and as an
    object that holds it under its name."""
    data = answer.get("data")
    for item in sequence(data) or ([data] if data else []):
        found = mapping(item)
        held: Sequence[Any] = sequence(found.get(name)) or [found.get(name) or found]
        yield from map(mapping, held)


def _only(answer: Json) -> Json:
    return next(_objects(answer, "webhook"), {})


def _webhook(found: Json) -> Webhook:
    return Webhook(
        webhook_id=identifier(found.get("id")) or "",
        url=text(found.get("url")),
        valid=found.get("valid") is True,
    )


def _subscription(found: Json) -> Subscription:
    return Subscription(
        event=text(found.get("event_type")),
        user_id=identifier(mapping(found.get("filter")).get("user_id")) or "",
        webhook_id=identifier(found.get("webhook_id")) or "",
        subscription_id=identifier(found.get("subscription_id"))
        or identifier(found.get("id"))
        or "",
    )


def _id(value: str) -> str:
    """An id as part of an address: nothing but digits may pass."""
    if not (value.isascii() and value.isdecimal()):
        raise Refused("webhook_unknown", f"{value!r} is no id")
    return value
