"""Reading what a page of results shows. Each function issues one statement."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import func, select

from hub.extensions import db
from hub.tickets.models import Message

#: So many of a ticket's last messages, and characters of each, are looked through for an excerpt.
MESSAGES, CHARACTERS = 20, 4000


def texts(ticket_ids: Sequence[int]) -> dict[int, list[str]]:
    """Ticket id -> what was said in it, the last first."""
    last_first = (
        func.row_number()
        .over(
            partition_by=Message.ticket_id,
            order_by=(Message.posted_at.desc(), Message.id.desc()),
        )
        .label("number")
    )
    said = (
        select(
            Message.ticket_id, func.substr(Message.text, 1, CHARACTERS).label("text"), last_first
        )
        .where(Message.ticket_id.in_(ticket_ids), Message.deleted_at.is_(None))
        .subquery()
    )
    query = select(said.c.ticket_id, said.c.text).where(said.c.number <= MESSAGES)
    found: dict[int, list[str]] = defaultdict(list)
    for ticket_id, text in db.session.execute(query.order_by(said.c.ticket_id, said.c.number)):
        found[ticket_id].append(text)
    return found
