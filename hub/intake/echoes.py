"""Which message of the hub's own an echo is of, and what it settles. One that is of none is an
answer that was given in the platform's own tools.

A platform carries back a marker at best; else an echo is known by its text and by where it
stands, among the messages that are on their way or of unknown fate. Of an answer in several
parts, each part has an echo.
"""

import re
import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import selectinload

from hub.channels.base import Echo
from hub.channels.models import Account
from hub.extensions import db
from hub.intake import threads
from hub.tickets import codes, markers
from hub.tickets.actions import set_answered, set_followed, set_going_on, set_part_sent, set_sent
from hub.tickets.history import record
from hub.tickets.models import IN_DOUBT, DeliveryStatus, Direction, EventKind, Message, Part, Ticket

ADDRESSEES = re.compile(r"\A\s*(?:@[\w.@-]+\s+)+")


def is_filed(account: Account, said: Echo) -> bool:
    """Is this text of ours known by its id already?"""
    message = select(Message.id).where(
        Message.account_id == account.id, Message.external_id == said.external_id
    )
    part = select(Part.message_id).where(
        Part.account_id == account.id, Part.external_id == said.external_id
    )
    return db.session.scalar(message) is not None or db.session.scalar(part) is not None


def sent_by_the_hub(account: Account, said: Echo) -> Message | None:
    """The outbound message this echo is of: by its marker, else one with the same text that may
    stand where the echo stands. It stays locked."""
    ours = select(Message).where(
        Message.account_id == account.id, Message.direction == Direction.OUT
    )
    if said.marker:
        marked = ours.where(Message.marker == markers.of_message(said.marker))
        return db.session.scalar(marked.with_for_update())
    alike = ours.where(Message.visibility == said.visibility)
    place = threads.place_of_echo(account, said)
    wanted = _squeezed(said.text)
    candidates = (
        message
        for message in _locked(alike.where(IN_DOUBT))
        if _squeezed(_saying(message)) == wanted and _may_be_of(message, said, place)
    )
    found = min(candidates, key=lambda message: not _is_here(message, said, place), default=None)
    return found or (_settled_by_hand(alike, said, place) if place else None)


def settle(ours: Message, said: Echo, at: datetime) -> int | None:
    """Note that what the echo repeats is on the platform. Gives the message's id when its fate
    was unknown and parts of it are still to be said: it goes on with the next."""
    if said.conversation:
        set_followed(ours, said.conversation)
    if not ours.parts:
        if ours.external_id is None:
            set_sent(ours, external_id=said.external_id, at=at)
        return None
    part = _part(ours, said)
    if part is None or part.external_id is not None:
        return None
    set_part_sent(ours, part, external_id=said.external_id, at=at)
    following = ours.next_part
    if ours.delivery != DeliveryStatus.UNKNOWN or following is None:
        return None  # it is whole, or the worker that says it goes on by itself
    if following.number < part.number:
        return None  # an earlier part is of unknown fate still
    set_going_on(ours)
    return ours.id


def file_outside(ticket: Ticket, account: Account, said: Echo, at: datetime) -> None:
    """Add an answer that was given at that instant in the platform's own tools, to a ticket that
    the caller holds. It stops the clock as one of the hub does."""
    stored = Message(
        ticket=ticket,
        account=account,
        conversation=said.conversation or "",
        direction=Direction.OUT,
        visibility=said.visibility,
        text=said.text,
        external_id=said.external_id,
        reply_to=said.reply_to,
        posted_at=at,
        sent_at=at,
        delivery=DeliveryStatus.SENT,
        outside=True,
        marker=secrets.token_urlsafe(12),
    )
    db.session.add(stored)
    db.session.flush()
    record(ticket, EventKind.ANSWERED_OUTSIDE, message_id=stored.id)
    set_answered(ticket)


def _locked(query: Select[Message]) -> Iterable[Message]:
    return db.session.scalars(
        query.options(selectinload(Message.parts)).order_by(Message.id).with_for_update()
    )


def _may_be_of(message: Message, said: Echo, place: int | None) -> bool:
    """Can this message have come to stand where the echo stands, in the ticket `place` if that is
    known? What has no text says too little to be known elsewhere."""
    if _is_here(message, said, place):
        return True
    if not said.text:
        return False
    if said.visibility == "private":
        here = said.conversation in {None, message.conversation}
        return here or not _was_asked_in_private(message)
    return place is None


def _is_here(message: Message, said: Echo, place: int | None) -> bool:
    """Some platforms show one level of answers: who answers another's comment is answered below
    that one, in a thread of another ticket. Then the target names what was answered."""
    return message.ticket_id == place or said.reply_to in message.target.values()


def _was_asked_in_private(message: Message) -> bool:
    """Then it is answered there. A private answer to a public message stands somewhere else than
    that, in a conversation that may not be known yet."""
    asked = exists().where(
        Message.ticket_id == message.ticket_id,
        Message.direction == Direction.IN,
        Message.visibility == "private",
        Message.conversation == message.conversation,
    )
    return bool(db.session.scalar(select(asked)))


def _settled_by_hand(alike: Select[Message], said: Echo, ticket_id: int) -> Message | None:
    """A message of this ticket that was of unknown fate, until it was said again or a person
    decided about it: the echo that comes so late knows better."""
    doubted = alike.where(Message.ticket_id == ticket_id, Message.doubted_at.is_not(None))
    wanted = _squeezed(said.text)
    return next(
        (message for message in _locked(doubted) if wanted in map(_squeezed, _nameless(message))),
        None,
    )


def _part(ours: Message, said: Echo) -> Part | None:
    number = markers.part_number(said.marker)
    if number is not None:
        return next((part for part in ours.parts if part.number == number), None)
    wanted = _squeezed(said.text)
    nameless = (part for part in ours.parts if part.external_id is None)
    return next((part for part in nameless if _squeezed(part.text) == wanted), ours.next_part)


def _saying(message: Message) -> str:
    """The text that is being said, or was when its fate became unknown."""
    return codes.spoken(message, message.next_part)


def _nameless(message: Message) -> list[str]:
    """The texts that may be on the platform without the hub knowing their ids."""
    said: Sequence[Message | Part] = message.parts or [message]
    return [codes.spoken(message, one) for one in said if one.external_id is None]


def _squeezed(text: str) -> str:
    """A platform may change white space, compose letters and their accents, write a scheme before
    a link, and keep the people an answer goes to out of its text or put them in."""
    said = unicodedata.normalize("NFC", re.sub(r"https?://", "", text))
    return " ".join(ADDRESSEES.sub("", said).split())
