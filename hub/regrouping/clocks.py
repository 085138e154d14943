"""How tickets stand before and after they were regrouped, and which wait counts.

A merged matter counts once, with the longer of the two waits: merging never makes a response time
shorter. A split matter counts twice, each ticket from the time of its own messages.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from hub.clock import now
from hub.extensions import db
from hub.tickets import queries
from hub.tickets.actions import set_nobody_asked, set_reopened, settle_clocks
from hub.tickets.models import Direction, Message, State, Ticket

#: Longer than anybody waited: no answer yet.
UNANSWERED = timedelta.max


def standing(ticket: Ticket) -> dict[str, Any]:
    """What is to be known to bring the ticket back to how it stands now."""
    return {
        "state": str(ticket.state),
        "closed_at": ticket.closed_at.isoformat() if ticket.closed_at else None,
        "received_at": ticket.received_at.isoformat(),
    }


def settle_merged(target: Ticket, source_standing: dict[str, Any], *, waits: bool) -> None:
    """After the messages of another ticket came in. `waits`: one of those had no answer."""
    came_at = _instant(source_standing["received_at"])
    target.received_at = max(
        sorted({target.received_at, came_at}), key=lambda since: _wait(target, since)
    )
    if target.state == State.CLOSED and waits:
        set_reopened(target)
    if target.state == State.NEW and source_standing["state"] != State.NEW:
        target.state = State.OPEN
    settle_clocks(target)
    _wake(target)


def settle_split(source: Ticket, made: Ticket) -> None:
    """After some messages went from one to the other: each has the time of its own first one."""
    for ticket in (source, made):
        ticket.received_at = _first_written_at(ticket)
        settle_clocks(ticket)
    made.state = State.OPEN if made.waiting_since else State.WAITING
    _wake(source)


def restore(ticket: Ticket, before: dict[str, Any], after: dict[str, Any], since: int) -> None:
    """Bring a ticket back to how it stood, as far as nothing has happened to it since: neither a
    message of the citizen (with an id above `since`) nor a change of its state."""
    came_at = _first_written_at(ticket, above=since)
    unchanged = {**standing(ticket), "received_at": after["received_at"]} == after
    if unchanged:
        ticket.state = State(before["state"])
        ticket.closed_at = _instant(before["closed_at"]) if before["closed_at"] else None
    if came_at and ticket.state == State.CLOSED and unchanged:
        set_reopened(ticket)
    received_at = _instant(before["received_at"])
    ticket.received_at = min(received_at, came_at) if came_at else received_at
    settle_clocks(ticket)
    _wake(ticket)


def fold(ticket: Ticket) -> None:
    """Close a ticket whose messages are in another one now."""
    ticket.state = State.CLOSED
    ticket.closed_at = now()
    settle_clocks(ticket)
    set_nobody_asked(ticket, by=None)


def _wait(ticket: Ticket, since: datetime) -> timedelta:
    ticket.received_at = since
    db.session.flush()
    answered_at = queries.first_answer_at(ticket)
    return answered_at - since if answered_at else UNANSWERED


def _first_written_at(ticket: Ticket, above: int = 0) -> Any:
    """When the citizen wrote the first of the ticket's messages with a higher id."""
    db.session.flush()
    first = select(func.min(Message.posted_at)).where(
        Message.ticket_id == ticket.id, Message.direction == Direction.IN, Message.id > above
    )
    return db.session.scalar(first)


def _wake(ticket: Ticket) -> None:
    if ticket.state == State.WAITING and ticket.waiting_since:
        ticket.state = State.OPEN


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
