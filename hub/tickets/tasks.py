"""What a worker does for tickets."""

from hub.queue import patient_task, ring, sweeper
from hub.tickets import planning


@patient_task
def wake_tickets(ticket_id: int) -> None:
    """Bring back a handful of the tickets whose time has come: the ring says that there is one,
    and not which is next."""
    if planning.wake_due():
        ring("wake_tickets", ticket_id)


@sweeper
def ring_for_sleepers() -> None:
    """Find tickets that were put aside until now."""
    if found := planning.due():
        ring("wake_tickets", found[0])
