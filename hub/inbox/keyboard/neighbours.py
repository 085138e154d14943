"""The tickets beside a ticket, in the list that a person works through."""

from flask import session

from hub.accounts.models import User
from hub.inbox import lists
from hub.inbox.addresses import last_selection
from hub.inbox.contents import ORDERS
from hub.inbox.selection import Position, Selection
from hub.tickets.models import Ticket


def remember(ticket: Ticket) -> None:
    """Keep where a ticket stands in the list before anything is done to it: a ticket that was
    answered or closed may be in it no longer, and the one that followed is still the next."""
    if place := _place(ticket, last_selection()):
        session["place"] = [ticket.id, str(place)]


def beside(user: User, ticket: Ticket, *, backwards: bool) -> Ticket | None:
    """The ticket that follows in the list, or that comes before; None at its end. Of a ticket that
    was in no list, the first one follows."""
    selection = last_selection()
    place = _remembered(ticket) or _place(ticket, selection)
    if place is None and backwards:
        return None
    return lists.beside(user, selection, place, without=ticket, backwards=backwards)


def _place(ticket: Ticket, selection: Selection) -> Position | None:
    return ORDERS[selection.view].position(ticket)


def _remembered(ticket: Ticket) -> Position | None:
    ticket_id, place = session.get("place", (None, ""))
    return Position.parse(place) if ticket_id == ticket.id else None
