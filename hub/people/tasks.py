"""What a worker does about people."""

from hub.people import codes
from hub.queue import ring, sweeper, task


@task
def identify_person(code_id: int) -> None:
    """Link the two people of a code that was told."""
    codes.identify(code_id)


@sweeper
def ring_for_told_codes() -> None:
    """Find codes that were told and that no ring has brought to a worker."""
    for code_id in codes.due():
        ring("identify_person", code_id)
