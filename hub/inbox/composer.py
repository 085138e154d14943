"""Where agents write: the ways they may choose from, and what went wrong with what they wrote."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from flask_babel import gettext as _
from flask_babel import ngettext

from hub.channels.base import AccountAccess, Channel, FileRule, ThreadMessage, Way
from hub.formats import exact
from hub.inbox import previews, wording
from hub.inbox.colleagues.notes import Strangers
from hub.inbox.drafts.models import SavedDraft
from hub.inbox.exposure import TellsPersonalData
from hub.inbox.held import Held
from hub.inbox.previews import Shown
from hub.inbox.reply_files import Attached
from hub.outbox import actions as outbox
from hub.outbox.preview import preview
from hub.outbox.refusals import (
    CannotReply,
    ChannelUnusable,
    EmptyReply,
    NoSuchWay,
    TooLong,
    TooManyParts,
    WrongFiles,
    WrongTime,
)
from hub.tickets.models import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One way to answer, in words. `code` is what the form sends: visibility and way. `shows_more`:
    its preview tells more than a count, because it splits long texts or costs money."""

    code: str
    label: str
    visibility: str
    allowed: bool
    hint: str
    reason: str
    limit: int
    splits: bool
    shows_more: bool
    files: FileRule | None

    @property
    def is_public(self) -> bool:
        return self.visibility == "public"


class Untimely(CannotReply):
    """What was chosen is no instant at which it can leave. `reason` says why, in the reader's
    language."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What stands in the composer: what its person had begun to write there (`saved`, by kind), or
    what was `typed` (a kind of draft) and refused. `submission` tells one sending from the next, so
    that a double click sends once. `seen`: the last line of the ticket's history that its writer
    had been shown (None: what the page shows now); `held`: what came in after it. `strangers`:
    people whom a note names and who do not see the ticket. `confirmed`: marks of personal data
    that its author wants told. `is_added`: the text goes below what was saved; else it was written
    first. `turn`: how often its page has saved it (drafts/models.py)."""

    text: str = ""
    way: str = ""
    error: str = ""
    note: bool = False
    attached: Attached = field(default_factory=Attached)
    preview: Shown | None = None
    seen: int | None = None
    held: Held | None = None
    strangers: Strangers | None = None
    submission: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    note_text: str = ""
    unsigned: bool = False
    confirmed: frozenset[str] = frozenset()
    typed: str = ""
    is_added: bool = False
    turn: int = 0
    saved: Mapping[str, SavedDraft] = field(default_factory=dict)

    @property
    def is_refused(self) -> bool:
        return bool(self.error or self.attached.problems)


def choices(ticket: Ticket, thread: Sequence[ThreadMessage] | None = None) -> list[Choice]:
    """The ways to answer this ticket, best first; none when its account cannot be used now.
    `thread`: its last messages, where they are at hand."""
    try:
        channel, access = outbox.usable(ticket)
        return [_choice(way, channel, access) for way in outbox.ways(ticket, thread)]
    except ChannelUnusable:
        return []


def file_rule(ticket: Ticket, chosen: str) -> FileRule | None:
    """What files go with the way that the form names; None when it takes none."""
    return next((choice.files for choice in choices(ticket) if choice.code == chosen), None)


def _choice(way: Way, channel: Channel, access: AccountAccess) -> Choice:
    costs = channel.price(access, way.target, "") is not None
    return Choice(
        code=f"{way.visibility}:{way.code}",
        label=way.label,
        visibility=way.visibility,
        allowed=way.allowed,
        hint=wording.way_hint(way),
        reason=way.reason,
        limit=way.limit,
        splits=way.most_parts > 1,
        shows_more=way.most_parts > 1 or costs,
        files=way.files,
    )


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


def look(ticket: Ticket, text: str, chosen: str, *, signature: str = "") -> Shown | None:
    """What a signed text would be, the way that the form names. None when it cannot go that way:
    the form says so already."""
    visibility, way = parse_choice(chosen)
    try:
        found = preview(ticket, text, visibility=visibility, way=way, signature=signature)
    except (NoSuchWay, ChannelUnusable):
        return None
    return previews.shown(found, problem=explain(found.problem) if found.problem else "")


def refused(draft: Draft, problem: CannotReply) -> Draft:
    """The draft with what the agent should do about it."""
    if isinstance(problem, WrongFiles):
        return replace(draft, attached=draft.attached.refused(problem))
    return replace(draft, error=explain(problem))


def explain(problem: CannotReply) -> str:
    """What the agent should do about it."""
    return _too_much(problem) or _not_so(problem) or _("Choose how to answer.")


def _too_much(problem: CannotReply) -> str:
    match problem:
        case TooLong():
            return ngettext(
                "The platform takes %(limit)s characters here: %(num)s is too many. "
                "Shorten the text.",
                "The platform takes %(limit)s characters here: %(num)s are too many. "
                "Shorten the text.",
                problem.length - problem.limit,
                limit=problem.limit,
            )
        case TooManyParts():
            return ngettext(
                "This text would need %(parts)s parts, and the platform takes %(num)s. "
                "Shorten the text.",
                "This text would need %(parts)s parts, and the platform takes at most %(num)s. "
                "Shorten the text.",
                problem.most,
                parts=problem.parts,
            )
        case TellsPersonalData():
            return _("Everybody could read the personal data in this answer: mask it, or confirm.")
        case _:
            return ""


def _not_so(problem: CannotReply) -> str:
    match problem:
        case EmptyReply():
            return _("Write a reply.")
        case ChannelUnusable():
            return _("Its channel is switched off, or its account must be connected again.")
        case NoSuchWay(reason=reason) | Untimely(reason=reason):
            return reason
        case WrongTime(until=until) if until is not None:
            return _(
                "This way is open until %(instant)s: choose an earlier time.", instant=exact(until)
            )
        case WrongTime():
            return _("Choose a time within the next two months.")
        case _:
            return ""
