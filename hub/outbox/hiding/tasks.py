"""What a worker does for messages that are to be hidden."""

from hub.outbox.hiding import actions
from hub.queue import ring, sweeper, urgent_task


@urgent_task
def hide_message(wish_id: int) -> None:
    """Ask a platform to hide one message, or to show it again."""
    actions.carry_out(wish_id)


@sweeper
def ring_for_due() -> None:
    """Find wishes that no ring has brought to a worker, and those whose worker died."""
    for wish_id in actions.due():
        ring("hide_message", wish_id)
