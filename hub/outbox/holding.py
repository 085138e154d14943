"""What came in while an answer was being written. Its writer did not know of it, so the answer is
held until they do."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, or_, select

from hub.accounts.models import User
from hub.extensions import db
from hub.outbox.refusals import CannotReply
from hub.tickets.history import sentence
from hub.tickets.models import (
    NEVER_LEFT,
    Direction,
    Event,
    EventKind,
    Message,
    Ticket,
)

#: Messages that whoever answers has to know of.
WORDS = (
    EventKind.RECEIVED,
    EventKind.EDITED,
    EventKind.REPLIED,
    EventKind.ANSWERED_OUTSIDE,
    EventKind.MERGED,
)
#: The ticket went into other hands.
HANDS = (EventKind.TAKEN, EventKind.ASSIGNED)
#: Whatever writes such a line holds the ticket: their numbers have the order of their commits.
HOLDING = (*WORDS, *HANDS)
#: More than anybody reads before they send; the conversation has the rest.
MOST = 20


@dataclass(frozen=True, slots=True)
class News:
    """One thing that the writer has not seen: `said` in words (the reader's), with the text of the
    message, if it is one. `by`: who did it, "" for the hub or an outside tool."""

    event_id: int
    at: datetime
    by: str
    said: str
    text: str = ""
    message_id: int | None = None


class CameMeanwhile(CannotReply):
    """Something came in since the writer last looked: `news`, oldest first. Nothing is stored. Show
    it, and reply again with `unless_since` the last of it, if the writer still wants to."""

    def __init__(self, news: list[News]) -> None:
        super().__init__("; ".join(one.said for one in news))
        self.news = tuple(news)


def refuse_unseen(ticket: Ticket, seen: int | None, *, by: User | None) -> None:
    """Raises CameMeanwhile where, after the line `seen` of its history, the citizen wrote, somebody
    else answered, or somebody else took the ticket. Ask while the ticket is locked: of two
    answers in the same instant, the second then finds the first. One statement; none for a
    writer who does not say what they have seen (None)."""
    if seen is None:
        return
    values = {"ticket_id": ticket.id, "seen": seen, "writer": by.id if by else None}
    rows = db.session.execute(_since(), values).all()
    news = [
        _news(event, message, name or "")
        for event, message, name in reversed(rows)
        if _matters(ticket, event, message, by)
    ]
    if news:
        raise CameMeanwhile(news)


@cache
def _since() -> Select[*tuple[Any, ...]]:
    return (
        select(Event, Message, User.name)
        .outerjoin(Message, Message.id == Event.message_id)
        .outerjoin(User, User.id == Event.user_id)
        .where(
            Event.ticket_id == bindparam("ticket_id"),
            Event.id > bindparam("seen"),
            Event.kind.in_(HOLDING),
            or_(Event.user_id.is_(None), Event.user_id.is_distinct_from(bindparam("writer"))),
        )
        .order_by(Event.id.desc())
        .limit(MOST)
    )


def _matters(ticket: Ticket, event: Event, message: Message | None, by: User | None) -> bool:
    if event.kind in HANDS:
        return by is not None and ticket.assignee_id not in {None, by.id}
    if message is None:
        return event.kind == EventKind.MERGED and not event.data.get("into")
    if message.direction == Direction.IN:
        return message.deleted_at is None
    return not message.automatic and message.delivery not in NEVER_LEFT


def _news(event: Event, message: Message | None, name: str) -> News:
    if message is None:
        return News(event.id, event.at, name, sentence(event))
    author = message.identity.name if message.identity else ""
    return News(event.id, event.at, name or author, sentence(event), message.text, message.id)
