"""Passwords: argon2id at the library's current advice (RFC 9106, low-memory profile)."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

#: NIST SP 800-63B asks for 8 where guessing is slowed down, as it is in actions.sign_in.
SHORTEST = 8

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
