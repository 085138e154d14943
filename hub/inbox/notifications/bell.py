"""The bell on top of the agents' pages."""

from typing import Any

from flask_login import current_user

from hub.inbox.notifications import queries


class Bell:
    """How much is `unread`. Where the page does not know, the database is asked when it shows the
    bell: an error page must not need it."""

    def __init__(self, unread: int | None = None) -> None:
        self._unread = unread

    @property
    def unread(self) -> int:
        if self._unread is None:
            self._unread = queries.unread(current_user)
        return self._unread

    @property
    def shown(self) -> str:
        """As the page says it."""
        return (
            f"{queries.MOST_COUNTED - 1}+"
            if self.unread == queries.MOST_COUNTED
            else str(self.unread)
        )


def add_bell() -> dict[str, Any]:
    """A context processor."""
    return {"bell": Bell()}
