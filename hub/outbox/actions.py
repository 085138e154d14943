"""Writing what is to be said: a reply by a person, or an automatic message."""

import secrets
from collections.abc import Mapping

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from hub.accounts.models import User
from hub.channels import registry
from hub.channels.base import Way
from hub.channels.credentials import CredentialsUnreadable
from hub.clock import now
from hub.extensions import db
from hub.queue import ring
from hub.tickets import queries
from hub.tickets.actions import changing
from hub.tickets.history import record
from hub.tickets.models import (
    DeliveryStatus,
    Direction,
    EventKind,
    Message,
    State,
    Ticket,
)


class EmptyReply(Exception):
    """There is no text to send."""


class NoSuchWay(Exception):
    """This ticket cannot be answered that way now. `reason` says why, in the reader's language;
    the text was not sent and is the caller's to keep."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ChannelUnusable(Exception):
    """The ticket's channel is switched off, or its account must be connected again. Nothing can
    be sent until then; the text is the caller's to keep."""


class TooLong(Exception):
    """The text is longer than the platform takes: `length` of at most `limit` characters."""

    def __init__(self, length: int, limit: int) -> None:
        super().__init__(f"{length} > {limit}")
        self.length = length
        self.limit = limit


def ways(ticket: Ticket) -> list[Way]:
    """The ways to answer this ticket now, best first. Two statements. Raises ChannelUnusable."""
    try:
        channel = registry.channel(ticket.channel)
        access = ticket.account.access(current_app.config["HUB"].secret_key)
    except (KeyError, CredentialsUnreadable) as error:  # SECRET_KEY was changed
        raise ChannelUnusable from error
    return channel.ways(queries.thread_for_channel(ticket), access)


def reply(
    ticket: Ticket,
    text: str,
    *,
    visibility: str,
    by: User | None,
    way: str = "",
    idempotency_key: str | None = None,
) -> Message:
    """Store a reply with the ticket's change in one commit; a worker sends it.

    `way` names one of `ways`; empty takes the first allowed one of this visibility. The same
    `idempotency_key` on the same ticket gives the message of the first call. Raises EmptyReply,
    NoSuchWay, ChannelUnusable or TooLong: nothing is stored then.
    """
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise EmptyReply
    if idempotency_key and (earlier := queries.message_by_key(ticket, idempotency_key)):
        return earlier
    try:
        with changing(ticket):
            chosen = _choose(ways(ticket), visibility, way)
            _check_length(registry.channel(ticket.channel).length(text), chosen.limit)
            message = _add(ticket, text, chosen, by=by, idempotency_key=idempotency_key)
            record(
                ticket,
                EventKind.REPLIED,
                user_id=by.id if by else None,
                message_id=message.id,
                visibility=visibility,
            )
            ticket.state = State.WAITING if ticket.state != State.CLOSED else State.CLOSED
    except IntegrityError:  # the same key, in the same instant
        if idempotency_key and (earlier := queries.message_by_key(ticket, idempotency_key)):
            return earlier
        raise
    ring("send_message", message.id)
    return message


def say_automatically(ticket: Ticket, text: str, *, way: str, target: Mapping[str, str]) -> Message:
    """Add a message of the hub itself (a receipt), in the caller's transaction. The caller rings
    after its commit. It never stops a clock."""
    chosen = Way(code=way, visibility="private", allowed=True, target=target)
    return _add(ticket, text, chosen, by=None, automatic=True)


def _add(
    ticket: Ticket,
    text: str,
    way: Way,
    *,
    by: User | None,
    idempotency_key: str | None = None,
    automatic: bool = False,
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
        idempotency_key=idempotency_key,
        automatic=automatic,
        delivery=DeliveryStatus.PENDING,
        next_at=now(),
    )
    db.session.add(message)
    db.session.flush()
    return message


def _conversation(ticket: Ticket) -> str:
    """The conversation that the citizen last wrote in."""
    last = select(Message.conversation).where(
        Message.ticket_id == ticket.id, Message.direction == Direction.IN
    )
    return db.session.scalar(last.order_by(Message.id.desc()).limit(1)) or ""


def _choose(found: list[Way], visibility: str, code: str) -> Way:
    fitting = [w for w in found if w.visibility == visibility and code in {"", w.code}]
    allowed = next((w for w in fitting if w.allowed), None)
    if allowed is None:
        raise NoSuchWay(fitting[0].reason if fitting else "")
    return allowed


def _check_length(length: int, limit: int) -> None:
    if limit and length > limit:
        raise TooLong(length, limit)
