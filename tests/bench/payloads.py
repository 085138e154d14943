"""Deliveries as Facebook and X sign them, made before a measurement so that it does not pay for
them. Each is from another citizen, so each opens a ticket: the longest way there is.
"""

import hmac
import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import count, cycle
from typing import Any

PAGE_ID = "104000000000001"
X_ID = "1710000000000000001"
X_HANDLE = "RegionExemple"
FACEBOOK_SECRET = "0123456789abcdef0123456789abcdef"
X_SECRET = "x-consumer-secret-of-the-bench-0123456789"
TEXTS = (
    "Bonjour, le car de la ligne 214 ne passe plus à Kerbonne depuis lundi, est-ce normal ?",
    "Bonjour, où en est mon dossier de bourse ? Je n’ai plus de nouvelles depuis un mois.",
    "La cantine du lycée est fermée toute la semaine, qui rembourse les repas ?",
    "Bonsoir, la fibre devait arriver en juin dans notre rue. Avez-vous une date ?",
    "Merci pour la véloroute, elle est superbe, mais il manque un panneau après le pont.",
)

#: Starts elsewhere in each run, so that a database that is used again sees no repetition.
_numbers = count(int(time.time()) % 10_000_000 * 100_000)


def facebook(most: int) -> Iterator[bytes]:
    """Requests of Facebook, whole: comments and Messenger in turn."""
    return _requests(most, (_comment, _messenger))


def x(most: int) -> Iterator[bytes]:
    """Requests of X, whole: mentions."""
    return _requests(most, (_mention,))


def mixed(most: int) -> Iterator[bytes]:
    """Requests of both, in turn."""
    return _requests(most, (_comment, _mention, _messenger, _mention))


def _requests(most: int, kinds: tuple[Callable[[int, str], bytes], ...]) -> Iterator[bytes]:
    for _number, kind, text in zip(range(most), cycle(kinds), cycle(TEXTS), strict=False):
        yield kind(next(_numbers), text)


def _comment(number: int, text: str) -> bytes:
    post = f"122200000000{number % 10:03}"
    value = {
        "from": {"id": f"25{number:015}", "name": f"Citoyenne {number}"},
        "message": text,
        "post_id": f"{PAGE_ID}_{post}",
        "comment_id": f"{post}_88{number:013}",
        "parent_id": f"{PAGE_ID}_{post}",
        "created_time": int(time.time()),
        "item": "comment",
        "verb": "add",
    }
    return _from_facebook({"changes": [{"field": "feed", "value": value}]})


def _messenger(number: int, text: str) -> bytes:
    item = {
        "sender": {"id": f"25{number:015}"},
        "recipient": {"id": PAGE_ID},
        "timestamp": int(time.time() * 1000),
        "message": {"mid": f"m_{number}", "text": text},
    }
    return _from_facebook({"messaging": [item]})


def _from_facebook(item: dict[str, Any]) -> bytes:
    entry = {"id": PAGE_ID, "time": int(time.time()), **item}
    body = json.dumps({"object": "page", "entry": [entry]}, separators=(",", ":"))
    signed = hmac.new(FACEBOOK_SECRET.encode(), body.encode(), sha256).hexdigest()
    return post("/hooks/facebook", body.encode(), f"X-Hub-Signature-256: sha256={signed}")


def _mention(number: int, text: str) -> bytes:
    said = f"@{X_HANDLE} {text}"
    tweet = {
        "created_at": time.strftime("%a %b %d %H:%M:%S +0000 %Y", time.gmtime()),
        "id_str": f"21{number:017}",
        "text": said,
        "display_text_range": [0, len(said)],
        "truncated": False,
        "user": {
            "id_str": f"18{number:017}",
            "name": "Solenn",
            "screen_name": f"s{number % 10**9}",
        },
        "entities": {"urls": [], "user_mentions": [{"id_str": X_ID, "screen_name": X_HANDLE}]},
        "timestamp_ms": str(int(time.time() * 1000)),
    }
    value = {"for_user_id": X_ID, "user_has_blocked": False, "tweet_create_events": [tweet]}
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    signed = b64encode(hmac.new(X_SECRET.encode(), body, sha256).digest()).decode()
    return post("/hooks/twitter", body, f"X-Twitter-Webhooks-Signature: sha256={signed}")


def post(path: str, body: bytes, *headers: str, media_type: str = "application/json") -> bytes:
    """A whole request that posts `body`."""
    lines = (
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        f"Content-Type: {media_type}",
        f"Content-Length: {len(body)}",
        *headers,
    )
    return "\r\n".join((*lines, "", "")).encode() + body


def get(path: str, *headers: str) -> bytes:
    """A whole request for a page."""
    return "\r\n".join((f"GET {path} HTTP/1.1", "Host: localhost", *headers, "", "")).encode()


def body_of(request: bytes) -> bytes:
    """What a request carries."""
    return request.partition(b"\r\n\r\n")[2]
