"""What agents read: where a message stands, what became of a file, what a way is called."""

from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import pgettext

from hub import media
from hub.channels.base import Way
from hub.channels.registry import channel_name, sentence
from hub.clock import now
from hub.formats import duration
from hub.inbox.selection import View
from hub.tickets import missing_files
from hub.tickets.models import (
    DeliveryStatus,
    Direction,
    FileState,
    Message,
    State,
    Ticket,
)


def view_name(view: View) -> str:
    return {
        View.TO_ANSWER: _("To answer"),
        View.MINE: _("Mine"),
        View.UNASSIGNED: _("Unassigned"),
        View.WAITING: _("Waiting for the citizen"),
        View.CLOSED: pgettext("list", "Closed"),
        View.ALL: _("All"),
    }[view]


def state_name(state: str) -> str:
    return {
        State.NEW: pgettext("ticket", "New"),
        State.OPEN: pgettext("ticket", "Open"),
        State.WAITING: _("Waiting for the citizen"),
        State.CLOSED: pgettext("ticket", "Closed"),
    }[State(state)]


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
    """A word on messages that no agent wrote here."""
    if message.outside:
        return _("Written outside the hub, on the platform itself")
    if message.automatic:
        return _("Automatic message")
    return ""


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
            return reason or _("Kept until %(channel)s can take it.", channel=channel)
        case DeliveryStatus.FAILED:
            return reason or _("Refused by %(channel)s.", channel=channel)
        case DeliveryStatus.UNKNOWN:
            return reason
        case _:
            return ""


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
    }
    said = sentence(channel, code) or ours.get(code)
    return said or _("the platform gave the code “%(code)s”.", code=code)


@dataclass(frozen=True, slots=True)
class File:
    """A file of a message as the thread shows it; without `url`, `label` says what was there."""

    name: str
    type: str
    size: int
    url: str
    thumbnail: str
    label: str


def files(message: Message, channel: str) -> list[File]:
    """The files of a message. A picture is its own thumbnail: it was sent to be looked at."""
    found = []
    for attachment in message.attachments:
        stored = attachment.state == FileState.STORED
        url = url_for("inbox.attachment", attachment_id=attachment.id) if stored else ""
        found.append(
            File(
                name=attachment.name,
                type=attachment.media_type,
                size=attachment.size,
                url=url,
                thumbnail=url if attachment.media_type in media.IMAGES else "",
                label="" if stored else missing_files.words(attachment, channel),
            )
        )
    return found


def waited(since: datetime) -> str:
    """How long a citizen has waited."""
    return duration((now() - since).total_seconds())
