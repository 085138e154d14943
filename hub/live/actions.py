"""Noting who is at work on which ticket. No line of history, no lock of the ticket: a page says so
three times a minute, and two hundred pages are ten such statements a second."""

from datetime import timedelta

from sqlalchemy import delete, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from hub.accounts.models import User
from hub.clock import UtcDateTime, now
from hub.extensions import db
from hub.live.models import Presence
from hub.tickets import queries as tickets
from hub.tickets import references
from hub.tickets.models import Ticket

#: A page that says nothing for so long is taken to be gone. It speaks every twenty seconds
#: (js/inbox/presence.js), so one word may be lost.
SILENCE = timedelta(seconds=45)
#: After that time nothing says any more that somebody was there.
KEPT = timedelta(minutes=1)


def note_presence(
    user: User, reference: str, page: str, *, writing: bool = False, leaves: bool = False
) -> bool:
    """Note that this page of a person shows the ticket, or that they leave it. One statement and a
    commit. False where there is no such ticket that they may see."""
    instant = now()
    table = sqlite if db.engine.dialect.name == "sqlite" else postgresql
    spoken = {
        "seen_at": literal(instant, UtcDateTime),
        "until": literal(instant if leaves else instant + SILENCE, UtcDateTime),
        "writing": literal(writing and not leaves),
    }
    row = select(literal(user.id), literal(page), Ticket.id, *spoken.values()).where(
        Ticket.id == references.number(reference), tickets.visible_to(user)
    )
    insert = table.insert(Presence).from_select(["user_id", "page", "ticket_id", *spoken], row)
    noted = db.session.scalar(
        insert.on_conflict_do_update(
            index_elements=["user_id", "page"],
            set_={name: insert.excluded[name] for name in ("ticket_id", *spoken)},
        ).returning(Presence.ticket_id)
    )
    db.session.commit()
    return noted is not None


def forget_who_left() -> None:
    """Remove the pages that have been silent for longer than KEPT."""
    db.session.execute(delete(Presence).where(Presence.seen_at < now() - KEPT))
    db.session.commit()
