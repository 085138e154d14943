"""Where agents write: the ways they may choose from, and what went wrong with what they wrote."""

import hashlib
import secrets
from dataclasses import dataclass, field

from flask_babel import gettext as _
from flask_babel import ngettext

from hub.inbox import wording
from hub.outbox import actions as outbox
from hub.outbox.actions import ChannelUnusable, EmptyReply, NoSuchWay, TooLong
from hub.tickets.models import Ticket

Problem = EmptyReply | NoSuchWay | ChannelUnusable | TooLong


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
    except ChannelUnusable:
        return []
    return [
        Choice(
            code=f"{way.visibility}:{way.code}",
            label=way.label,
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


def key(submission: str, *said: str) -> str | None:
    """Tells one sending from the next; None without a submission. What is said is part of it: a
    browser puts the old submission back into a page that one returns to and changes."""
    if not submission:
        return None
    return hashlib.sha256("\x1f".join((submission, *said)).encode()).hexdigest()


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
        case ChannelUnusable():
            return _("Its channel is switched off, or its account must be connected again.")
        case NoSuchWay():
            return problem.reason or _("Choose how to answer.")
