"""What the page of a ticket tells of an answer of unknown fate, and whether its reader has to say
what became of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from hub.channels import accounts
from hub.channels.registry import channel_name
from hub.clock import now
from hub.inbox import queries
from hub.tickets.models import DeliveryStatus, Event, Message, Ticket
from hub.tickets.queries import waits_for_a_person


@dataclass(frozen=True, slots=True)
class Doubt:
    """`lines`: what is known, oldest first. `next`: what happens now, in words, at `looks_at` if
    that is known. `decisions`: those that the reader may take, by their names."""

    lines: Sequence[Event]
    next: str
    looks_at: datetime | None
    decisions: Sequence[str]


def of(ticket: Ticket, thread: Sequence[Message]) -> dict[int, Doubt]:
    """Message id -> what is known of it, for the messages of unknown fate in a thread. One
    statement where there are any."""
    unknown = [message for message in thread if message.delivery == DeliveryStatus.UNKNOWN]
    if not unknown:
        return {}
    lines = defaultdict(list)
    for event in queries.events_of(ticket, [message.id for message in unknown]):
        lines[event.message_id].append(event)
    return {message.id: _doubt(message, ticket, lines[message.id]) for message in unknown}


def _doubt(message: Message, ticket: Ticket, lines: list[Event]) -> Doubt:
    said = message.next_part.number if message.next_part else None
    looks_at = message.next_at
    known_time = looks_at if looks_at and looks_at > now() else None
    return Doubt(
        lines=[line for line in lines if line.data.get("part") == said],
        next=_next(message, ticket),
        looks_at=None if ticket.account.broken_because else known_time,
        decisions=_decisions(message, ticket),
    )


def _next(message: Message, ticket: Ticket) -> str:
    channel = channel_name(ticket.channel)
    if message.next_at is None:
        return _(
            "The hub cannot find out by itself. Look on %(channel)s, then say what you see there.",
            channel=channel,
        )
    if ticket.account.broken_because:
        return _(
            "The hub looks for it once the account is connected again. If you can see %(channel)s "
            "yourself, say what is there.",
            channel=channel,
        )
    if message.next_at <= now():
        return _("The hub is looking for it on %(channel)s.", channel=channel)
    return _("The hub looks for it on %(channel)s. Next look:", channel=channel)


def _decisions(message: Message, ticket: Ticket) -> list[str]:
    if not waits_for_a_person(message):
        return []
    if ticket.account.broken_because == accounts.DISCONNECTED:
        return ["there", "leave"]
    return ["there", "again", "leave"]
