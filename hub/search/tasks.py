"""What a worker does for the search."""

from datetime import timedelta

from hub import queue
from hub.queue import ring, sweeper, task
from hub.search import actions

#: One worker indexes at a time, for so long; then others come first, and it goes on.
ONE_GO = timedelta(seconds=1)
#: Of a worker that died, the next takes the turn over after so long.
LEASE = timedelta(seconds=60)
TURN = "hub.search.index"


@sweeper
def ring_for_changed() -> None:
    """Find out whether tickets have changed since they were indexed."""
    if actions.is_due():
        ring("index_tickets", 0)


@task
def index_tickets(_row_id: int) -> None:
    """Index what has changed: the ring says that something did, and not what."""
    if not queue.is_our_turn(TURN, LEASE):
        return
    try:
        is_more_left = actions.index_due(ONE_GO)
    finally:
        queue.end_turn(TURN)
    if is_more_left:
        ring("index_tickets", 0)
