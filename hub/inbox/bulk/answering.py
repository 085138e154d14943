"""What one answer to many tickets will be, before it is sent: how many go which way, which cannot
be answered and why, and what to think of first. Nothing is stored."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import ngettext

from hub.accounts.models import User
from hub.channels.base import Way
from hub.channels.registry import channel_name
from hub.formats import money
from hub.inbox import composer
from hub.inbox.bulk.doing import explain, refuse_personal_data, text_for, visibility_for
from hub.inbox.canned import filling
from hub.outbox import actions as outbox
from hub.outbox import many, signing
from hub.outbox.many import Reached
from hub.outbox.refusals import CannotReply, ChannelUnusable, EmptyReply
from hub.tickets.models import Ticket, signed

#: Where an answer can go: as each person wrote, in public, or in private.
MODES = ("same", "public", "private")


@dataclass(frozen=True, slots=True)
class Going:
    """So many answers go this way."""

    channel: str
    way: str
    visibility: str
    count: int


@dataclass(frozen=True, slots=True)
class Blocked:
    """Tickets that cannot be answered so, for one reason."""

    reason: str
    tickets: Sequence[Ticket]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """`example`: the text as the first of those who get it reads it. `warnings`: sentences."""

    going: Sequence[Going]
    blocked: Sequence[Blocked]
    example: str
    cost: str
    warnings: Sequence[str]

    @property
    def count(self) -> int:
        """How many will be written."""
        return sum(going.count for going in self.going)


def forecast(tickets: Sequence[Ticket], text: str, mode: str, *, by: User) -> Forecast:
    """What sending this text to these tickets would come to. They come with their accounts,
    contacts and departments loaded."""
    leaving: dict[tuple[str, str, str], int] = {}
    blocked: dict[str, list[Ticket]] = {}
    costs: dict[str, Decimal] = {}
    example = ""
    for reached in many.reached(tickets):
        ticket = reached.ticket
        try:
            refuse_personal_data(text, visibility_for(ticket, mode), by)
            said = _said(ticket, text, by)
            way, parts = _route(reached, said, mode)
        except CannotReply as problem:
            blocked.setdefault(explain(problem), []).append(ticket)
            continue
        example = example or said
        key = (ticket.channel, way.label, way.visibility)
        leaving[key] = leaving.get(key, 0) + 1
        _add_cost(costs, reached, way, parts)
    going = [
        Going(channel_name(channel), label, visibility, count)
        for (channel, label, visibility), count in leaving.items()
    ]
    return Forecast(
        going=going,
        blocked=[Blocked(reason, found) for reason, found in blocked.items()],
        example=example,
        cost=" + ".join(money(amount, currency) for currency, amount in costs.items()),
        warnings=list(_warnings(text, going)),
    )


def problem(text: str, mode: str) -> str:
    """Why nothing can be sent yet; "" when nothing speaks against it."""
    if not outbox.plain(text):
        return composer.explain(EmptyReply())
    if mode not in MODES:
        return _("Choose how to answer.")
    if names := filling.unknown(text):
        return _("This is no variable: %(names)s.", names=", ".join(names))
    return ""


def mark(text: str, mode: str) -> str:
    """Tells one text from the next: what was looked at is what may be sent."""
    return hashlib.sha256(f"{mode}\x1f{outbox.plain(text)}".encode()).hexdigest()[:32]


def _said(ticket: Ticket, text: str, by: User) -> str:
    """What this ticket's person reads. Raises EmptyReply where nothing but the signature is."""
    if not (filled := outbox.plain(text_for(ticket, text, by))):
        raise EmptyReply
    return signed(filled, signing.signature(by, ticket))


def _route(reached: Reached, said: str, mode: str) -> tuple[Way, Sequence[str]]:
    """By which way it goes, and in which parts. Raises CannotReply."""
    if reached.channel is None:
        raise ChannelUnusable
    way = outbox.choose(reached.ways, visibility_for(reached.ticket, mode), "")
    parts, trouble = outbox.split(reached.channel, said, way)
    if trouble:
        raise trouble
    return way, parts


def _add_cost(costs: dict[str, Decimal], reached: Reached, way: Way, parts: Sequence[str]) -> None:
    assert reached.channel is not None
    assert reached.access is not None
    for number, part in enumerate(parts, start=1):
        price = reached.channel.price(reached.access, way.target, part, part=number)
        if price is not None:
            costs[price.currency] = costs.get(price.currency, Decimal(0)) + price.amount


def _warnings(text: str, going: Sequence[Going]) -> Iterator[str]:
    public = sum(found.count for found in going if found.visibility == "public")
    if public > 1:
        yield ngettext(
            "%(num)d answer will stand in public.",
            "%(num)d answers will stand in public. A platform may take as many equal texts for "
            "spam, and everybody reads them: answer once under the publication if that is enough.",
            public,
        )
    if public and _names_somebody(text):
        yield _("A name in a public answer tells everybody who asked: leave it out.")


def _names_somebody(text: str) -> bool:
    named = {filling.folded(name) for name in filling.VARIABLE.findall(text)}
    return bool(named & {"prenom", "nom"})
