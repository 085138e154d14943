"""For which ticket somebody asks: the first lines of the agents' views.

Those who work on a ticket may do everything to it. Those who are only asked about it (a
consultation) read it and write notes: its department answers the citizen.
"""

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import Forbidden

from hub.accounts.session import me
from hub.inbox import queries
from hub.tickets import queries as tickets
from hub.tickets.models import Ticket


class OnlyAsked(Forbidden):
    """The person is asked about the ticket, and does not work on it."""


def ticket_to_read(reference: str) -> Ticket:
    """The ticket with this reference. 404 when this person may not see it."""
    return queries.ticket(me(), reference) or abort(404)


def ticket_to_work_on(reference: str) -> Ticket:
    """The same, for those who answer and change it. Raises OnlyAsked (403) when this person may
    only read it."""
    found = ticket_to_read(reference)
    if not tickets.works_on(me(), found):
        raise OnlyAsked(why_not())
    return found


def why_not() -> str:
    """What is said to those who are only asked."""
    return str(_("You are asked about this ticket: its department answers the citizen."))


def back_to(ticket: Ticket, place: str | None = None) -> ResponseReturnValue:
    """To the ticket's page, at what was changed."""
    return redirect(url_for("inbox.ticket", reference=ticket.reference, _anchor=place), 303)
