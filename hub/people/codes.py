"""A code that was sent to one identity of a citizen and told in the ticket of another proves that
both are one person's. Where that ticket was merged, it is told in the one that has its messages.

It is good for a day, five tries and one use. Few are sent: a person who asks for nothing must not
be flooded, and nobody may try until one fits.
"""

import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Select, and_, func, literal, select

from hub.clock import now
from hub.database import BigInt
from hub.extensions import db
from hub.people import links
from hub.people.models import How, IdentityCode
from hub.people.refusals import CannotIdentify, NoCode, TooManyCodes, WrongCode
from hub.plain_rows import plain_ids
from hub.regrouping.queries import gathered, place_of
from hub.tickets import codes
from hub.tickets.models import Message, Ticket
from hub.tickets.people import Identity

GOOD_FOR = timedelta(hours=24)
MOST_TRIES = 5
#: How many codes a day may be sent for one ticket, and to one identity.
MOST_CODES = 3
#: Six digits, as people write them: 123456, 123 456, 123-456.
SPOKEN = re.compile(r"(?<!\d)(\d{3})[ \u00a0\u202f.-]?(\d{3})(?!\d)")


def check_rate(ticket: Ticket, identity: Identity) -> None:
    """Raises TooManyCodes."""
    since = now() - GOOD_FOR
    for condition in (
        _is_for(literal(ticket.id, BigInt)),
        IdentityCode.identity_id == identity.id,
    ):
        sent = select(func.count()).where(condition, IdentityCode.sent_at > since)
        if (db.session.scalar(sent) or 0) >= MOST_CODES:
            raise TooManyCodes


def note_sent(ticket: Ticket, identity: Identity, message: Message, *, by_id: int) -> IdentityCode:
    """Remember that this message carries a code to be told in the ticket, in the caller's
    transaction. Another one that was awaited there is good for nothing any more."""
    for earlier in _held(_is_for(literal(ticket.id, BigInt)), IdentityCode.ended_at.is_(None)):
        earlier.ended_at = now()
    seed = message.details[codes.KEY]
    code = IdentityCode(
        ticket_id=ticket.id,
        identity_id=identity.id,
        message_id=message.id,
        digest=codes.digest(seed, codes.code_of(seed)),
        by_id=by_id,
        expires_at=now() + GOOD_FOR,
    )
    db.session.add(code)
    return code


def is_awaited(
    ticket_id: ColumnElement[int], at: datetime | ColumnElement[datetime]
) -> ColumnElement[bool]:
    """A condition on IdentityCode: telling it in this ticket at that instant would prove
    something."""
    return and_(
        _is_for(ticket_id),
        IdentityCode.ended_at.is_(None),
        IdentityCode.told_at.is_(None),
        IdentityCode.tries < MOST_TRIES,
        IdentityCode.expires_at > at,
    )


def hear(message: Message) -> int | None:
    """Look for the awaited code in what a citizen wrote, in the transaction that files it. Gives
    the id of a code that was told: link the two then. No statement where nothing looks like a
    code; each number that does is a try."""
    said = numbers(message.text)
    if not said or message.identity is None:
        return None
    if message.identity.contact_id != message.ticket.contact_id:
        return None
    told = _told(_awaited(message.ticket_id), said)
    return told.id if told else None


def tell(ticket: Ticket, text: str) -> IdentityCode:
    """Try what somebody told an agent, who types it in. Commits, also where it is wrong. Raises
    NoCode, WrongCode."""
    awaited = _awaited(ticket.id)
    if not awaited:
        db.session.rollback()
        raise NoCode
    told = _told(awaited, numbers(text)[:1] or [""])
    left = MOST_TRIES - min(code.tries for code in awaited)
    db.session.commit()
    if told is None:
        raise WrongCode(left)
    return told


def identify(code_id: int) -> None:
    """Link the two people of a code that was told, and commit. Nothing happens a second time, nor
    where they were linked meanwhile."""
    code = db.session.get(IdentityCode, code_id)
    if code is None or code.told_at is None or code.ended_at is not None:
        db.session.rollback()
        return
    try:
        links.link_held(
            code.identity.contact, place_of(code.ticket), how=How.CODE, by_id=code.by_id
        )
    except CannotIdentify:
        db.session.rollback()
        code = db.session.get_one(IdentityCode, code_id)
    code.ended_at = now()
    db.session.commit()


def due() -> Sequence[int]:
    """Ids of the codes that were told and led to no link yet."""
    return plain_ids(_due())


@cache
def _due() -> Select[int]:
    told = select(IdentityCode.id).where(
        IdentityCode.told_at.is_not(None), IdentityCode.ended_at.is_(None)
    )
    return told.order_by(IdentityCode.id).limit(200)


def numbers(text: str) -> list[str]:
    """What may be codes in a text."""
    return ["".join(parts) for parts in SPOKEN.findall(text)]


def _is_for(ticket_id: ColumnElement[int]) -> ColumnElement[bool]:
    """It is to be told in this ticket, or in one whose messages are here now."""
    return IdentityCode.ticket_id.in_(gathered(ticket_id))


def _awaited(ticket_id: int) -> Sequence[IdentityCode]:
    """The codes that may be told in this ticket now, which are held: one, and those of tickets that
    were merged into it."""
    return _held(is_awaited(literal(ticket_id, BigInt), now()))


def _held(*conditions: ColumnElement[bool]) -> Sequence[IdentityCode]:
    """One statement. All hold them in the order of their ids."""
    query = select(IdentityCode).where(*conditions).order_by(IdentityCode.id)
    return db.session.scalars(
        query.with_for_update().execution_options(populate_existing=True)
    ).all()


def _told(awaited: Sequence[IdentityCode], said: Sequence[str]) -> IdentityCode | None:
    """The newest that was told. What is said is a try of each that it is not."""
    return next((code for code in reversed(awaited) if _is_told(code, said)), None)


def _is_told(code: IdentityCode, said: Sequence[str]) -> bool:
    """Try as many as there are tries left."""
    seed = code.message.details[codes.KEY]
    for number in said[: MOST_TRIES - code.tries]:
        code.tries += 1
        if hmac.compare_digest(codes.digest(seed, number), code.digest):
            code.told_at = now()
            return True
    return False
