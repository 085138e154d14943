"""What the hub guessed and a person knows better."""

from sqlalchemy import update

from hub.accounts.models import User
from hub.extensions import db
from hub.tickets.actions import changing
from hub.tickets.history import record
from hub.tickets.models import Direction, EventKind, Message, Ticket


def correct_language(ticket: Ticket, code: str, *, by: User | None) -> None:
    """Say what its citizen writes in: one of languages.LANGUAGES. It is then so of all that they
    have written, which screen readers will speak accordingly. The same again is no matter."""
    with changing(ticket):
        if ticket.language == code:
            return
        ticket.language = code
        theirs = (Message.ticket_id == ticket.id, Message.direction == Direction.IN)
        db.session.execute(update(Message).where(*theirs).values(language=code))
        record(ticket, EventKind.LANGUAGE, user_id=by.id if by else None, code=code)
