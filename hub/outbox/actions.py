"""Writing what is to be said: a reply by a person, or an automatic message."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from math import ceil
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, bindparam, select

from hub.accounts.models import User
from hub.channels import accounts, registry
from hub.channels.base import AccountAccess, Channel, Price, ThreadMessage, Way
from hub.channels.credentials import CredentialsUnreadable
from hub.channels.models import Account
from hub.clock import now
from hub.extensions import db
from hub.outbox import attaching, holding, scheduling, spending
from hub.outbox.attaching import ReplyFile
from hub.outbox.refusals import (
    CannotReply,
    ChannelUnusable,
    EmptyReply,
    NoSuchWay,
    TooLong,
    TooManyParts,
)
from hub.queue import AT_ONCE, ring
from hub.regrouping.queries import folded_into
from hub.tickets import queries
from hub.tickets.actions import changing
from hub.tickets.history import record
from hub.tickets.models import (
    DeliveryStatus,
    Direction,
    EventKind,
    Message,
    Part,
    State,
    Ticket,
    signed,
)

#: How long before its way closes an answer should leave.
MARGIN = timedelta(minutes=1)
#: The byte order mark, and what Unicode sets aside for no character at all.
MEANINGLESS = dict.fromkeys(map(ord, "\ufeff\ufffe\uffff"))


def ways(ticket: Ticket, thread: Sequence[ThreadMessage] | None = None) -> list[Way]:
    """The ways to answer this ticket now, best first. `thread`: its last messages, as the channel
    sees them; one statement reads them where they are not at hand. One more where answers cost
    money. Raises ChannelUnusable."""
    channel, access = usable(ticket)
    if thread is None:
        thread = queries.thread_for_channel(ticket)
    found = channel.ways(thread, access)
    return affordable(found, channel, access, left=left_to_spend(channel, ticket.account))


def usable(ticket: Ticket) -> tuple[Channel, AccountAccess]:
    """The ticket's channel, and its account as the channel takes it. Raises ChannelUnusable."""
    if ticket.account.broken_because == accounts.DISCONNECTED:
        raise ChannelUnusable
    try:
        return registry.channel(ticket.channel), accounts.access(ticket.account)
    except (KeyError, CredentialsUnreadable) as error:  # SECRET_KEY was changed
        raise ChannelUnusable from error


def left_to_spend(channel: Channel, account: Account) -> Decimal | None:
    """What the account's answers may still cost this month; None where nothing is charged, or
    there is no ceiling."""
    if channel.ceiling is None:
        return None
    return channel.ceiling.amount - spending.this_month(account)


def affordable(
    found: Sequence[Way], channel: Channel, access: AccountAccess, *, left: Decimal | None
) -> list[Way]:
    """The ways, those closed that cost more than is left."""
    if left is None:
        return list(found)
    return [_if_affordable(way, channel.price(access, way.target, ""), left) for way in found]


def reply(
    ticket: Ticket,
    text: str,
    *,
    visibility: str,
    by: User | None,
    way: str = "",
    files: Sequence[ReplyFile] = (),
    idempotency_key: str | None = None,
    leaves_in: timedelta = AT_ONCE,
    leaves_at: datetime | None = None,
    closes: bool = False,
    signature: str = "",
    tells: Sequence[str] = (),
    unless_since: int | None = None,
    also: Callable[[Message], None] | None = None,
) -> Message:
    """Store a reply with the ticket's change in one commit; a worker sends it once `leaves_in` has
    passed, or at once where its way closes by then; at `leaves_at` where one is given, unless
    somebody writes before that (scheduling.py). `closes`: the ticket is closed when it has left.

    `signature` (signing.py) stands below the text and counts with it. `tells`: kinds of personal
    data that its author chose to tell in public; the history keeps them. `way` names one of
    `ways`; empty takes the first allowed one of this visibility. `files` go with it, where the way
    takes any. The same `idempotency_key` on the same ticket gives the message of the first call. A
    text that the way splits is stored with its parts. `unless_since`: the last line of the
    ticket's history that its writer has seen; what came in after it holds the answer back
    (CameMeanwhile). `also` writes what must stand or fall with the message, in the same
    transaction; it is not called for a message written before. Raises CannotReply (see
    refusals.py): nothing is stored then.
    """
    text = plain(text)
    if not (text or files):
        raise EmptyReply
    with changing(ticket):
        if earlier := _written_under(idempotency_key, ticket):
            return earlier
        refuse_folded(ticket)
        holding.refuse_unseen(ticket, unless_since, by=by)
        chosen = choose(ways(ticket), visibility, way)
        attaching.check(files, chosen.files)
        said = signed(text, signature)
        parts, problem = split(registry.channel(ticket.channel), said, chosen)
        if problem:
            raise problem
        message = _add(ticket, text, chosen, by=by, key=idempotency_key, leaves_in=leaves_in)
        message.signature = signature
        _add_parts(message, parts)
        attaching.attach(message, files)
        if leaves_at is not None:
            scheduling.put_off(message, leaves_at, closes=closes)
        _note_reply(ticket, message, tells)
        if also:
            also(message)
    ring("send_message", message.id, delay=(message.next_at or now()) - now())
    return message


def refuse_folded(ticket: Ticket) -> None:
    """Raises NoSuchWay where the messages are in another ticket: answers are written there."""
    if ticket.state == State.CLOSED and (holder := folded_into(ticket)):
        raise NoSuchWay(
            _(
                "The messages of this ticket are in %(reference)s: answer there.",
                reference=holder.reference,
            )
        )


def plain(text: str) -> str:
    """A text as it is kept and said: one kind of line ends, no blanks around it, and none of the
    invisible signs that come with a paste and that platforms refuse (MEANINGLESS)."""
    return text.translate(MEANINGLESS).replace("\r\n", "\n").strip()


def choose(found: Sequence[Way], visibility: str, code: str) -> Way:
    """The way with this code, or the first of this visibility. Raises NoSuchWay."""
    fitting = [w for w in found if w.visibility == visibility and code in {"", w.code}]
    allowed = next((w for w in fitting if w.allowed), None)
    if allowed is None:
        raise NoSuchWay(fitting[0].reason if fitting else "")
    return allowed


def split(channel: Channel, text: str, way: Way) -> tuple[list[str], CannotReply | None]:
    """The texts in which this way says a text, and why it cannot say them: TooLong or TooManyParts.
    A text longer than all of them together is not split at all, because that may take seconds."""
    fewest = ceil(channel.length(text, way) / way.limit) if way.limit else 1
    if fewest > way.most_parts > 1:
        return [], TooManyParts(fewest, way.most_parts)
    parts = channel.split(text, way) or [text]
    if len(parts) > way.most_parts:
        return parts, TooManyParts(len(parts), way.most_parts)
    longest = max(channel.length(part, way) for part in parts)
    if way.limit and longest > way.limit:
        return parts, TooLong(longest, way.limit)
    return parts, None


def say_automatically(ticket: Ticket, text: str, *, way: str, target: Mapping[str, str]) -> Message:
    """Add a message of the hub itself (a receipt), in the caller's transaction. The caller rings
    after its commit. It never stops a clock."""
    chosen = Way(code=way, visibility="private", allowed=True, target=target)
    return _add(ticket, text, chosen, by=None, automatic=True)


def _written_under(key: str | None, ticket: Ticket) -> Message | None:
    return queries.message_by_key(ticket, key) if key else None


def _due_at(way: Way, leaves_in: timedelta) -> datetime:
    """When that time has passed, or now where the way is nearly closed by then."""
    due_at = now() + leaves_in
    return now() if way.closes_at is not None and way.closes_at < due_at + MARGIN else due_at


def _add(
    ticket: Ticket,
    text: str,
    way: Way,
    *,
    by: User | None,
    key: str | None = None,
    automatic: bool = False,
    leaves_in: timedelta = AT_ONCE,
) -> Message:
    message = Message(
        ticket=ticket,
        account_id=ticket.account_id,
        conversation=_conversation(ticket),
        direction=Direction.OUT,
        visibility=way.visibility,
        text=text,
        user_id=by.id if by else None,
        posted_at=now(),
        way=way.code,
        target=dict(way.target),
        marker=secrets.token_urlsafe(12),
        idempotency_key=key,
        automatic=automatic,
        delivery=DeliveryStatus.PENDING,
        next_at=_due_at(way, leaves_in),
        send_until=way.closes_at,
    )
    db.session.add(message)
    db.session.flush()
    return message


def _add_parts(message: Message, parts: list[str]) -> None:
    if len(parts) > 1:
        message.parts = [
            Part(number=number, account_id=message.account_id, text=text)
            for number, text in enumerate(parts, start=1)
        ]
        db.session.flush()


def _note_reply(ticket: Ticket, message: Message, tells: Sequence[str]) -> None:
    """One that leaves later has answered nothing yet."""
    told: dict[str, Any] = {"visibility": message.visibility}
    if leaves_at := message.scheduled_at:
        told["leaves_at"] = leaves_at.isoformat()
    if tells:
        told["tells"] = list(tells)
    author, kind = message.user_id, EventKind.REPLIED
    record(ticket, kind, user_id=author, message_id=message.id, **told)
    if ticket.state != State.CLOSED:
        ticket.state = State.OPEN if leaves_at else State.WAITING


def _if_affordable(way: Way, price: Price | None, left: Decimal) -> Way:
    if price is None or not way.allowed or price.amount <= left:
        return way
    reason = _(
        "The council's ceiling for this month is reached: nothing more is sent this way until the "
        "month ends or a supervisor has it raised."
    )
    return replace(way, allowed=False, reason=reason)


def _conversation(ticket: Ticket) -> str:
    """The conversation that the citizen last wrote in."""
    return db.session.scalar(_last_conversation(), {"ticket_id": ticket.id}) or ""


@cache
def _last_conversation() -> Select[str]:
    heard = (Message.ticket_id == bindparam("ticket_id"), Message.direction == Direction.IN)
    return select(Message.conversation).where(*heard).order_by(Message.id.desc()).limit(1)
