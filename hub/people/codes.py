"""A code that was sent to one identity of a citizen and told in the ticket of another proves that
both are one person's.

It is good for a day, five tries and one use. Few are sent: a person who asks for nothing must not
be flooded, and nobody may try until one fits.
"""

import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select, update

from hub.clock import now
from hub.extensions import db
from hub.people import links
from hub.people.models import How, IdentityCode
from hub.people.refusals import CannotIdentify, NoCode, TooManyCodes, WrongCode
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
        IdentityCode.ticket_id == ticket.id,
        IdentityCode.identity_id == identity.id,
    ):
        sent = select(func.count()).where(condition, IdentityCode.sent_at > since)
        if (db.session.scalar(sent) or 0) >= MOST_CODES:
            raise TooManyCodes


def note_sent(ticket: Ticket, identity: Identity, message: Message, *, by_id: int) -> IdentityCode:
    """Remember that this message carries a code to be told in the ticket, in the caller's
    transaction. Another one that was awaited there is good for nothing any more."""
    db.session.execute(
        update(IdentityCode)
        .where(IdentityCode.ticket_id == ticket.id, IdentityCode.ended_at.is_(None))
        .values(ended_at=now())
    )
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


def awaited(ticket_id: int, *, lock: bool = False) -> IdentityCode | None:
    """The code that may be told in this ticket now. One statement."""
    query = select(IdentityCode).where(IdentityCode.ticket_id == ticket_id, is_awaited(now()))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(query.order_by(IdentityCode.id.desc()).limit(1))


def is_awaited(at: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """A condition on IdentityCode: telling it at that instant would prove something."""
    return and_(
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
    code = awaited(message.ticket_id, lock=True)
    return code.id if code is not None and _is_told(code, said) else None


def tell(ticket: Ticket, text: str) -> IdentityCode:
    """Try what somebody told an agent, who types it in. Commits, also where it is wrong. Raises
    NoCode, WrongCode."""
    code = awaited(ticket.id, lock=True)
    if code is None:
        db.session.rollback()
        raise NoCode
    told = _is_told(code, numbers(text)[:1] or [""])
    left = MOST_TRIES - code.tries
    db.session.commit()
    if not told:
        raise WrongCode(left)
    return code


def identify(code_id: int) -> None:
    """Link the two people of a code that was told, and commit. Nothing happens a second time, nor
    where they were linked meanwhile."""
    code = db.session.get(IdentityCode, code_id)
    if code is None or code.told_at is None or code.ended_at is not None:
        db.session.rollback()
        return
    try:
        links.link_held(code.identity.contact, code.ticket, how=How.CODE, by_id=code.by_id)
    except CannotIdentify:
        db.session.rollback()
        code = db.session.get_one(IdentityCode, code_id)
    code.ended_at = now()
    db.session.commit()


def due() -> Sequence[int]:
    """Ids of the codes that were told and led to no link yet."""
    told = select(IdentityCode.id).where(
        IdentityCode.told_at.is_not(None), IdentityCode.ended_at.is_(None)
    )
    return db.session.scalars(told.order_by(IdentityCode.id).limit(200)).all()


def numbers(text: str) -> list[str]:
    """What may be codes in a text."""
    return ["".join(parts) for parts in SPOKEN.findall(text)]


def _is_told(code: IdentityCode, said: Sequence[str]) -> bool:
    """Try as many as there are tries left."""
    seed = code.message.details[codes.KEY]
    for number in said[: MOST_TRIES - code.tries]:
        code.tries += 1
        if hmac.compare_digest(codes.digest(seed, number), code.digest):
            code.told_at = now()
            return True
    return False
