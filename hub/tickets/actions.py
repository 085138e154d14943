"""Changes of a ticket. Each is one commit with its line of history.

Every action locks the ticket first, so two people who act in the same second act one after the
other, and the second is told what the first did.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import joinedload

from hub.accounts.models import User
from hub.clock import now
from hub.deadlines import targets
from hub.extensions import db
from hub.routing.models import Department
from hub.tickets import queries
from hub.tickets.history import record, record_of
from hub.tickets.models import (
    Consultation,
    Conversation,
    DeliveryStatus,
    Direction,
    EventKind,
    Message,
    Part,
    State,
    Tag,
    Ticket,
)

MOST_TAGS = 40


class AlreadyTaken(Exception):
    """Somebody else took the ticket first: `by` is that person."""

    def __init__(self, by: User) -> None:
        super().__init__(by.name)
        self.by = by


class NotAllowedNow(Exception):
    """The ticket's state does not allow this change (closing what is closed, and so on)."""


class TooManyTags(Exception):
    """A ticket has at most MOST_TAGS tags."""


@contextmanager
def changing(ticket: Ticket) -> Iterator[Ticket]:
    """Hold the ticket for one change: lock and reload it, then commit. Whatever is raised inside
    rolls everything back."""
    try:
        yield lock(ticket.id)
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


def lock(ticket_id: int) -> Ticket:
    """Hold the ticket until the caller's transaction ends, as others have left it. What is decided
    on a ticket that was read before would undo what they did in between; so would what was read
    together with it (its holder), which PostgreSQL joins as it was before it waited.

    Whoever locks more takes the message first, then the conversation, then the ticket.
    """
    return db.session.get_one(
        Ticket, ticket_id, with_for_update={"of": Ticket}, populate_existing=True
    )


def take(ticket: Ticket, user: User) -> None:
    """Assign to oneself. Taking twice is no matter. Raises AlreadyTaken."""
    with changing(ticket):
        if ticket.assignee is not None and ticket.assignee_id != user.id:
            raise AlreadyTaken(ticket.assignee)
        if ticket.assignee_id == user.id:
            return
        ticket.assignee = user
        _begin_work(ticket)
        record(ticket, EventKind.TAKEN, user_id=user.id)


def assign(
    ticket: Ticket,
    to: User | None,
    *,
    by: User | None,
    instead_of: Collection[int] | None = None,
) -> None:
    """Give to a person, or to nobody (None). `by` None: an outside tool did it. `instead_of`: from
    whom it may be taken (ids), None from anybody. Raises AlreadyTaken when another one holds it."""
    with changing(ticket):
        if ticket.assignee_id == (to.id if to else None):
            return
        if ticket.assignee and instead_of is not None and ticket.assignee_id not in instead_of:
            raise AlreadyTaken(ticket.assignee)
        before, ticket.assignee = ticket.assignee, to
        actor = by.id if by else None
        if to is None:
            assert before is not None
            record(ticket, EventKind.RELEASED, user_id=actor, name=before.name)
        else:
            _begin_work(ticket)
            record(ticket, EventKind.ASSIGNED, user_id=actor, name=to.name, to=to.id)


def transfer(ticket: Ticket, to: Department, reason: str, *, by: User | None) -> None:
    """Give to another department, with the reason that its agents will read. The assignee of the
    old department is let go, and nothing stays put aside. Raises NotAllowedNow when it is there
    already."""
    with changing(ticket):
        if ticket.department_id == to.id:
            raise NotAllowedNow
        old, ticket.department = ticket.department, to
        ticket.assignee = ticket.snoozed_until = None
        record(
            ticket,
            EventKind.TRANSFERRED,
            user_id=by.id if by else None,
            department_id=old.id,
            old=old.name,
            new=to.name,
            reason=reason,
        )
        set_nobody_asked(ticket, Consultation.department_id == to.id, by=by)


@dataclass(frozen=True, slots=True)
class Mentions:
    """Whom a note names. `names`: what was typed ("@claire.morvan") -> who is meant."""

    names: Mapping[str, str] = field(default_factory=dict)
    user_ids: frozenset[int] = frozenset()
    department_ids: frozenset[int] = frozenset()


def note(
    ticket: Ticket,
    text: str,
    *,
    by: User | None,
    mentions: Mentions = Mentions(),
    idempotency_key: str | None = None,
) -> Message:
    """Add an internal note, which citizens never see on a channel (they may ask to read it). One
    by a person who is asked about the ticket is their answer. The same `idempotency_key` on the
    same ticket gives the note of the first call."""
    with changing(ticket):
        if idempotency_key and (earlier := queries.message_by_key(ticket, idempotency_key)):
            return earlier
        asked_by = queries.who_asks(ticket, by) if by else []
        answers: dict[str, Any] = {"answers": asked_by[0].name} if asked_by else {}
        message = Message(
            ticket=ticket,
            account_id=ticket.account_id,
            direction=Direction.NOTE,
            visibility="private",
            text=text,
            user_id=by.id if by else None,
            posted_at=now(),
            details={**mentions.names, **answers},
            idempotency_key=idempotency_key,
        )
        db.session.add(message)
        db.session.flush()
        record(
            ticket,
            EventKind.NOTED,
            user_id=by.id if by else None,
            message_id=message.id,
            **answers,
            asked_by=[user.id for user in asked_by],
            users=sorted(mentions.user_ids),
            departments=sorted(mentions.department_ids),
        )
    return message


def close(ticket: Ticket, *, by: User | None, needs_no_answer: bool = False) -> None:
    """End the work. What is unanswered stops waiting; `needs_no_answer` says in the history that
    nothing was owed. Raises NotAllowedNow when it is closed."""
    with changing(ticket):
        if ticket.state == State.CLOSED:
            raise NotAllowedNow
        set_closed(ticket, by=by, needs_no_answer=needs_no_answer)


def reopen(ticket: Ticket, *, by: User | None) -> None:
    """Take up the work again; what was unanswered waits again, from its own time. Raises
    NotAllowedNow when it is not closed."""
    with changing(ticket):
        if ticket.state != State.CLOSED:
            raise NotAllowedNow
        set_reopened(ticket)
        record(ticket, EventKind.REOPENED, user_id=by.id if by else None)


def tag(ticket: Ticket, name: str, *, by: User | None) -> None:
    """Put a tag (folded to lower case) on the ticket; one that is there already is no matter.
    Raises TooManyTags."""
    name = " ".join(name.lower().split())[:48]
    with changing(ticket):
        present = db.session.scalars(select(Tag.name).where(Tag.ticket_id == ticket.id)).all()
        if not name or name in present:
            return
        if len(present) >= MOST_TAGS:
            raise TooManyTags
        db.session.add(Tag(ticket_id=ticket.id, name=name))
        record(ticket, EventKind.TAGGED, user_id=by.id if by else None, tag=name)


def untag(ticket: Ticket, name: str, *, by: User | None) -> None:
    """Take a tag off; one that is not there is no matter."""
    with changing(ticket):
        found = db.session.get(Tag, (ticket.id, name))
        if found is None:
            return
        db.session.delete(found)
        record(ticket, EventKind.UNTAGGED, user_id=by.id if by else None, tag=name)


# --- In the caller's transaction, on a ticket that it holds --------------------------------------


def set_closed(ticket: Ticket, *, by: User | None, needs_no_answer: bool = False) -> None:
    """End the work on an open ticket."""
    ticket.state = State.CLOSED
    ticket.closed_at = now()
    ticket.snoozed_until = None
    set_waiting(ticket, None)
    record(
        ticket,
        EventKind.CLOSED,
        user_id=by.id if by else None,
        needs_no_answer=needs_no_answer,
    )
    set_nobody_asked(ticket, by=by)


def set_reopened(ticket: Ticket) -> None:
    """Make a closed ticket open again."""
    ticket.state = State.OPEN
    ticket.closed_at = None
    settle_clocks(ticket)


def set_waiting(ticket: Ticket, since: datetime | None) -> None:
    """Note since when a message waits for an answer, and by when it should have one. None: none
    waits."""
    ticket.waiting_since = since
    ticket.due_at = targets.due_at(since, ticket.priority) if since else None


def settle_clocks(ticket: Ticket) -> None:
    """Recompute what waits for an answer, and when the first one left, from the messages: they
    come in any order. A closed ticket waits for nothing."""
    db.session.flush()
    oldest = None if ticket.state == State.CLOSED else queries.oldest_unanswered(ticket)
    set_waiting(ticket, oldest.posted_at if oldest else None)
    ticket.first_reply_at = queries.first_answer_at(ticket)


def set_written_at(message: Message, at: datetime) -> None:
    """Note that a citizen's message was written at `at`, earlier than was known. Less than a second
    makes no difference: platforms tell whole seconds at times."""
    if at > message.posted_at - timedelta(seconds=1):
        return
    ticket = lock(message.ticket_id)
    message.posted_at = at
    ticket.received_at = min(ticket.received_at, at)
    settle_clocks(ticket)


def set_sent(message: Message, *, external_id: str | None, at: datetime) -> None:
    """Note that an outbound message is on the platform since `at`, under an id that may not be
    known. An answer by a person stops the clock; an automatic message does not."""
    ticket = lock(message.ticket_id)
    message.delivery = DeliveryStatus.SENT
    message.external_id = external_id
    message.sent_at = at
    message.error_code = message.error_detail = ""
    message.lease_until = message.next_at = None
    _end_doubt(message)
    record(ticket, EventKind.DELIVERY, message_id=message.id, status="sent")
    if not message.automatic:
        set_answered(ticket)
    if message.closes_ticket and ticket.state != State.CLOSED and ticket.waiting_since is None:
        set_closed(ticket, by=message.user)


def set_part_sent(message: Message, part: Part, *, external_id: str, at: datetime) -> None:
    """Note that a part of an outbound message is on the platform since `at`. The message has left
    with the last of them, and is known by the id of the first."""
    part.external_id, part.sent_at = external_id, at
    message.external_id = message.parts[0].external_id
    if message.next_part is None and message.delivery != DeliveryStatus.SENT:
        set_sent(message, external_id=message.external_id, at=at)


def set_going_on(message: Message) -> None:
    """Let the next part of an outbound message leave now. The caller rings after its commit."""
    message.delivery, message.next_at = DeliveryStatus.PENDING, now()
    message.lease_until, message.attempts = None, 0
    message.resent = False
    message.error_code = message.error_detail = ""
    _end_doubt(message)


def set_said_again(message: Message) -> None:
    """Let a message that is not on the platform leave once more. The caller rings after its
    commit."""
    message.delivery, message.next_at = DeliveryStatus.PENDING, now()
    message.lease_until, message.resent = None, True
    message.error_code = message.error_detail = ""
    record_of(message, EventKind.RESENT)


def set_unsettled(message: Message, *, why: str, detail: str = "") -> None:
    """Leave it to a person whether a message is on the platform: the hub cannot find out. `why`:
    "not-found", "answered-otherwise", or the code of what kept the hub from looking."""
    message.next_at = message.lease_until = None
    record_of(message, EventKind.UNSETTLED, code=why, detail=detail)


def set_followed(message: Message, conversation: str) -> None:
    """Let what the citizen writes under this key belong to the message's ticket, unless an open
    ticket already holds that conversation."""
    known = db.session.scalar(
        select(Conversation)
        .where(Conversation.account_id == message.account_id, Conversation.key == conversation)
        .options(joinedload(Conversation.ticket))
        .with_for_update(of=Conversation)
    )
    if known is None:
        db.session.add(
            Conversation(
                account_id=message.account_id, key=conversation, ticket_id=message.ticket_id
            )
        )
    elif known.ticket.state == State.CLOSED:
        known.ticket_id = message.ticket_id


def set_no_longer_asked(consultation: Consultation, *, by: User | None) -> None:
    """End a consultation: those who were asked may see the ticket no longer. In the history `done`
    says that one of them did it."""
    consultation.ended_at = now()
    asked = consultation.user or consultation.department
    assert asked is not None
    is_done = by is not None and (
        by.id == consultation.user_id or consultation.department_id in by.department_ids
    )
    record(
        consultation.ticket,
        EventKind.CONSULTATION_ENDED,
        user_id=by.id if by else None,
        name=asked.name,
        asked_by=consultation.asked_by_id,
        done=is_done,
    )


def set_nobody_asked(ticket: Ticket, *which: ColumnElement[bool], by: User | None) -> None:
    """End the ticket's consultations, or those of them that are meant."""
    asking = select(Consultation).where(
        Consultation.ticket_id == ticket.id, Consultation.ended_at.is_(None), *which
    )
    for consultation in db.session.scalars(asking):
        set_no_longer_asked(consultation, by=by)


def set_renamed(contact_id: int) -> None:
    """Have the search read all tickets of a person again, in the caller's transaction: they go by
    another name now."""
    theirs = (
        select(Ticket.id)
        .where(Ticket.contact_id == contact_id, Ticket.indexed_at.is_not(None))
        .order_by(Ticket.id)
        .with_for_update()
    )
    db.session.execute(
        update(Ticket)
        .where(Ticket.id.in_(list(db.session.scalars(theirs))))
        .values(indexed_at=None)
        .execution_options(synchronize_session=False)
    )


def set_answered(ticket: Ticket) -> None:
    """Note that an answer by a person is on the platform."""
    settle_clocks(ticket)
    if ticket.state != State.CLOSED:
        ticket.state = State.OPEN if ticket.waiting_since else State.WAITING


def _end_doubt(message: Message) -> None:
    """Once the platform's ids of all that is there are known."""
    there: Sequence[Message | Part] = [part for part in message.parts if part.is_there] or [message]
    if all(said.external_id for said in there):
        message.doubted_at = None


def _begin_work(ticket: Ticket) -> None:
    if ticket.state == State.NEW:
        ticket.state = State.OPEN
