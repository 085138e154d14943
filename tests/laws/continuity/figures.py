"""What a torture amounted to, in lines that a person reads."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub.intake.models import Delivery, Gap
from hub.tickets.models import DeliveryStatus, Direction, Event, EventKind, Message, Ticket
from tests.laws.continuity import truth
from tests.laws.continuity.citizens import Citizens
from tests.laws.continuity.tool import Tool


def lines(citizens: Citizens, tool: Tool, session: Session, counts: Counter[str]) -> Iterator[str]:
    """The figures of the whole run."""
    written, answered = truth.written(citizens), truth.answered(citizens)
    tickets, deliveries, gaps = (
        session.scalar(select(func.count()).select_from(table)) for table in (Ticket, Delivery, Gap)
    )
    yield f"in: {len(written)} messages of citizens; {deliveries} deliveries, {tickets} tickets"
    parts = sum(len(answer.keys) for answer in answered)
    yield f"out: {len(tool.accepted)} answers taken, {len(answered)} there in {parts} parts"
    states = session.execute(
        select(Message.delivery, func.count())
        .where(Message.direction == Direction.OUT)
        .group_by(Message.delivery)
    )
    yield f"shown: {', '.join(f'{number} {state}' for state, number in states)}"
    yield f"of unknown fate: {_unknowns(session)}; gaps: {gaps}"
    for name, number in sorted(counts.items()):
        yield f"  {number:5} {name}"


def _unknowns(session: Session) -> str:
    """How the messages ended that were of unknown fate at some time."""
    told = session.scalars(select(Event).where(Event.kind == EventKind.DELIVERY))
    ids = {one.message_id for one in told if one.data.get("status") == DeliveryStatus.UNKNOWN}
    ends = Counter(
        "resent" if message.resent else str(message.delivery)
        for message in session.scalars(select(Message).where(Message.id.in_(ids)))
    )
    found = ", ".join(f"{number} {end}" for end, number in sorted(ends.items()))
    return f"{len(ids)} ({found})"
