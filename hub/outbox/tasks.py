"""What a worker does for the way out."""

from hub.outbox import claiming, results, scheduling, sending
from hub.queue import ring, starter, sweeper, task, urgent_task


@urgent_task
def send_message(message_id: int) -> None:
    """Say one message on its platform."""
    sending.send(message_id)


@task
def hold_back(message_id: int) -> None:
    """Take back one answer that was put off and that somebody's words have overtaken."""
    scheduling.hold_back_overtaken(message_id)


@sweeper
def ring_for_due() -> None:
    """Find messages that no ring has brought to a worker, and those whose worker died."""
    results.give_up_on_dead_workers()
    for message_id in scheduling.overtaken():
        ring("hold_back", message_id)
    for message_id in claiming.due():
        ring("send_message", message_id)


@starter
def try_again_with_other_settings() -> None:
    """Let leave at once what waits for a ceiling to be raised or a channel to be switched on."""
    claiming.hasten_what_settings_hold()
