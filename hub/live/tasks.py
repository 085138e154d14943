"""What a worker does for open pages."""

from datetime import timedelta

from hub.live import actions
from hub.queue import periodic


@periodic(timedelta(seconds=30))
def forget_who_left() -> None:
    """Presence is no history: remove what is over."""
    actions.forget_who_left()
