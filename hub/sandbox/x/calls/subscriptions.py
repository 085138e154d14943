"""What the account lets the app hear of: X Activity, and the older Account Activity."""

from dataclasses import replace
from typing import Any

from hub.sandbox.x import access, objects, rules, switches
from hub.sandbox.x.calls import Call, Json, check_own
from hub.sandbox.x.identities import ACCOUNT_ID
from hub.sandbox.x.rules import XError
from hub.sandbox.x.store import Store
from hub.sandbox.x.values import Subscription

LONGEST_TAG = 200
MOST = {"pay_per_use": 1_500, "enterprise": 75_000}
#: What may be heard of with the app's bearer token alone.
_PUBLIC = frozenset({
    "post.create", "post.delete", "profile.update.bio", "profile.update.profile_picture",
    "profile.update.banner_picture", "profile.update.screenname", "profile.update.geo",
    "profile.update.url", "profile.update.verified_badge",
})  # fmt: skip
_PRIVATE = frozenset({
    "post.mention.create", "post.reply.create", "post.quote.create", "post.repost.create",
    "like.create", "follow.follow", "follow.unfollow", "mute.mute", "mute.unmute", "block.block",
    "block.unblock", "dm.received", "dm.sent", "dm.read", "dm.indicate_typing", "chat.received",
    "chat.sent", "chat.conversation.join",
})  # fmt: skip


# --- X Activity


def create(call: Call) -> Json:
    """Answered in one of three shapes: X's own pages and its OpenAPI file disagree."""
    rules.check_keys(call.body, frozenset({"event_type", "filter", "tag", "webhook_id"}))
    event_type, tag = call.text("event_type"), call.body.get("tag", "")
    webhook_id = call.body.get("webhook_id")
    _check_event(call, event_type)
    _check_filter(call.body.get("filter"))
    with call.x.change() as store:
        _check_tag(tag)
        _check_webhook(store, webhook_id)
        existing = access.subscriptions(store)
        if any((o.event_type, o.webhook_id) == (event_type, webhook_id) for o in existing):
            raise _refused("DuplicateSubscriptionFailed: this subscription exists already.")
        if len(existing) >= MOST[switches.read(store, "level")]:
            raise _refused("SubscriptionLimitExceeded: no further subscription can be made.")
        made = access.subscribe(store, event_type, tag, webhook_id)
    return _answer(call, made, len(existing) + 1)


def listed(call: Call) -> Json:
    with call.x.reading() as store:
        found = [_shown(one) for one in access.subscriptions(store)]
    return {"data": found, "meta": {"result_count": len(found)}}


def update(call: Call, subscription_id: str) -> Json:
    """Only its tag and its webhook can be changed."""
    rules.check_keys(call.body, frozenset({"tag", "webhook_id"}))
    with call.x.change() as store:
        old = _known(store, subscription_id)
        new = replace(
            old,
            tag=call.body.get("tag", old.tag),
            webhook_id=call.body.get("webhook_id", old.webhook_id),
        )
        _check_tag(new.tag)
        _check_webhook(store, new.webhook_id)
        access.change_subscription(store, new)
        found = access.subscriptions(store)
    return _answer(call, next(one for one in found if one.id == subscription_id), len(found))


def delete(call: Call, subscription_id: str) -> Json:
    with call.x.change() as store:
        _known(store, subscription_id)
        access.unsubscribe(store, subscription_id)
        left = len(access.subscriptions(store))
    return {"data": {"deleted": True}, "meta": {"total_subscriptions": left}}


# --- Account Activity


def subscribe(call: Call, webhook_id: str) -> Json:
    with call.x.change() as store:
        _check_webhook(store, webhook_id)
        store.set("account_activity", webhook_id)
    return {"data": {"subscribed": True}}


def is_subscribed(call: Call, webhook_id: str) -> Json:
    with call.x.reading() as store:
        return {"data": {"subscribed": store.setting("account_activity") == webhook_id}}


def subscribers(call: Call, webhook_id: str) -> Json:
    with call.x.reading() as store:
        _check_webhook(store, webhook_id)
        own = [{"user_id": ACCOUNT_ID}] if store.setting("account_activity") == webhook_id else []
    app_id = call.x.keys.client_id
    data = {"application_id": app_id, "webhook_id": webhook_id, "subscriptions": own}
    return {"data": data}


def unsubscribe(call: Call, webhook_id: str, user_id: str) -> Json:
    check_own(user_id)
    with call.x.change() as store:
        _check_webhook(store, webhook_id)
        store.set("account_activity", None)
    return {"data": {"subscribed": False}}


def count(call: Call) -> Json:
    with call.x.reading() as store:
        own = int(store.setting("account_activity") is not None)
    return {
        "data": {
            "account_name": "Hub",
            "provisioned_count": "3",
            "subscriptions_count_all": str(own),
            "subscriptions_count_direct_messages": "0",
        }
    }


# --- Inside


def _check_event(call: Call, event_type: str) -> None:
    if event_type not in _PUBLIC | _PRIVATE:
        raise rules.invalid(f"$.event_type: [{event_type}] is not in the enumeration")
    if event_type in _PRIVATE and call.caller.kind == "app":
        raise rules.forbidden("This event type needs the authorization of the user.")


def _check_filter(given: Any) -> None:
    if not isinstance(given, dict) or given.get("user_id") != ACCOUNT_ID:
        raise rules.invalid("$.filter.user_id: must be the id of the user")


def _check_tag(tag: Any) -> None:
    """It may be left out; else 1 to 200 characters."""
    if not isinstance(tag, str) or len(tag) > LONGEST_TAG:
        raise rules.invalid("$.tag: must be 1 to 200 characters long")


def _check_webhook(store: Store, webhook_id: Any) -> None:
    """None: the events then go to nobody but the stream."""
    if webhook_id is not None and webhook_id not in {one.id for one in access.webhooks(store)}:
        raise _refused(f"WebhookIdInvalid: there is no webhook {webhook_id}.")


def _known(store: Store, subscription_id: str) -> Subscription:
    found = [one for one in access.subscriptions(store) if one.id == subscription_id]
    if not found:
        raise rules.problem(404, "Not Found", f"SubscriptionNotFound: {subscription_id}.")
    return found[0]


def _refused(detail: str) -> XError:
    return rules.problem(400, "Invalid Request", detail, "invalid-request")


def _answer(call: Call, subscription: Subscription, total: int) -> Json:
    shown = _shown(subscription)
    shape = call.switch("subscription_answer")
    data = {"array": [shown], "object": shown, "nested": {"subscription": shown}}[shape]
    return {"data": data, "meta": {"total_subscriptions": total}}


def _shown(one: Subscription) -> Json:
    shown = {
        "subscription_id": one.id,
        "event_type": one.event_type,
        "filter": {"user_id": ACCOUNT_ID},
        "tag": one.tag,
        "webhook_id": one.webhook_id,
        "created_at": objects.iso(one.created_at),
        "updated_at": objects.iso(one.updated_at),
    }
    return {name: value for name, value in shown.items() if value is not None}
