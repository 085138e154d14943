"""Lists of tickets: their rows, and how many there are. Each function issues a few statements that
neither the number of tickets nor that of departments makes slower."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.orm import aliased

from hub.accounts import readers
from hub.accounts.models import User
from hub.accounts.readers import AnyReader, Reader
from hub.clock import UtcDateTime, now
from hub.database import BigInt
from hub.deadlines import targets
from hub.extensions import db
from hub.inbox import keyset
from hub.inbox.contents import ORDERS, condition, members, narrowings, within
from hub.inbox.keyset import Reading
from hub.inbox.notifications import queries as notifications
from hub.inbox.reach import MOST_COUNTED, Reach, held_for
from hub.inbox.reach import of as reach_of
from hub.inbox.selection import Position, Selection, View
from hub.plain_rows import plain_rows
from hub.routing.models import Department
from hub.tickets import references
from hub.tickets.models import Direction, Message, Ticket
from hub.tickets.people import Contact, Identity

ROWS = 50
EXCERPT = 240
#: How many new tickets an open list tells of at most.
MOST_NEW = 100

#: The views that carry a count in the left column.
COUNTED = (
    View.TO_ANSWER,
    View.LATE,
    View.UNDECIDED,
    View.MINE,
    View.DRAFTS,
    View.UNASSIGNED,
    View.WAITING,
    View.CONSULTED,
    View.SNOOZED,
)
#: Those that are counted by a statement of their own; `reach` has the first already.
OTHERS = tuple(view for view in COUNTED if view != View.TO_ANSWER)
#: Those of which each department has an index.
BY_DEPARTMENT = (View.LATE, View.UNASSIGNED, View.WAITING, View.SNOOZED)


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket in a list. `sorted_at` is the instant the list is sorted by; `delivery` where
    the last outbound message stands. A short row has neither `excerpt` nor `delivery`."""

    id: int
    reference: str
    subject: str
    excerpt: str
    contact: str
    channel: str
    visibility: str
    state: str
    priority: str
    language: str
    department: str
    assignee: str
    waiting_since: datetime | None
    due_at: datetime | None
    snoozed_until: datetime | None
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
    """Part of a list, with the lists that come before and after it. `looks_on`: what follows was
    not looked through yet for what the filters ask."""

    rows: Sequence[Row]
    previous: Selection | None
    following: Selection | None
    looks_on: bool = False


def page(user: User, reach: Reach, selection: Selection, *, short: bool = False) -> Page:
    """The rows of a list that this person may see."""
    places = keyset.read(user, reach, selection, ROWS + 1)
    more, found = len(places.found) > ROWS, places.found[:ROWS]
    if selection.before is not None:
        found = found[::-1]
    return _page(selection, _at(found, short=short), more=more, beyond=places.looked_until)


def rows_of(ticket_ids: Sequence[int]) -> list[Row]:
    """Rows of these tickets, in this order. Whoever asks has seen to it that they may be read."""
    found = _values(ticket_ids, short=False)
    known = [found[number] for number in ticket_ids if number in found]
    return [_row(values, values.updated_at) for values in known]


def beside(
    user: User, selection: Selection, place: Position | None, *, without: Ticket, backwards: bool
) -> Ticket | None:
    """The first ticket of a list beyond a place in it; of the whole list without one."""
    here = selection.at_start()
    if place:
        here = here.preceding(place) if backwards else here.following(place)
    found = keyset.read(user, reach_of(user), here, 2).found
    number = next((position.id for position in found if position.id != without.id), None)
    return db.session.get(Ticket, number) if number else None


def whole(user: User, reach: Reach, selection: Selection) -> Select[int]:
    """The ids of all tickets of a list, in its order, whichever page of it is shown."""
    order = ORDERS[selection.view]
    directed = (c.asc() if order.oldest_first else c.desc() for c in (order.instant, Ticket.id))
    return select(Ticket.id).where(*_holding(user, reach, selection)).order_by(*directed)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tickets each counted view holds for a person, up to MOST_COUNTED; `newest`: the
    highest ticket id, so that a list read afterwards knows every ticket up to it. `unread`: how
    many notifications, see hub.inbox.notifications.queries.unread."""

    views: Mapping[View, int]
    newest: int
    unread: int


def counts(user: User, reach: Reach) -> Counts:
    """All counts of the left column, in one statement beside those of `reach`."""
    told = {
        "near": targets.near(now()),
        "most": MOST_COUNTED,
        "within_reach": reach.ids,
        **readers.told(user),
    }
    query = _counts(readers.like(user), db.engine.dialect.name)
    highest, unread, *figures = plain_rows(query, told).one()
    views: dict[View, int] = {View.TO_ANSWER: reach.waiting_in_all}
    views.update(zip(OTHERS, figures, strict=True))
    return Counts(views, highest or 0, unread)


@cache
def _counts(reader: AnyReader, dialect: str) -> Select[*tuple[int, ...]]:
    newest = select(func.max(Ticket.id)).scalar_subquery()
    unread = notifications.number_unread(reader).scalar_subquery()
    return select(newest, unread, *(_count(reader, view, dialect) for view in OTHERS))


def count_newer(user: User, reach: Reach, selection: Selection, ticket_id: int) -> int:
    """How many tickets of this list were opened since the one with that id, up to MOST_NEW."""
    newer: Reading = select(literal_column("1")).where(
        Ticket.id > ticket_id,
        *_holding(user, reach, selection),
    )
    some = newer.limit(MOST_NEW).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


# --- Parts of the statements ----------------------------------------------------------------------


def _holding(user: User, reach: Reach, selection: Selection) -> list[ColumnElement[bool]]:
    """The conditions on Ticket of a whole list."""
    found = _viewing(user, reach.holds(), selection.view)
    if selection.department:
        ids = reach.department_ids(selection.department) or []
        found.append(Ticket.department_id.in_(ids))
    return [*found, *narrowings(selection, Ticket.__table__.c)]


def _viewing(
    user: Reader,
    held: ColumnElement[bool],
    view: View,
    near: ColumnElement[datetime] | None = None,
) -> list[ColumnElement[bool]]:
    found = [condition(view, user, near), within(view, user, held)]
    if (among := members(view, user)) is not None:
        found.append(Ticket.id.in_(among))
    return found


def _count(reader: AnyReader, view: View, dialect: str) -> ColumnElement[int]:
    """PostgreSQL plans anew each time what counts up to any number, so it reads the number in the
    statement. SQLite takes the index that is meant when the count has its order: any other reads
    all tickets of the departments, 30 ms of 100,000."""
    is_sqlite = dialect == "sqlite"
    most = bindparam("most", type_=Integer, literal_execute=not is_sqlite)
    some: Reading = select(literal_column("1")).select_from(Ticket)
    near = bindparam("near", type_=UtcDateTime)
    some = some.where(*_viewing(reader, held_for(reader), view, near))
    if is_sqlite and not reader.reads_all and view in BY_DEPARTMENT:
        some = some.order_by(Ticket.department_id, ORDERS[view].column)
    counted = some.limit(most).subquery()
    return select(func.count()).select_from(counted).scalar_subquery()


def _at(found: Sequence[Position], *, short: bool) -> list[Row]:
    """The rows at these places, in their order."""
    if not found:
        return []
    values = _values([position.id for position in found], short=short)
    return [_row(values[p.id], p.at) for p in found if p.id in values]


def _values(ids: Sequence[int], *, short: bool) -> dict[int, Any]:
    return {row.id: row for row in plain_rows(_rows(short), {"ids": ids})}


@cache
def _rows(short: bool) -> Reading:
    assignee = aliased(User)
    return (
        select(
            Ticket.id,
            Ticket.opened_at,
            Ticket.subject,
            Ticket.channel,
            Ticket.visibility,
            Ticket.state,
            Ticket.priority,
            Ticket.language,
            Ticket.waiting_since,
            Ticket.due_at,
            Ticket.snoozed_until,
            Ticket.updated_at,
            case((Contact.name != "", Contact.name), else_=_handle()).label("contact"),
            Department.name.label("department"),
            assignee.name.label("assignee"),
            (literal("") if short else _excerpt()).label("excerpt"),
            (literal("") if short else _last_delivery()).label("delivery"),
        )
        .join(Ticket.contact)
        .join(Department, Department.id == Ticket.department_id)
        .outerjoin(assignee, assignee.id == Ticket.assignee_id)
        .where(Ticket.id.in_(bindparam("ids", type_=BigInt, expanding=True)))
    )


def _row(values: Any, sorted_at: datetime) -> Row:
    return Row(
        id=values.id,
        reference=references.reference(values.opened_at, values.id),
        subject=values.subject,
        excerpt=" ".join((values.excerpt or "").split()),
        contact=values.contact or "",
        channel=values.channel,
        visibility=values.visibility,
        state=values.state,
        priority=values.priority,
        language=values.language,
        department=values.department,
        assignee=values.assignee or "",
        waiting_since=values.waiting_since,
        due_at=values.due_at,
        snoozed_until=values.snoozed_until,
        updated_at=values.updated_at,
        sorted_at=sorted_at,
        delivery=values.delivery or "",
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


def _page(selection: Selection, rows: list[Row], *, more: bool, beyond: Position | None) -> Page:
    """`more`: there are further rows in the direction that was read; `beyond`: there may be,
    from there on."""
    forwards = selection.before is None
    here = selection.after or selection.before
    first, last = (rows[0].position, rows[-1].position) if rows else (here, here)
    has_more = more or beyond is not None
    has_previous = here is not None if forwards else has_more
    has_following = has_more if forwards else True
    start = beyond if beyond and not more and not forwards else first
    end = beyond if beyond and not more and forwards else last
    return Page(
        rows=rows,
        previous=selection.preceding(start) if start and has_previous else None,
        following=selection.following(end) if end and has_following else None,
        looks_on=beyond is not None and not more,
    )
