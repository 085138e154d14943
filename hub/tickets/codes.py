"""Codes that prove that two identities are one person's.

A code is kept nowhere. The message that carries it holds a mask in its place, and a random value
(`details["code"]`) from which, with SECRET_KEY, the code is computed when the message is said or
shown to its citizen. So whoever reads the thread, the API, the search or a backup reads the mask;
an agent who knew the code could not learn anything from somebody telling it.
"""

import hashlib
import hmac
import secrets

from flask import current_app

from hub.tickets.models import Message, Part

MASK = "••••••"
KEY = "code"
DIGITS = 6


def new_seed() -> str:
    """What a new code is computed from."""
    return secrets.token_hex(16)


def code_of(seed: str) -> str:
    """Six digits, the same ones for the same seed while SECRET_KEY stays. Never log it."""
    number = int.from_bytes(_keyed(b"identity code", seed)[:8], "big")
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def digest(seed: str, code: str) -> bytes:
    """A keyed hash of a code, to compare what somebody tells with."""
    return _keyed(b"identity code digest", f"{seed}:{code}")


def spoken(message: Message, said: Message | Part | None = None) -> str:
    """The text of a message (or of a part of it) as its citizen reads it."""
    text = said.text if isinstance(said, Part) else message.whole_text
    seed = (message.details or {}).get(KEY)
    return text.replace(MASK, code_of(seed)) if seed else text


def carries_code(message: Message) -> bool:
    return KEY in (message.details or {})


def _keyed(purpose: bytes, text: str) -> bytes:
    secret: str = current_app.config["HUB"].secret_key
    key = hmac.new(secret.encode(), purpose, hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
