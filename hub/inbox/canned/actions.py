"""Changing canned replies. Each is one commit."""

from dataclasses import asdict, dataclass

from sqlalchemy.exc import IntegrityError

from hub.extensions import db
from hub.inbox.canned.models import CannedReply


class ShortcutTaken(Exception):
    """Another canned reply is found under this shortcut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What a canned reply is made of; see CannedReply."""

    title: str
    shortcut: str
    department_id: int | None
    body: str
    plain_body: str
    language: str
    position: int


def add(values: Values) -> CannedReply:
    """Raises ShortcutTaken."""
    reply = CannedReply(**asdict(values))
    db.session.add(reply)
    _commit()
    return reply


def change(reply: CannedReply, values: Values) -> None:
    """What was sent with the old text stays as it is. Raises ShortcutTaken."""
    for name, value in asdict(values).items():
        setattr(reply, name, value)
    _commit()


def switch(reply: CannedReply, *, active: bool) -> None:
    """Offer it to agents, or not any more."""
    reply.active = active
    db.session.commit()


def _commit() -> None:
    try:
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise ShortcutTaken from error
