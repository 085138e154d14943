"""Meta's signatures: HMAC-SHA256 keyed with the app secret, in lower-case hexadecimal."""

import hmac
from collections.abc import Iterable, Mapping
from hashlib import sha256

from hub.channels.base import BadHandshake, BadSignature

HEADER = "x-hub-signature-256"


def verify_delivery(secrets: Iterable[str], headers: Mapping[str, str], body: bytes) -> None:
    """Check X-Hub-Signature-256 over the raw bytes. Raises BadSignature.

    The bytes must be those of the wire: Meta signs its JSON with `\\u00e9` and `\\/` escapes,
    and any other writing of the same JSON has another signature. The older X-Hub-Signature
    (SHA-1) is not accepted.
    """
    given = next((value for name, value in headers.items() if name.lower() == HEADER), "")
    # Every secret is compared, so that the time taken does not tell which one matched.
    genuine = [_same(f"sha256={_mac(secret, body)}", given) for secret in secrets]
    if not any(genuine):
        raise BadSignature("no signature" if not given else "the signature is not ours")


def answer_handshake(verify_token: str, query: Mapping[str, str]) -> str:
    """The challenge to send back when Meta registers our address. Raises BadHandshake."""
    challenge = query.get("hub.challenge", "")
    if not verify_token or not challenge or query.get("hub.mode") != "subscribe":
        raise BadHandshake("not a subscription, or no FACEBOOK_VERIFY_TOKEN is set")
    if not _same(verify_token, query.get("hub.verify_token", "")):
        raise BadHandshake("the verify token is not ours")
    return challenge


def app_secret_proof(secret: str, token: str) -> str:
    """The `appsecret_proof` that goes with an access token."""
    return _mac(secret, token.encode())


def _mac(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, sha256).hexdigest()


def _same(ours: str, given: str) -> bool:
    return hmac.compare_digest(ours.encode(), given.encode("utf-8", "replace"))
