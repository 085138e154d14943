"""Having a citizen's public message hidden from other readers of its platform, or shown again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final

import structlog
from sqlalchemy import ColumnElement, Select, and_, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from hub.accounts.models import User
from hub.channels import accounts, registry
from hub.channels.base import AccountAccess, ChannelError, OutcomeUnknown, Refused, RetryLater
from hub.channels.credentials import CredentialsUnreadable
from hub.clock import back_off, now, present
from hub.extensions import db
from hub.outbox.hiding.models import OPEN, Hiding, HidingState
from hub.plain_rows import plain_ids
from hub.queue import ring
from hub.tickets.actions import changing
from hub.tickets.history import record
from hub.tickets.models import Direction, EventKind, Message, Ticket

log = structlog.get_logger()

LEASE: Final = timedelta(seconds=90)
BACK_OFF: Final = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 900, 3600))
#: What could not be done for so long is given up: a person looks on the platform.
PATIENCE: Final = timedelta(days=1)


class CannotHide(Exception):
    """This message cannot be hidden: it is ours, private or gone, its platform hides nothing, it is
    as wished already, or the platform is being asked. Nothing was changed."""


def ask(ticket: Ticket, message: Message, *, hidden: bool, reason: str, by: User) -> Hiding:
    """Note that the platform is to hide a message of this ticket, or to show it again, in one
    commit; a worker asks it. Raises CannotHide."""
    if not may_be_asked(message) or bool(message.hidden_at) == hidden:
        raise CannotHide
    wish = Hiding(message_id=message.id, hidden=hidden, reason=reason, user_id=by.id)
    try:
        with changing(ticket):
            db.session.add(wish)
            db.session.flush()
            told = {"reason": reason} if hidden else {"reason": reason, "shown": True}
            kind = EventKind.HIDE_ASKED
            record(ticket, kind, user_id=by.id, message_id=message.id, **told)
    except IntegrityError as error:  # a colleague asked in the same moment
        raise CannotHide from error
    ring("hide_message", wish.id)
    return wish


def may_be_asked(message: Message) -> bool:
    """Is it a citizen's public message, on a platform that hides some?"""
    is_theirs = message.direction == Direction.IN and message.visibility == "public"
    if not is_theirs or message.deleted_at or not message.external_id:
        return False
    channel = registry.all_channels().get(message.account.channel)
    return channel is not None and channel.hides


@dataclass(frozen=True, slots=True)
class Call:
    """All that one call needs, read before its transaction ends."""

    wish_id: int
    channel: str
    access: AccountAccess
    external_id: str
    hidden: bool


def due() -> list[int]:
    """Ids of the wishes to put to their platform now, at most 100."""
    return plain_ids(_due())


@cache
def _due() -> Select[int]:
    return select(Hiding.id).where(_is_due()).limit(100)


def carry_out(wish_id: int) -> None:
    """Ask the platform, unless another worker does. Asking twice has no second effect there, so
    what is unclear is asked again."""
    call = _claim(wish_id)
    if call is None:
        return
    try:
        channel = registry.channel(call.channel)
        channel.hide(call.access, call.external_id, hidden=call.hidden)
    except (RetryLater, OutcomeUnknown) as error:
        unclear = error
        _write(wish_id, lambda wish: _try_again(wish, unclear))
    except ChannelError as error:
        refusal = error
        _write(wish_id, lambda wish: _fail(wish, refusal))
    except Exception as error:
        log.exception("hiding broke", wish=wish_id)
        broke = OutcomeUnknown("unexpected", f"{type(error).__name__}: {error}")
        _write(wish_id, lambda wish: _try_again(wish, broke))
    else:
        _write(wish_id, _finish)


@cache
def _is_due() -> ColumnElement[bool]:
    free = or_(Hiding.lease_until.is_(None), Hiding.lease_until < present())
    return and_(OPEN, Hiding.next_at <= present(), free)


def _claim(wish_id: int) -> Call | None:
    claimed = db.session.scalar(
        update(Hiding)
        .where(Hiding.id == wish_id, _is_due())
        .values(lease_until=now() + LEASE, attempts=Hiding.attempts + 1)
        .returning(Hiding.id)
    )
    call = _call(wish_id) if claimed else None
    db.session.commit()
    return call


def _call(wish_id: int) -> Call | None:
    wish = _loaded(wish_id)
    message = wish.message
    try:
        access = accounts.access(message.account)
    except CredentialsUnreadable:
        _fail(wish, Refused("credentials-unreadable"))
        return None
    if message.account.channel not in registry.all_channels() or message.external_id is None:
        _fail(wish, Refused("cannot-hide"))
        return None
    return Call(wish.id, message.account.channel, access, message.external_id, wish.hidden)


def _loaded(wish_id: int) -> Hiding:
    whole = joinedload(Hiding.message).options(
        joinedload(Message.account), joinedload(Message.ticket)
    )
    return db.session.get_one(Hiding, wish_id, options=[whole], populate_existing=True)


def _write(wish_id: int, result: Callable[[Hiding], None]) -> None:
    """The message is locked before its ticket, as everywhere."""
    wish = _loaded(wish_id)
    db.session.refresh(wish.message, with_for_update={"of": Message})
    result(wish)
    db.session.commit()


def _finish(wish: Hiding) -> None:
    """The platform has confirmed. Its own notice may have come first."""
    message = wish.message
    _settle(wish, HidingState.DONE)
    if bool(message.hidden_at) == wish.hidden:
        return
    message.hidden_at = now() if wish.hidden else None
    kind = EventKind.HIDDEN if wish.hidden else EventKind.SHOWN
    record(message.ticket, kind, user_id=wish.user_id, message_id=message.id)


def _try_again(wish: Hiding, error: ChannelError) -> None:
    if now() - wish.asked_at > PATIENCE:
        _fail(wish, error)
        return
    at: datetime | None = getattr(error, "at", None)
    wish.next_at = at or now() + back_off(BACK_OFF, wish.attempts)
    wish.lease_until = None
    wish.error_code, wish.error_detail = error.code, error.detail


def _fail(wish: Hiding, error: ChannelError) -> None:
    """A person decides what to do instead."""
    log.warning("hiding failed", wish=wish.id, code=error.code, detail=error.detail)
    _settle(wish, HidingState.FAILED)
    wish.error_code, wish.error_detail = error.code, error.detail
    why = error.detail or error.code
    record(wish.message.ticket, EventKind.HIDE_ASKED, message_id=wish.message_id, why=why)


def _settle(wish: Hiding, state: HidingState) -> None:
    wish.state, wish.next_at, wish.lease_until = state, None, None
    wish.error_code = wish.error_detail = ""
