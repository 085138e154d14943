"""Colleagues who want to hear of a ticket that is not theirs."""

from sqlalchemy import delete

from hub.accounts.models import User
from hub.clock import now
from hub.database import insert_unless_there
from hub.extensions import db
from hub.tickets.actions import changing
from hub.tickets.models import Follower, Ticket


def follow(ticket: Ticket, user: User) -> None:
    """Tell this person from now on. Following twice is no matter."""
    with changing(ticket):  # a merge of it may let the same person follow
        values = {"ticket_id": ticket.id, "user_id": user.id, "since": now()}
        db.session.execute(insert_unless_there(Follower, db.engine.dialect, **values))


def unfollow(ticket: Ticket, user: User) -> None:
    """Tell this person no longer. Who does not follow stays so."""
    db.session.execute(
        delete(Follower).where(Follower.ticket_id == ticket.id, Follower.user_id == user.id)
    )
    db.session.commit()
