"""What citizens are told about their ticket, in plain words."""

from dataclasses import dataclass

from flask import current_app
from flask_babel import gettext as _
from flask_babel import pgettext

from hub.formats import day, exact
from hub.tickets import codes
from hub.tickets.models import Message, State, Ticket


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a ticket stands: a heading and a sentence."""

    title: str
    text: str


def service(ticket: Ticket) -> str:
    """Who has the ticket: the department, when citizens know it from the form, else the council."""
    if ticket.department.subject:
        return ticket.department.name
    name: str = current_app.config["HUB"].organisation_name
    return name


def receipt(ticket: Ticket) -> str:
    """What confirms that a message arrived: date of receipt, reference, service."""
    return "\n\n".join(
        (
            _(
                "We received your message on %(when)s. Its reference is %(reference)s.",
                when=exact(ticket.opened_at),
                reference=ticket.reference,
            ),
            _("The service in charge of it is: %(service)s.", service=service(ticket)),
            _("You need not write again: you will be told as soon as there is an answer."),
        )
    )


def said(message: Message) -> str:
    """What a message says on the page. A code that went by e-mail is not shown here as well: who
    sent the form may have given somebody else's address, and the code proves whose it is."""
    return message.text if message.target.get("email") else codes.spoken(message)


def standing(ticket: Ticket) -> Standing:
    """Where the ticket stands now."""
    match ticket.state:
        case State.NEW:
            return Standing(
                pgettext("standing", "Received"),
                _("Your message arrived. %(service)s will read it.", service=service(ticket)),
            )
        case State.WAITING:
            return Standing(
                pgettext("standing", "Answered"),
                _("%(service)s answered you. You can write again.", service=service(ticket)),
            )
        case State.CLOSED:
            return Standing(pgettext("standing", "Closed"), _closed(ticket))
        case _:
            return Standing(
                pgettext("standing", "In progress"),
                _("%(service)s is working on your message.", service=service(ticket)),
            )


def _closed(ticket: Ticket) -> str:
    if ticket.closed_at is None:
        return str(_("This matter is closed. You can still write again."))
    return str(
        _(
            "This matter was closed on %(day)s. You can still write again.",
            day=day(ticket.closed_at),
        )
    )
