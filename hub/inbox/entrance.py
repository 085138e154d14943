"""Who asks, and for which ticket: the first lines of the agents' views."""

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from hub.accounts.models import User
from hub.inbox import queries
from hub.tickets import queries as tickets
from hub.tickets.models import Ticket


def me() -> User:
    """The person who is signed in."""
    user: User = current_user._get_current_object()
    return user


def ticket_to_work_on(reference: str) -> Ticket:
    """The ticket with this reference. 404 when this person may not see it, 403 when they may only
    read it."""
    found = queries.ticket(me(), reference) or abort(404)
    if not tickets.works_on(me(), found):
        abort(403)
    return found


def back_to(ticket: Ticket, place: str | None = None) -> ResponseReturnValue:
    """To the ticket's page, at what was changed."""
    return redirect(url_for("inbox.ticket", reference=ticket.reference, _anchor=place), 303)
