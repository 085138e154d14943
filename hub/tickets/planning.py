"""When a ticket is worked on: how soon it should be, and putting it aside until an instant.

To put it aside takes it out of the lists of open work and changes nothing else: the citizen's wait
goes on, and so does the deadline.
"""

from datetime import datetime
from functools import cache

from sqlalchemy import Select, select

from hub.accounts.models import User
from hub.clock import now, present
from hub.deadlines.targets import Priority
from hub.extensions import db
from hub.plain_rows import plain_ids
from hub.tickets.actions import NotAllowedNow, changing, lock, set_waiting
from hub.tickets.history import record
from hub.tickets.models import EventKind, State, Ticket

#: How many a worker wakes at once, so that what people wait for comes in between.
HANDFUL = 25


def prioritise(ticket: Ticket, priority: Priority, *, by: User | None) -> None:
    """Say how soon it should be answered; its deadline moves. The same again is no matter."""
    with changing(ticket):
        if ticket.priority == priority:
            return
        ticket.priority = priority
        set_waiting(ticket, ticket.waiting_since)
        record(ticket, EventKind.PRIORITISED, user_id=by.id if by else None, priority=str(priority))


def snooze(ticket: Ticket, until: datetime, *, by: User | None) -> None:
    """Put it aside until that instant, which is still to come. Raises NotAllowedNow when the
    ticket is closed."""
    with changing(ticket):
        if ticket.state == State.CLOSED:
            raise NotAllowedNow
        if ticket.snoozed_until == until:
            return
        ticket.snoozed_until = until
        record(ticket, EventKind.SNOOZED, user_id=by.id if by else None, until=until.isoformat())


def wake(ticket: Ticket, *, by: User | None) -> None:
    """Bring it back into the lists now. What is awake stays so."""
    with changing(ticket):
        set_awake(ticket, by=by)


def due() -> list[int]:
    """Ids of a handful of tickets whose time has come, those that waited longest first."""
    return plain_ids(_due())


@cache
def _due() -> Select[int]:
    sleeping = select(Ticket.id).where(
        Ticket.snoozed_until.is_not(None), Ticket.snoozed_until <= present()
    )
    return sleeping.order_by(Ticket.snoozed_until).limit(HANDFUL)


def wake_due() -> bool:
    """Wake a handful of those whose time has come, each in a transaction of its own. True when
    there may be more."""
    found = due()
    db.session.rollback()
    for ticket_id in found:
        ticket = lock(ticket_id)
        if ticket.snoozed_until is not None and ticket.snoozed_until <= now():
            set_awake(ticket)
        db.session.commit()
    return len(found) == HANDFUL


# --- In the caller's transaction, on a ticket that it holds --------------------------------------


def set_awake(ticket: Ticket, *, by: User | None = None, by_citizen: bool = False) -> None:
    """Bring a ticket that was put aside back into the lists, because its time has come, because a
    person says so, or because its citizen wrote."""
    if ticket.snoozed_until is None:
        return
    ticket.snoozed_until = None
    record(ticket, EventKind.WOKEN, user_id=by.id if by else None, by_citizen=by_citizen)
