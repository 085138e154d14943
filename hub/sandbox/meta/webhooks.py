"""How Meta's deliveries leave: the bytes, their signature, and when a failed one is tried again."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal

from hub.sandbox.store import Store
from hub.sandbox.values import Delivery

Signature = Literal["both", "sha1", "wrong"]

#: Messenger waits five seconds for an answer (Messenger Platform, Webhooks).
ANSWER_WITHIN = 5
#: After one hour of failures Messenger stops and the page must be subscribed again.
SWITCH_OFF_AFTER = timedelta(hours=1)
_FIRST_DELAY = timedelta(seconds=1)
_LONGEST_DELAY = timedelta(minutes=5)


def wire_bytes(payload: Mapping[str, Any]) -> bytes:
    """A payload as Meta writes it: compact, non-ASCII and slashes escaped. The signature covers
    exactly these bytes."""
    text = json.dumps(payload, ensure_ascii=True, separators=(",", ":"))
    return text.replace("/", "\\/").encode("ascii")


def envelope(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"object": "page", "entry": list(entries)}


def signed_headers(secret: str, body: bytes, signature: Signature = "both") -> dict[str, str]:
    """The headers of a delivery. "sha1" leaves the modern signature out, "wrong" spoils it."""
    headers = {"Content-Type": "application/json", "User-Agent": "facebookexternalua"}
    headers["X-Hub-Signature"] = f"sha1={_mac(secret, body, 'sha1')}"
    if signature == "both":
        headers["X-Hub-Signature-256"] = f"sha256={_mac(secret, body, 'sha256')}"
    if signature == "wrong":
        headers["X-Hub-Signature-256"] = f"sha256={_mac(secret + '?', body, 'sha256')}"
    return headers


def retry(store: Store, delivery: Delivery) -> timedelta | None:
    """With growing delay, for one hour; then the page tells nothing any more."""
    if store.now() - delivery.created_at >= SWITCH_OFF_AFTER:
        store.set("page_fields", [])
        return None
    return min(_FIRST_DELAY * 2 ** min(delivery.attempts, 20), _LONGEST_DELAY)


def _mac(secret: str, body: bytes, digest: str) -> str:
    return hmac.new(secret.encode(), body, getattr(hashlib, digest)).hexdigest()
