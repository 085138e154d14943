"""What a worker does for drafts."""

from datetime import timedelta

import structlog

from hub.inbox.drafts import actions, queries
from hub.queue import periodic, ring, task

log = structlog.get_logger()


@task
def return_to_author(message_id: int) -> None:
    """Give an answer that was held back to its author again."""
    actions.return_to_author(message_id)


@periodic(timedelta(minutes=1))
def ring_for_held_back() -> None:
    """Find those that no ring has brought back."""
    for message_id in queries.held_back():
        ring("return_to_author", message_id)


@periodic(timedelta(hours=12))
def forget_old() -> None:
    """Remove drafts that nobody has touched for a month. Their authors see how old each one is in
    their list of drafts, and are not told once more."""
    if removed := actions.forget_old():
        log.info("old drafts removed", count=removed)
