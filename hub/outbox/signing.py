"""Who answers, as the law asks: first name, surname, role and service stand under what an agent
writes to a citizen (CRPA, article L111-2). The same article lets a person keep their name back
where their safety needs it; then a number stands in its place, by which the council knows who it
was.
"""

from datetime import timedelta
from typing import Final

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import exists, select

from hub.accounts.languages import DEFAULT
from hub.accounts.models import User
from hub.channels import registry
from hub.clock import now
from hub.extensions import db
from hub.tickets.models import NEVER_LEFT, Direction, Message, Ticket

#: For so long a conversation knows who answers in it: what follows may go without a signature.
KNOWN_FOR: Final = timedelta(days=1)


def signature(user: User, ticket: Ticket) -> str:
    """What stands under an answer by this person: "Claire Morvan, chargée d'accueil". Nothing where
    the channel prints it by itself (`Channel.signs`)."""
    try:
        if registry.channel(ticket.channel).signs:
            return ""
    except KeyError:  # switched off: nothing leaves
        return ""
    return full_name(user, ticket)


def full_name(user: User, ticket: Ticket) -> str:
    """The person with their role and service; with the ticket's department where none is noted."""
    return f"{public_name(user)}, {public_title(user, ticket)}"


def public_name(user: User) -> str:
    """By which name citizens know this person: their own, or a number where it is kept back; in
    French, as official answers are (CRPA L111-1)."""
    if not user.anonymous:
        return user.name
    with force_locale(DEFAULT):
        return str(_("Agent No. %(number)s", number=user.id))


def public_title(user: User, ticket: Ticket) -> str:
    """Their role and service. Of a person who is not named the department alone is told: their role
    might name them."""
    return ticket.department.name if user.anonymous else user.title or ticket.department.name


def may_be_left_out(user: User, ticket: Ticket) -> bool:
    """Has this person signed an answer in this conversation within the day?"""
    signed = exists().where(
        Message.ticket_id == ticket.id,
        Message.direction == Direction.OUT,
        Message.user_id == user.id,
        Message.signature != "",
        Message.posted_at > now() - KNOWN_FOR,
        Message.delivery.not_in(NEVER_LEFT),
    )
    return bool(db.session.scalar(select(signed)))
