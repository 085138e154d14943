"""What each view holds, and in which order.

What needs work is sorted by its deadline. That is the same promise on every channel, moved by the
priority alone: neither the channel nor who writes, nor how often, moves a ticket up.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask_babel import to_user_timezone
from sqlalchemy import (
    ColumnCollection,
    ColumnElement,
    Select,
    and_,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute

from hub.accounts.readers import Reader
from hub.clock import UtcDateTime, now
from hub.deadlines import targets
from hub.inbox.drafts import queries as drafts
from hub.inbox.reach import AWAKE, WAITS_FOR_US
from hub.inbox.selection import Age, Position, Selection, View
from hub.tickets.models import Consultation, Follower, Message, State, Tag, Ticket
from hub.tickets.queries import asks, is_undecided

#: Where a ticket without a deadline stands: after all that have one.
FAR = datetime(2999, 1, 1, tzinfo=UTC)

#: Written out, because a partial index serves only what names its condition word for word.
NOT_CLOSED = Ticket.state != literal_column("'closed'")


@dataclass(frozen=True, slots=True)
class Order:
    """By which instant a view is sorted; the id decides between equals. `others_last`: tickets
    without that instant come after those with it, oldest first."""

    column: InstrumentedAttribute[Any]
    oldest_first: bool = True
    others_last: bool = False

    @property
    def instant(self) -> ColumnElement[Any]:
        """The same as one expression, for lists that are sorted in memory."""
        if not self.others_last:
            return self.column.expression
        return func.coalesce(self.column, literal(FAR, UtcDateTime), type_=UtcDateTime)

    def position(self, ticket: Ticket) -> Position | None:
        """Where a ticket stands; None when it is not among those that the view sorts."""
        at = getattr(ticket, self.column.key) or (FAR if self.others_last else None)
        return Position(at, ticket.id) if at else None


_BY_DEADLINE = Order(Ticket.due_at)
_DEADLINES_FIRST = Order(Ticket.due_at, others_last=True)
_LAST_CHANGED = Order(Ticket.updated_at, oldest_first=False)

ORDERS: Mapping[View, Order] = {
    View.TO_ANSWER: _BY_DEADLINE,
    View.LATE: _BY_DEADLINE,
    View.UNDECIDED: Order(Ticket.received_at),
    View.MINE: _DEADLINES_FIRST,
    View.DRAFTS: _LAST_CHANGED,
    View.UNASSIGNED: _DEADLINES_FIRST,
    View.WAITING: _LAST_CHANGED,
    View.CONSULTED: _DEADLINES_FIRST,
    View.FOLLOWED: _LAST_CHANGED,
    View.SNOOZED: Order(Ticket.snoozed_until),
    View.CLOSED: _LAST_CHANGED,
    View.ALL: _LAST_CHANGED,
}


def condition(
    view: View, user: Reader, near: ColumnElement[datetime] | None = None
) -> ColumnElement[bool]:
    """Which tickets a view holds for this person, apart from what they may see at all. `near`: up
    to which instant a deadline is near, where the statement is kept."""
    is_mine = and_(Ticket.assignee_id.is_not(None), Ticket.assignee_id == user.id)
    conditions: dict[View, Callable[[], ColumnElement[bool]]] = {
        View.TO_ANSWER: lambda: and_(*WAITS_FOR_US),
        View.LATE: lambda: and_(
            *WAITS_FOR_US, Ticket.due_at <= (targets.near(now()) if near is None else near)
        ),
        View.MINE: lambda: and_(is_mine, NOT_CLOSED, AWAKE),
        View.UNASSIGNED: lambda: and_(Ticket.assignee_id.is_(None), NOT_CLOSED, AWAKE),
        View.WAITING: lambda: and_(Ticket.state == State.WAITING, AWAKE),
        View.SNOOZED: lambda: Ticket.snoozed_until.is_not(None),
        View.CLOSED: lambda: Ticket.state == State.CLOSED,
    }
    return conditions.get(view, true)()


def members(view: View, user: Reader) -> Select[int] | None:
    """The ids of the tickets of a view that another table keeps; None for other views."""
    match view:
        case View.UNDECIDED:
            return select(Message.ticket_id).where(is_undecided())
        case View.DRAFTS:
            return drafts.ticket_ids(user)
        case View.CONSULTED:
            return select(Consultation.ticket_id).where(asks(user))
        case View.FOLLOWED:
            return select(Follower.ticket_id).where(Follower.user_id == user.id)
        case _:
            return None


def within(view: View, user: Reader, held: ColumnElement[bool]) -> ColumnElement[bool]:
    """What of a view that `members` gives this person may see. `held`: Reach.holds."""
    if view == View.CONSULTED:
        return true()
    if view in {View.FOLLOWED, View.DRAFTS}:
        asked = select(Consultation.ticket_id).where(asks(user))
        return or_(held, Ticket.id.in_(asked))
    return held


#: What filters look at, beside the department.
FILTERED = (
    Ticket.channel,
    Ticket.state,
    Ticket.visibility,
    Ticket.priority,
    Ticket.language,
    Ticket.opened_at,
)


def narrowings(
    selection: Selection, columns: ColumnCollection[str, ColumnElement[object]]
) -> list[ColumnElement[bool]]:
    """The conditions of the filters, but for the department's, on columns named as Ticket's."""
    found = [
        columns[name] == value
        for name, value in selection.filters.items()
        if name not in {"department", "tag", "age"}
    ]
    if selection.tag:
        found.append(columns["id"].in_(tagged(selection.tag)))
    if selection.age:
        found.append(_is_of_age(Age(selection.age), columns["opened_at"]))
    return found


def tagged(name: str) -> Select[int]:
    """The ids of the tickets with this tag."""
    return select(Tag.ticket_id).where(Tag.name == name)


def _is_of_age(age: Age, opened_at: ColumnElement[object]) -> ColumnElement[bool]:
    local = to_user_timezone(now())
    midnight = datetime.combine(local.date(), time(), local.tzinfo)
    days = {Age.TODAY: 0, Age.WEEK: 6, Age.MONTH: 29, Age.OLDER: 29}[age]
    since = literal(midnight - timedelta(days=days), UtcDateTime)
    return opened_at < since if age == Age.OLDER else opened_at >= since
