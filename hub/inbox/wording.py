"""What agents read: where a message stands, what became of a file, what a way is called."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, ngettext, pgettext

from hub import media
from hub.channels.base import Way
from hub.channels.registry import channel_name, sentence
from hub.clock import now
from hub.deadlines import targets
from hub.deadlines.targets import Priority
from hub.formats import duration, exact, language_name
from hub.inbox.colleagues import names
from hub.inbox.selection import View
from hub.outbox import cancelling
from hub.outbox.scheduling import OVERTAKEN
from hub.tickets import downloads, missing_files
from hub.tickets.languages import FRENCH, LANGUAGES
from hub.tickets.models import (
    NEVER_LEFT,
    Attachment,
    DeliveryStatus,
    Direction,
    FileState,
    Message,
    Part,
    State,
    Ticket,
)

VIEW_NAMES = {
    View.TO_ANSWER: _l("Waiting for us"),
    View.LATE: _l("Late or due soon"),
    View.UNDECIDED: _l("Unknown delivery"),
    View.MINE: _l("Mine"),
    View.DRAFTS: _l("My drafts"),
    View.UNASSIGNED: _l("Unassigned"),
    View.WAITING: _l("Waiting for the citizen"),
    View.CONSULTED: _l("Consulted"),
    View.FOLLOWED: _l("Followed"),
    View.SNOOZED: _l("Snoozed"),
    View.CLOSED: lazy_pgettext("list", "Closed"),
    View.ALL: _l("All"),
}


def view_name(view: View) -> str:
    return str(VIEW_NAMES[view])


def state_name(state: str) -> str:
    return {
        State.NEW: pgettext("ticket", "New"),
        State.OPEN: pgettext("ticket", "Open"),
        State.WAITING: _("Waiting for the citizen"),
        State.CLOSED: pgettext("ticket", "Closed"),
    }[State(state)]


def language(code: str) -> str:
    """What a citizen writes in; "" is a ticket of before the hub looked."""
    return language_name(code).capitalize() if code else _("Not known")


def language_choices() -> list[tuple[str, str]]:
    """(code, name) of what a person may choose, by name."""
    return sorted(((code, language(code)) for code in LANGUAGES), key=lambda choice: choice[1])


def foreign(code: str) -> str:
    """The mark of a message that is not in French; "" of others."""
    if code in {"", FRENCH}:
        return ""
    return _("In %(language)s", language=language_name(code))


def priority_name(priority: str) -> str:
    return {
        Priority.URGENT: pgettext("priority", "Urgent"),
        Priority.HIGH: pgettext("priority", "High"),
        Priority.NORMAL: pgettext("priority", "Normal"),
        Priority.LOW: pgettext("priority", "Low"),
    }[Priority(priority)]


def way_hint(way: Way) -> str:
    """The rule of a way, with the time it leaves."""
    if not way.allowed or way.closes_at is None:
        return way.hint
    left = duration(max((way.closes_at - now()).total_seconds(), 60))
    possible = _("Possible for another %(time)s.", time=left)
    return f"{way.hint} {possible}".strip()


def author(message: Message, ticket: Ticket) -> str:
    """Who speaks, as the thread says it."""
    if message.direction == Direction.IN:
        known = message.identity
        named = (known.name or known.handle) if known else ""
        return named or ticket.contact.name
    if message.user is not None:
        return message.user.name
    return ticket.account.name if message.outside else _("Hub")


def said_how(message: Message) -> str:
    """A word on messages that no agent wrote here, and on notes that answer a question."""
    if message.outside:
        return _("Written outside the hub, on the platform itself")
    if message.automatic:
        return _("Automatic message")
    if message.direction == Direction.NOTE and (asker := message.details.get("answers")):
        return _("Answers the question of %(name)s", name=asker)
    return ""


def pieces(message: Message) -> list[tuple[str, str]]:
    """A note in pieces: (text, "") and (what was typed, whose name it is)."""
    return list(names.pieces(message.text, message.details))


def notice(message: Message, channel: str) -> str:
    """What the channel says of a message that cannot be read here whole; "" when nothing."""
    if not message.notice:
        return ""
    unreadable = _("This message cannot be read here. Open it on the platform.")
    return sentence(channel, message.notice) or unreadable


def delivery(message: Message) -> str:
    """What the mark of an outbound message says: "read" is told where the platform tells it."""
    if message.delivery == DeliveryStatus.SENT and message.read_at:
        return "read"
    return message.delivery or ""


def delivery_sentence(message: Message, ticket: Ticket) -> str:
    """What an agent should know of a message beyond its mark; "" when the mark says all."""
    channel = channel_name(ticket.channel)
    reason = failure(ticket.channel, message.error_code)
    match message.delivery:
        case DeliveryStatus.WAITING:
            said = reason or _("Kept until %(channel)s can take it.", channel=channel)
        case DeliveryStatus.FAILED:
            said = reason or _("Refused by %(channel)s.", channel=channel)
        case DeliveryStatus.SCHEDULED if message.scheduled_at:
            said = _leaves_on(message, message.scheduled_at)
        case DeliveryStatus.UNKNOWN:
            said = reason if message.next_at else ""  # a person decides, and reads what is known
        case _:
            said = ""
    return _so_far(message, said) if progress(message) else said


def _leaves_on(message: Message, at: datetime) -> str:
    if message.closes_ticket:
        return _("Leaves on %(instant)s, and closes the ticket.", instant=exact(at))
    return _("Leaves on %(instant)s.", instant=exact(at))


def may_be_cancelled(message: Message) -> bool:
    """May those who read the page still keep it from leaving?"""
    is_answer = message.direction == Direction.OUT and not message.automatic
    return is_answer and cancelling.may_be_cancelled(message)


def leaves_in(message: Message) -> int:
    """For how many seconds it is still kept back; 0 when it is not, or not any more."""
    if message.next_at is None or not cancelling.is_held(message):
        return 0
    return ceil((message.next_at - now()).total_seconds())


def cancelled_by(message: Message, name: str | None) -> str:
    """Beside the mark of an answer that was cancelled. No name: an outside tool did it, or the hub
    itself where somebody wrote before its time."""
    if message.error_code.startswith(OVERTAKEN):
        return _("because somebody wrote before its time; its author has it as a draft again")
    return _("by %(name)s", name=name) if name else _("by an outside tool")


def _so_far(message: Message, said: str) -> str:
    if message.next_part is None or not said:
        return progress(message)
    of_next = _("Part %(number)s: %(said)s", number=message.next_part.number, said=said)
    return f"{progress(message)} {of_next}"


def progress(message: Message) -> str:
    """How far a message of several parts has come; "" for others, and once all is there."""
    done = sum(part.is_there for part in message.parts)
    if done in {0, len(message.parts)}:
        return ""
    return ngettext(
        "%(num)d of %(all)d parts is published.",
        "%(num)d of %(all)d parts are published.",
        done,
        all=len(message.parts),
    )


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A part of a message as the thread shows it. `state` is a word of `delivery`; `at`: since
    when it is on the platform."""

    number: int
    text: str
    state: str
    at: datetime | None


def parts(message: Message) -> list[ShownPart]:
    """The parts of a message, in order; none when it was not split."""
    return [
        ShownPart(part.number, part.text, _state(part, message), part.sent_at)
        for part in message.parts
    ]


def _state(part: Part, message: Message) -> str:
    """What comes after a part that was refused is not sent."""
    if part.is_there:
        return DeliveryStatus.SENT
    if part is message.next_part:
        return message.delivery or ""
    is_over = message.delivery in NEVER_LEFT
    return DeliveryStatus.CANCELLED if is_over else DeliveryStatus.PENDING


def unsent_text(message: Message) -> str:
    """What of a message is not on the platform, to be written anew."""
    if not progress(message):
        return message.text
    unsent = "\n\n".join(part.text for part in message.parts if not part.is_there)
    return unsent.removesuffix(message.signature).rstrip() if message.signature else unsent


def failure(channel: str, code: str) -> str:
    """Why sending did not work, in the channel's own sentence where it has one."""
    if not code:
        return ""
    ours = {
        "channel-off": _("Its channel is switched off, or its account must be connected again."),
        "disconnected": _(
            "The council has disconnected this account, so the reply was not sent. The text is "
            "kept here."
        ),
        "worker-died": _(
            "The sending was cut off. The reply may have been published: look on the platform "
            "before you send it again."
        ),
        "unexpected": _(
            "The sending broke off. The reply may have been published: look on the platform "
            "before you send it again."
        ),
        "credentials-unreadable": _(
            "The hub cannot read the account's credentials. Nothing was sent; the reply is kept. "
            "An administrator must connect the account again."
        ),
        "window_closed": _(
            "The time in which the platform takes a reply was over before this one could leave. "
            "The text is kept here: use another way, or wait until the person writes again."
        ),
        "tried-in-vain": _(
            "The platform could not take the reply for days, and it is not tried any more. The "
            "text is kept here: send it again, or use another way."
        ),
        "ceiling": _(
            "The council's ceiling for this month is reached. Nothing was sent; the reply is kept "
            "and goes out when the month ends, or when the ceiling is raised."
        ),
        "renewing": _(
            "The account's access is being renewed. Nothing was sent; the reply is kept and goes "
            "out by itself in a moment."
        ),
        "not-there": _(
            "A colleague looked on the platform, and it is not there. The text is kept here."
        ),
        "echo-of-another": _(
            "The platform took a reply with the same text, and it is not certain that this one "
            "is there too: look on the platform before you send it again."
        ),
    }
    said = sentence(channel, code) or ours.get(code)
    return said or _("the platform gave the code “%(code)s”.", code=code)


@dataclass(frozen=True, slots=True)
class File:
    """A file of a message as the thread shows it; without `url`, `label` says what was there.
    `alt_text`: what a picture of ours shows. `pages`: the addresses of what is looked at in the
    page, a picture itself or the pages of a document. `player`: "video", "audio" or "", for what
    is at `media`."""

    id: int
    name: str
    type: str
    size: int
    url: str
    thumbnail: str
    alt_text: str
    label: str
    pages: list[str]
    player: str
    media: str


def files(message: Message, channel: str) -> list[File]:
    """The files of a message."""
    return [_file(attachment, channel) for attachment in message.attachments]


def _file(attachment: Attachment, channel: str) -> File:
    stored = attachment.state == FileState.STORED
    url = url_for("inbox.attachment", attachment_id=attachment.id) if stored else ""
    player = downloads.player(attachment)
    return File(
        id=attachment.id,
        name=attachment.name,
        type=attachment.media_type,
        size=attachment.size,
        url=url,
        thumbnail=_thumbnail(attachment, url),
        alt_text=attachment.alt_text,
        label="" if stored else missing_files.words(attachment, channel),
        pages=_pages(attachment, url),
        player=player,
        media=url_for("attachments.media", attachment_id=attachment.id) if player else "",
    )


def _thumbnail(attachment: Attachment, url: str) -> str:
    """Until a worker has made its thumbnail, a picture is its own."""
    if attachment.pictures:
        return _picture(attachment, 0)
    is_picture = attachment.media_type in media.IMAGES
    return url if is_picture and attachment.pictured_at is None else ""


def _pages(attachment: Attachment, url: str) -> list[str]:
    if attachment.media_type in media.IMAGES:
        return [url] if url else []
    return [_picture(attachment, number) for number in range(1, attachment.pictures)]


def _picture(attachment: Attachment, number: int) -> str:
    return url_for("attachments.picture", attachment_id=attachment.id, number=number)


@dataclass(frozen=True, slots=True)
class Deadline:
    """Where a deadline stands, as `deadline_badge` takes it: "ok", "soon" or "late", and words."""

    state: str
    text: str


def deadline(due_at: datetime, near: datetime | None = None) -> Deadline:
    """What a reader should know of a deadline now. `near`: up to which instant a deadline is near
    (targets.near), where many are asked for."""
    left = (due_at - now()).total_seconds()
    if left < 0:
        return Deadline("late", _("late by %(time)s", time=duration(max(-left, 60))))
    is_near = due_at <= (near or targets.near(now()))
    text = _("due in %(time)s", time=duration(max(left, 60)))
    return Deadline("soon" if is_near else "ok", text)


def waited(since: datetime) -> str:
    """How long a citizen has waited."""
    return duration((now() - since).total_seconds())
