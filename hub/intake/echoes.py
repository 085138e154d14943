"""Which message of the hub's own an echo is of, and what the echo settles.

A platform carries back a marker at best; else an echo is known by its text alone, among the
messages that are on their way or of unknown fate. Of an answer in several parts, each part has
an echo.
"""

import re
import unicodedata
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from hub.channels.base import Echo
from hub.channels.models import Account
from hub.extensions import db
from hub.intake import threads
from hub.tickets import markers
from hub.tickets.actions import set_going_on, set_part_sent, set_sent
from hub.tickets.models import IN_DOUBT, DeliveryStatus, Direction, Message, Part

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
    """The outbound message this echo is of: by its marker, else one with the same text, rather
    one of the ticket that the echo stands in. It stays locked."""
    query = select(Message).where(
        Message.account_id == account.id, Message.direction == Direction.OUT
    )
    if said.marker:
        marked = query.where(Message.marker == markers.of_message(said.marker))
        return db.session.scalar(marked.with_for_update())
    candidates = db.session.scalars(
        query.where(IN_DOUBT, Message.visibility == said.visibility)
        .options(selectinload(Message.parts))
        .order_by(Message.id)
        .with_for_update()
    )
    wanted = _squeezed(said.text)
    same = [message for message in candidates if wanted and _squeezed(_saying(message)) == wanted]
    if len(same) < 2:
        return same[0] if same else None
    ticket = threads.of_echo(account, said)
    return min(same, key=lambda message: ticket is None or message.ticket_id != ticket.id)


def settle(ours: Message, said: Echo, at: datetime) -> int | None:
    """Note that what the echo repeats is on the platform. Gives the message's id when its fate
    was unknown and parts of it are still to be said: it goes on with the next."""
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


def _part(ours: Message, said: Echo) -> Part | None:
    number = markers.part_number(said.marker)
    if number is None:
        return ours.next_part
    return next((part for part in ours.parts if part.number == number), None)


def _saying(message: Message) -> str:
    """The text that is being said, or was when its fate became unknown."""
    return message.next_part.text if message.next_part else message.text


def _squeezed(text: str) -> str:
    """A platform may change white space, compose letters and their accents, write a scheme before
    a link, and keep the people an answer goes to out of its text or put them in."""
    said = unicodedata.normalize("NFC", re.sub(r"https?://", "", text))
    return " ".join(ADDRESSEES.sub("", said).split())
