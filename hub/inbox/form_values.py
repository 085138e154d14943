"""What the agents' forms hold."""

from flask import request


def typed(name: str) -> str:
    """What a field holds. PostgreSQL keeps no NUL in texts, and no keyboard has one."""
    return request.form.get(name, "").replace("\x00", "")
