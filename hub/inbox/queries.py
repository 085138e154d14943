"""Reading tickets for the agents' pages. Each function issues one statement, or a few that do
not grow with the number of tickets and messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload, lazyload

from hub.accounts.models import Membership, Role, User
from hub.extensions import db
from hub.inbox.selection import ORDERS, Position, Selection, View, condition
from hub.outbox import holding
from hub.regrouping.queries import relatives
from hub.routing.models import FALLBACK, Department
from hub.tickets import queries as tickets
from hub.tickets import references
from hub.tickets.models import (
    Attachment,
    DeliveryStatus,
    Direction,
    Event,
    EventKind,
    Message,
    State,
    Ticket,
)
from hub.tickets.people import Contact, Identity

ROWS = 50
MESSAGES = 100
HISTORY = 15
OTHERS = 8
#: A count beyond this is shown as "999+": counting on would cost time and tell nothing.
MOST_COUNTED = 1000
EXCERPT = 240

#: What the hub does by itself.
BY_ITSELF = (
    EventKind.OPENED,
    EventKind.ROUTED,
    EventKind.FILE,
    EventKind.DELIVERY,
    EventKind.LOOKED,
    EventKind.RESENT,
    EventKind.UNSETTLED,
)

#: What the history tells of an outbound message on its way.
FATE = (
    EventKind.DELIVERY,
    EventKind.LOOKED,
    EventKind.RESENT,
    EventKind.UNSETTLED,
    EventKind.DECIDED,
)

#: The views that carry a count in the left column.
COUNTED = (View.TO_ANSWER, View.UNDECIDED, View.MINE, View.UNASSIGNED, View.WAITING)


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket in a list. `sorted_at` is the instant the list is sorted by; `delivery` where
    the last outbound message stands."""

    id: int
    reference: str
    subject: str
    excerpt: str
    contact: str
    channel: str
    visibility: str
    state: str
    department: str
    assignee: str
    waiting_since: datetime | None
    updated_at: datetime
    sorted_at: datetime
    delivery: str

    @property
    def preview(self) -> str:
        """The last words of the citizen, unless the subject is made of them."""
        repeats = self.excerpt.startswith(self.subject.removesuffix("…"))
        return "" if not self.subject or repeats else self.excerpt

    @property
    def position(self) -> Position:
        return Position(self.sorted_at, self.id)


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list, with the lists that come before and after it."""

    rows: Sequence[Row]
    previous: Selection | None
    following: Selection | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of history, with who did it ("" when the hub or the citizen did)."""

    event: Event
    by: str


# --- The list ---------------------------------------------------------------------------------


def page(user: User, selection: Selection) -> Page:
    """The rows of a list that this person may see."""
    order, backwards = ORDERS[selection.view], selection.before is not None
    query = _rows(selection).where(tickets.listed_for(user), condition(selection.view, user))
    for narrowing in filters(selection):
        query = query.where(narrowing)
    if place := selection.before or selection.after:
        query = query.where(order.beyond(place, backwards=backwards))
    found = db.session.execute(query.order_by(*order.clauses(backwards=backwards)).limit(ROWS + 1))
    rows = [_row(values) for values in found]
    more, rows = len(rows) > ROWS, rows[:ROWS]
    if backwards:
        rows.reverse()
    return _page(selection, rows, more=more)


def beside(
    user: User, selection: Selection, place: Position | None, *, without: Ticket, backwards: bool
) -> Ticket | None:
    """The first ticket of a list beyond a place in it; of the whole list without one."""
    order = ORDERS[selection.view]
    query = select(Ticket).where(
        tickets.listed_for(user),
        condition(selection.view, user),
        Ticket.id != without.id,
        *filters(selection),
    )
    if place:
        query = query.where(order.beyond(place, backwards=backwards))
    return db.session.scalar(query.order_by(*order.clauses(backwards=backwards)).limit(1))


def rows_of(ticket_ids: Sequence[int]) -> list[Row]:
    """Rows of these tickets, in this order. Whoever asks has seen to it that they may be read."""
    query = _rows(Selection(view=View.ALL)).where(Ticket.id.in_(ticket_ids))
    found = {row.id: row for row in map(_row, db.session.execute(query))}
    return [found[ticket_id] for ticket_id in ticket_ids if ticket_id in found]


def counts(user: User) -> dict[View, int]:
    """How many tickets each counted view holds for this person, up to MOST_COUNTED."""
    figures = db.session.execute(select(*(_count(user, view) for view in COUNTED))).one()
    return dict(zip(COUNTED, figures, strict=True))


def newest_id() -> int:
    """The highest ticket id; a list made after reading it knows every ticket up to it."""
    return db.session.scalar(select(func.max(Ticket.id))) or 0


def count_newer(user: User, selection: Selection, ticket_id: int) -> int:
    """How many tickets of this list were opened since the one with that id."""
    newer = select(Ticket.id).where(
        Ticket.id > ticket_id,
        tickets.listed_for(user),
        condition(selection.view, user),
        *filters(selection),
    )
    return db.session.scalar(select(func.count()).select_from(newer.limit(100).subquery())) or 0


def visible_departments(user: User) -> list[Department]:
    """The active departments whose tickets this person sees."""
    query = select(Department).where(Department.active)
    if not user.may(Role.SUPERVISOR):
        query = query.where(
            or_(Department.id.in_(user.department_ids), Department.slug == FALLBACK)
        )
    return list(db.session.scalars(query.order_by(Department.position, Department.name)))


# --- One ticket -----------------------------------------------------------------------------------


def ticket(user: User, reference: str) -> Ticket | None:
    """The ticket with this reference, with all that its page names. None when there is none or
    this person may not see it: the page says the same of both."""
    found = db.session.scalar(
        select(Ticket)
        .options(
            joinedload(Ticket.account),
            joinedload(Ticket.department),
            joinedload(Ticket.assignee).options(lazyload(User.memberships)),
            joinedload(Ticket.contact),
            joinedload(Ticket.publication),
            joinedload(Ticket.previous),
        )
        .where(Ticket.id == references.number(reference), tickets.visible_to(user))
    )
    return found if found and found.reference == reference.upper() else None


def message_of(ticket: Ticket, message_id: int) -> Message | None:
    """This message, when it is one of the ticket's."""
    message = db.session.get(Message, message_id)
    return message if message and message.ticket_id == ticket.id else None


def history(ticket: Ticket, *, before: int | None = None) -> tuple[list[Line], int | None]:
    """A page of the history, newest first, and the event to read on before (None: that is all)."""
    query = select(Event, User.name).outerjoin(Event.user).where(Event.ticket_id == ticket.id)
    if before is not None:
        query = query.where(Event.id < before)
    rows = db.session.execute(query.order_by(Event.id.desc()).limit(HISTORY + 1)).all()
    lines = [Line(event, by or "") for event, by in rows[:HISTORY]]
    return lines, lines[-1].event.id if len(rows) > HISTORY else None


def events_of(ticket: Ticket, message_ids: Sequence[int]) -> list[Event]:
    """What became of these messages after they were written, oldest first."""
    query = select(Event).where(
        Event.ticket_id.in_(relatives(ticket)),
        Event.message_id.in_(message_ids),
        Event.kind.in_(FATE),
    )
    return list(db.session.scalars(query.order_by(Event.id)))


def last_event_id(ticket: Ticket) -> int:
    """The number of the ticket's last change: its version, as pages know it."""
    query = select(func.max(Event.id)).where(Event.ticket_id == ticket.id)
    return db.session.scalar(query) or 0


def versions(ticket: Ticket) -> tuple[int, int]:
    """The number of the ticket's last change, and of the last one that holds an answer whose writer
    has not seen it. Read them before what the page shows: it may show more, and never less."""
    last, seen = db.session.execute(
        select(
            func.max(Event.id), func.max(Event.id).filter(Event.kind.in_(holding.HOLDING))
        ).where(Event.ticket_id == ticket.id)
    ).one()
    return last or 0, seen or 0


def changes_by_others(ticket: Ticket, user: User, *, after: int, limit: int) -> list[Line]:
    """What happened to the ticket after that event and was not this person's doing, the last
    `limit` lines of it, oldest first. What the hub did by itself shows in the conversation."""
    rows = db.session.execute(
        select(Event, User.name)
        .outerjoin(Event.user)
        .where(
            Event.ticket_id == ticket.id,
            Event.id > after,
            or_(Event.user_id.is_(None), Event.user_id != user.id),
            Event.kind.not_in(BY_ITSELF),
        )
        .order_by(Event.id.desc())
        .limit(limit)
    ).all()
    return [Line(event, by or "") for event, by in reversed(rows)]


def cancelled_by(ticket: Ticket, thread: Sequence[Message]) -> dict[int, str]:
    """Message id -> who cancelled this answer before it left; "" for an outside tool. No statement
    where nobody did."""
    if not any(message.delivery == DeliveryStatus.CANCELLED for message in thread):
        return {}
    rows = db.session.execute(
        select(Event.message_id, User.name)
        .outerjoin(Event.user)
        .where(Event.ticket_id.in_(relatives(ticket)), Event.kind == EventKind.CANCELLED)
    )
    return {message_id: name or "" for message_id, name in rows if message_id is not None}


def other_tickets(ticket: Ticket, user: User) -> list[Ticket]:
    """Other tickets of the same person, as far as this agent may see them: open ones first, then
    the newest."""
    return list(
        db.session.scalars(
            select(Ticket)
            .where(
                Ticket.contact_id == ticket.contact_id,
                Ticket.id != ticket.id,
                tickets.visible_to(user),
            )
            .order_by(Ticket.state == State.CLOSED, Ticket.id.desc())
            .limit(OTHERS)
        )
    )


def candidates(ticket: Ticket, user: User) -> list[tuple[int, str]]:
    """(id, name) of the people to whom this person may give the ticket: the colleagues of its
    department; for supervisors, everybody who may see it."""
    may_have: list[ColumnElement[bool]] = [
        exists().where(
            Membership.user_id == User.id, Membership.department_id == ticket.department_id
        )
    ]
    if user.may(Role.SUPERVISOR):
        may_have.append(User.role.in_([Role.SUPERVISOR, Role.ADMIN]))
        if ticket.department.slug == FALLBACK:
            may_have.append(User.id.is_not(None))
    query = select(User.id, User.name).where(User.active, or_(*may_have)).order_by(User.name)
    return [(key, name) for key, name in db.session.execute(query)]


def attachment(user: User, attachment_id: int) -> Attachment | None:
    """A stored file of a message that this person may see."""
    return db.session.scalar(
        select(Attachment)
        .join(Attachment.message)
        .join(Message.ticket)
        .where(Attachment.id == attachment_id, tickets.visible_to(user))
    )


# --- Parts of the list's statement --------------------------------------------------------------


def _rows(selection: Selection) -> Select[*tuple[Any, ...]]:
    assignee = aliased(User)
    return (
        select(
            Ticket,
            ORDERS[selection.view].column,
            Contact.name,
            Department.name,
            assignee.name,
            _excerpt(),
            _handle(),
            _last_delivery(),
        )
        .join(Ticket.contact)
        .join(Department, Department.id == Ticket.department_id)
        .outerjoin(assignee, assignee.id == Ticket.assignee_id)
    )


def _row(values: Any) -> Row:
    ticket, sorted_at, name, department, assignee, excerpt, handle, delivery = values
    return Row(
        id=ticket.id,
        reference=ticket.reference,
        subject=ticket.subject,
        excerpt=" ".join((excerpt or "").split()),
        contact=name or handle or "",
        channel=ticket.channel,
        visibility=ticket.visibility,
        state=ticket.state,
        department=department,
        assignee=assignee or "",
        waiting_since=ticket.waiting_since,
        updated_at=ticket.updated_at,
        sorted_at=sorted_at,
        delivery=delivery or "",
    )


def _excerpt() -> ColumnElement[str | None]:
    return (
        select(func.substr(Message.text, 1, EXCERPT))
        .where(Message.ticket_id == Ticket.id, Message.direction == Direction.IN)
        .order_by(Message.posted_at.desc(), Message.id.desc())
        .limit(1)
        .correlate(Ticket)
        .scalar_subquery()
    )


def _handle() -> ColumnElement[str | None]:
    return (
        select(Identity.handle)
        .where(Identity.contact_id == Ticket.contact_id, Identity.account_id == Ticket.account_id)
        .order_by(Identity.id.desc())
        .limit(1)
        .correlate(Ticket)
        .scalar_subquery()
    )


def _last_delivery() -> ColumnElement[str | None]:
    return (
        select(Message.delivery)
        .where(
            Message.ticket_id == Ticket.id,
            Message.direction == Direction.OUT,
            Message.automatic.is_(False),
        )
        .order_by(Message.posted_at.desc(), Message.id.desc())
        .limit(1)
        .correlate(Ticket)
        .scalar_subquery()
    )


def filters(selection: Selection) -> list[ColumnElement[bool]]:
    """What a list is narrowed by, beside its view."""
    found: list[ColumnElement[bool]] = []
    if selection.department:
        department = select(Department.id).where(Department.slug == selection.department)
        found.append(Ticket.department_id == department.scalar_subquery())
    if selection.channel:
        found.append(Ticket.channel == selection.channel)
    if selection.state:
        found.append(Ticket.state == selection.state)
    return found


def _count(user: User, view: View) -> ColumnElement[int]:
    some = select(Ticket.id).where(and_(tickets.listed_for(user), condition(view, user)))
    return select(func.count()).select_from(some.limit(MOST_COUNTED).subquery()).scalar_subquery()


def _page(selection: Selection, rows: list[Row], *, more: bool) -> Page:
    """`more`: there are further rows in the direction that was read."""
    forwards = selection.before is None
    has_previous = bool(selection.after) if forwards else more
    has_following = more if forwards else True
    return Page(
        rows=rows,
        previous=selection.preceding(rows[0].position) if rows and has_previous else None,
        following=selection.following(rows[-1].position) if rows and has_following else None,
    )
