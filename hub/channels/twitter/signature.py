"""X's signatures: HMAC-SHA256 keyed with the app's consumer secret, in base64."""

import hmac
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256

from hub.channels.base import BadHandshake, BadSignature

HEADER = "x-twitter-webhooks-signature"
#: A challenge is answered with what would also be the signature of a delivery with the same
#: bytes: whoever could have any text answered could sign a delivery of his own. What X asks is
#: one short word, which no JSON object can be.
CHALLENGE = re.compile(r"[A-Za-z0-9._~+/=-]{1,200}")


def verify_delivery(secrets: Iterable[str], headers: Mapping[str, str], body: bytes) -> None:
    """Check x-twitter-webhooks-signature over the raw bytes. Raises BadSignature.

    The signature covers the body alone: an old delivery can be sent again, and only the ids in it
    tell.
    """
    given = next((value for name, value in headers.items() if name.lower() == HEADER), "")
    # Every secret is compared, so that the time taken does not tell which one matched.
    genuine = [_same(_signature(secret, body), given) for secret in secrets]
    if not any(genuine):
        raise BadSignature("no signature" if not given else "the signature is not ours")


def answer_challenge(secret: str, query: Mapping[str, str]) -> str:
    """The JSON to answer X's `crc_token` with: X asks when a webhook is registered, and many times
    a day afterwards. Raises BadHandshake."""
    token = query.get("crc_token", "")
    if not secret:
        raise BadHandshake("no TWITTER_CONSUMER_SECRET is set")
    if not CHALLENGE.fullmatch(token):
        raise BadHandshake("the request brings no crc_token such as X sends")
    answer = {"response_token": _signature(secret, token.encode())}
    return json.dumps(answer, separators=(",", ":"))


def _signature(secret: str, message: bytes) -> str:
    return "sha256=" + b64encode(hmac.new(secret.encode(), message, sha256).digest()).decode()


def _same(ours: str, given: str) -> bool:
    return hmac.compare_digest(ours.encode(), given.encode("utf-8", "replace"))
