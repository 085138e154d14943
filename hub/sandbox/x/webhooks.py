"""How X's deliveries leave: the bytes, their signature, the check of a callback, who is told."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Literal

from hub.sandbox import courier, store
from hub.sandbox.courier import Ask
from hub.sandbox.values import Delivery
from hub.sandbox.x import access, activity, objects, switches
from hub.sandbox.x.access import Kept
from hub.sandbox.x.store import Store
from hub.sandbox.x.values import AppKeys, Webhook

Signature = Literal["right", "wrong"]
#: "wrong" and "silent" are two ways to fail: a wrong answer is final, silence may pass.
Proof = Literal["right", "wrong", "silent"]

#: X's own page says ten seconds (Webhooks, Introduction).
ANSWER_WITHIN = 10
#: The old Enterprise page said three for this; the stricter of the two.
CHECK_WITHIN = 3
#: A webhook that only fell silent is kept valid so long after its last good answer.
PATIENCE = timedelta(hours=28)
SIGNATURE = "x-twitter-webhooks-signature"
#: Three more tries within five minutes (the old Enterprise page; version 2 documents none).
_DELAYS = (timedelta(seconds=5), timedelta(seconds=60), timedelta(seconds=180))


def wire_bytes(payload: Mapping[str, Any]) -> bytes:
    """A payload as X writes it: compact UTF-8. The signature covers exactly these bytes."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def sign(secret: str, message: bytes) -> str:
    digest = hmac.new(secret.encode(), message, hashlib.sha256).digest()
    return f"sha256={base64.b64encode(digest).decode()}"


def signed_headers(secret: str, body: bytes, signature: Signature = "right") -> dict[str, str]:
    """The headers of a delivery."""
    key = secret if signature == "right" else f"{secret}?"
    return {"Content-Type": "application/json", SIGNATURE: sign(key, body)}


def address(keys: AppKeys, url: str) -> str:
    """Where a webhook is: as it was given, or beside this stand-in."""
    return f"{keys.base_url}{url}" if url.startswith("/") else url


def check(keys: AppKeys, url: str, ask: Ask) -> Proof:
    """Ask a callback to prove that it knows the app's secret (Webhooks, Challenge-Response
    Checks)."""
    token = secrets.token_urlsafe(24)
    status, answer = ask(address(keys, url), {"crc_token": token, "nonce": secrets.token_hex(8)})
    if status == 0 or status >= 400:
        return "silent"
    try:
        given = json.loads(answer)["response_token"] if status == 200 else ""
    except (KeyError, TypeError, ValueError):
        given = ""
    right = sign(keys.consumer_secret, token.encode())
    return "right" if isinstance(given, str) and hmac.compare_digest(given, right) else "wrong"


def retry(store: store.Store, delivery: Delivery) -> timedelta | None:
    """Few times, then the event is lost: only a replay or a look brings it back."""
    if switches.read(store, "retries") == "none" or delivery.attempts >= len(_DELAYS):
        return None
    return _DELAYS[delivery.attempts]


def listening(store: Store) -> Webhook | None:
    """The webhook that events go to; None while it is invalid, missing, or switched off."""
    if not switches.read(store, "webhooks"):
        return None
    return next((webhook for webhook in access.webhooks(store) if webhook.valid), None)


def tell(store: Store, keys: AppKeys, kept: Kept) -> None:
    """Queue what happened for each product that pushes and each subscription that fits."""
    for payload in told(store, kept):
        queue(store, keys, payload)


def told(store: Store, kept: Kept) -> list[dict[str, Any]]:
    """The payloads that tell of it, in the order in which they leave."""
    webhook = listening(store)
    if webhook is None:
        return []
    shape, payloads = switches.read(store, "shape"), []
    subscribed = store.setting("account_activity") == webhook.id
    if shape != "activity" and subscribed and kept.account_activity:
        payloads.append(kept.account_activity)
    if shape != "account_activity":
        payloads += _activities(store, webhook, kept)
    return payloads


def together(payloads: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The payloads in as few deliveries as can be: Account Activity has arrays, X Activity none."""
    found: dict[str, dict[str, Any]] = {}
    for number, payload in enumerate(payloads):
        family = next((name for name in payload if name.endswith("_events")), str(number))
        first = found.setdefault(family, payload)
        if first is not payload:
            first[family] = first[family] + payload[family]
            if "users" in payload:
                first["users"] = first["users"] | payload["users"]
    return list(found.values())


def queue(
    store: Store, keys: AppKeys, payload: Mapping[str, Any], signature: Signature = "right"
) -> None:
    body = wire_bytes(payload)
    courier.queue(store, body, signed_headers(keys.consumer_secret, body, signature))


def _activities(store: Store, webhook: Webhook, kept: Kept) -> list[dict[str, Any]]:
    naming = switches.read(store, "naming")
    return [
        activity.envelope(objects.renamed(event, naming), _uuid(event, one.id), one.tag)
        for event in kept.activity
        for one in access.subscriptions(store)
        if one.event_type == event["event_type"] and one.webhook_id == webhook.id
    ]


def _uuid(event: Mapping[str, Any], subscription_id: str) -> str:
    """Of this event for this subscription, the same when it is replayed; negative as often as
    not."""
    digest = hashlib.sha256(subscription_id.encode() + wire_bytes(event)).digest()
    return str(int.from_bytes(digest[:8], "big", signed=True))
