"""Short marks of what is shown: two things with the same mark look the same."""

import hashlib
from typing import Any


def digest(*values: Any) -> str:
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]
