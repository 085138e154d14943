"""How X writes and signs what it delivers."""

import hmac
import json
from base64 import b64encode
from hashlib import sha256
from typing import Any

SECRET = "x-consumer-secret-FOR-TESTS-0123456789"


def as_x_writes(value: Any) -> bytes:
    """JSON without spaces, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    mac = hmac.new(secret.encode(), body, sha256).digest()
    return {"X-Twitter-Webhooks-Signature": f"sha256={b64encode(mac).decode()}"}
