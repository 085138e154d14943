"""The ways to answer many tickets, for what is said to all of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from hub.channels.base import AccountAccess, Channel, Way
from hub.outbox import actions
from hub.outbox.refusals import ChannelUnusable
from hub.tickets import queries
from hub.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Reached:
    """A ticket with the ways to answer it now, best first. `channel` None: it cannot be used."""

    ticket: Ticket
    channel: Channel | None = None
    access: AccountAccess | None = None
    ways: Sequence[Way] = field(default_factory=tuple)


def reached(tickets: Sequence[Ticket]) -> Iterator[Reached]:
    """What `actions.ways` says of each, in their order: a statement for all, and one for each
    account where answers cost money. The tickets come with their accounts loaded."""
    threads = queries.threads_for_channel([ticket.id for ticket in tickets])
    known: dict[int, tuple[Channel, AccountAccess, Decimal | None] | None] = {}
    for ticket in tickets:
        if ticket.account_id not in known:
            known[ticket.account_id] = _usable(ticket)
        if (usable := known[ticket.account_id]) is None:
            yield Reached(ticket)
            continue
        channel, access, left = usable
        ways = channel.ways(threads[ticket.id], access)
        yield Reached(ticket, channel, access, actions.affordable(ways, channel, access, left=left))


def _usable(ticket: Ticket) -> tuple[Channel, AccountAccess, Decimal | None] | None:
    try:
        channel, access = actions.usable(ticket)
    except ChannelUnusable:
        return None
    return channel, access, actions.left_to_spend(channel, ticket.account)
