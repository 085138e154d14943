"""Where agents write: the ways they may choose from, and what went wrong with what they wrote."""

import secrets
from dataclasses import dataclass, field

from flask_babel import gettext as _
from flask_babel import ngettext

from hub.channels.credentials import CredentialsUnreadable
from hub.inbox import wording
from hub.outbox import actions as outbox
from hub.outbox.actions import EmptyReply, NoSuchWay, TooLong
from hub.tickets.models import Ticket

Problem = EmptyReply | NoSuchWay | TooLong


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to answer, in words. `code` is what the form sends: visibility and way."""

    code: str
    label: str
    visibility: str
    allowed: bool
    hint: str
    reason: str
    limit: int


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the composer: empty at first, what was typed after a refusal. `submission`
    tells one sending from the next, so that a double click sends once."""

    text: str = ""
    way: str = ""
    error: str = ""
    note: bool = False
    submission: str = field(default_factory=lambda: secrets.token_urlsafe(12))


def choices(ticket: Ticket) -> list[Choice]:
    """The ways to answer this ticket, best first; none when its account cannot be used now."""
    try:
        found = outbox.ways(ticket)
    except (KeyError, CredentialsUnreadable):  # the channel is off, or SECRET_KEY was changed
        return []
    return [
        Choice(
            code=f"{way.visibility}:{way.code}",
            label=wording.way_name(way),
            visibility=way.visibility,
            allowed=way.allowed,
            hint=wording.way_hint(way),
            reason=way.reason,
            limit=way.limit,
        )
        for way in found
    ]


def parse_choice(code: str) -> tuple[str, str]:
    """(visibility, way) of what the form sends; ("", "") when nothing was chosen."""
    visibility, _colon, way = code.partition(":")
    return visibility, way


def explain(problem: Problem) -> str:
    """What the agent should do about it."""
    match problem:
        case EmptyReply():
            return _("Write a reply.")
        case TooLong():
            return ngettext(
                "The platform takes %(limit)s characters here: %(num)s is too many. "
                "Shorten the text.",
                "The platform takes %(limit)s characters here: %(num)s are too many. "
                "Shorten the text.",
                problem.length - problem.limit,
                limit=problem.limit,
            )
        case NoSuchWay():
            return problem.reason or _("Choose how to answer.")
