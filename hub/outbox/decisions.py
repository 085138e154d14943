"""What a person decides about a message that the hub could not find: it may be on the platform or
not, and only somebody who looks there can tell.

An echo that comes after the decision knows better, and is believed (intake/echoes.py).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import func, select

from hub.accounts.models import User
from hub.channels import accounts
from hub.clock import now
from hub.extensions import db
from hub.outbox import results
from hub.outbox.models import Attempt
from hub.queue import ring
from hub.tickets import queries
from hub.tickets.actions import set_going_on, set_sent
from hub.tickets.history import record_of
from hub.tickets.models import DeliveryStatus, EventKind, Message

#: Message.error_code of what a person did not find on the platform and left unsent.
NOT_THERE = "not-there"


class SettledAlready(Exception):
    """The message is no longer for a person to decide about: its echo, the hub's own look or a
    colleague was faster. Show how it stands now."""


class AccountGone(Exception):
    """The council has disconnected the account: nothing can be said there."""


def is_there(message: Message, *, by: User | None) -> None:
    """The message, or the part of it that was looked for, is on the platform: it counts as sent
    from when it was tried, and the next part follows. Commits. Raises SettledAlready."""
    with _deciding(message, "there", by):
        tried_at = _last_tried_at(message)
        part = message.next_part
        if part is not None:
            part.sent_at = tried_at
        following = message.next_part
        if following is None:
            first = message.parts[0].external_id if message.parts else None
            set_sent(message, external_id=first, at=tried_at)
        else:
            set_going_on(message)
    if following is not None:
        ring("send_message", message.id)


def say_again(message: Message, *, by: User | None) -> None:
    """It is not on the platform: it leaves once more, and is looked for anew should its fate be
    unknown again. Commits. Raises SettledAlready, or AccountGone."""
    if message.account.broken_because == accounts.DISCONNECTED:
        raise AccountGone
    with _deciding(message, "again", by):
        message.delivery, message.next_at = DeliveryStatus.PENDING, now()
        message.lease_until, message.resent = None, False
        message.error_code = message.error_detail = ""
    ring("send_message", message.id)


def leave(message: Message, *, by: User | None) -> None:
    """It is not on the platform, and stays unsaid: what it answered waits for an answer again.
    Commits. Raises SettledAlready."""
    with _deciding(message, "leave", by):
        message.delivery, message.error_code = DeliveryStatus.FAILED, NOT_THERE
        message.error_detail = ""
        message.next_at = message.lease_until = None
        results.set_unanswered(message)


#: What a form or a program calls each decision.
DECISIONS: dict[str, Callable[..., None]] = {"there": is_there, "again": say_again, "leave": leave}


@contextmanager
def _deciding(message: Message, decision: str, by: User | None) -> Iterator[None]:
    """Hold the message for one decision, with its line of history, and commit."""
    try:
        db.session.refresh(message, with_for_update={"of": Message})
        if not queries.waits_for_a_person(message):
            raise SettledAlready
        user_id = by.id if by else None
        record_of(message, EventKind.DECIDED, user_id=user_id, decision=decision)
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


def _last_tried_at(message: Message) -> datetime:
    last = select(func.max(Attempt.started_at)).where(Attempt.message_id == message.id)
    return db.session.scalar(last) or message.posted_at
