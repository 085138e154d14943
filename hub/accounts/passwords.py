"""Passwords: argon2id at the library's current advice (RFC 9106, low-memory profile)."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

#: NIST SP 800-63B asks for 8 where guessing is slowed down, as it is in actions.sign_in.
SHORTEST = 8

#: Letters and digits that nobody takes for one another when they are read aloud or copied.
_CLEAR = "abcdefghjkmnpqrstuvwxyz23456789"

_hasher = PasswordHasher()
#: Checked when there is no such person, so that an unknown e-mail takes as long as a known one.
_nobody = _hasher.hash("nobody has this password")


def hashed(password: str) -> str:
    """The hash to store."""
    return _hasher.hash(password)


def matches(password: str, stored: str) -> bool:
    """Is this the password? An empty `stored` (nobody may sign in) takes the same time."""
    try:
        return _hasher.verify(stored or _nobody, password) and bool(stored)
    except (VerifyMismatchError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Was it hashed with weaker parameters than today's?"""
    return _hasher.check_needs_rehash(stored)


def generated() -> str:
    """A password for somebody to copy once: 16 clear characters in groups, 79 random bits."""
    groups = ("".join(secrets.choice(_CLEAR) for _ in range(4)) for _ in range(4))
    return "-".join(groups)
