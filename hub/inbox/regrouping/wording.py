"""What agents are told of regrouped tickets."""

from flask_babel import gettext as _

from hub.regrouping.models import Kind, LinkKind, Regrouping, TicketLink
from hub.regrouping.refusals import (
    BeingSent,
    CannotRegroup,
    FoldedAlready,
    NothingLeft,
    NotThere,
    OtherPerson,
    OtherPlace,
    SameTicket,
    StandsBelow,
    UndoneAlready,
)
from hub.tickets.models import Ticket


def refusal(problem: CannotRegroup) -> str:
    """Why it cannot be done, and what can."""
    return {
        SameTicket: _("This is the ticket itself. Choose another one."),
        OtherPerson: _(
            "This ticket is another person's. Link the two people first, if they are one."
        ),
        OtherPlace: _(
            "The two came by different channels, and an answer goes back where the citizen wrote. "
            "Link them instead of merging them."
        ),
        FoldedAlready: _("The messages of this ticket are in another one already."),
        BeingSent: _("An answer is being sent in this instant. Try again in a moment."),
        NothingLeft: _("Choose at least one message of the citizen, and leave one in this ticket."),
        NotThere: _("Some of these messages are not in this ticket any more. Choose again."),
        UndoneAlready: _("A colleague has undone it already."),
        StandsBelow: _("What was merged or split later stands on it. Undo that first."),
    }[type(problem)]


def of_regrouping(done: Regrouping, ticket: Ticket) -> str:
    """What it is to this ticket; the other one's reference follows."""
    is_source = done.from_ticket_id == ticket.id
    if done.kind == Kind.MERGE:
        return _("Merged into") if is_source else _("Has the messages of")
    return _("Split off into") if is_source else _("Split off from")


def of_link(link: TicketLink) -> str:
    return _("Duplicate of") if link.kind == LinkKind.DUPLICATE else _("Related to")
