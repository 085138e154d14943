"""Which tickets a list shows: a view, filters, and a place in it, all kept in the address so that
a list can be linked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, literal, literal_column, select, tuple_

from hub.accounts.models import User
from hub.clock import UtcDateTime
from hub.tickets.models import Message, State, Ticket
from hub.tickets.queries import is_undecided

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

#: Written out, because a partial index serves only what names its condition word for word.
NOT_CLOSED = Ticket.state != literal_column("'closed'")


class View(StrEnum):
    """The lists of the left column, in its order. `undecided`: answers of which a person must say
    whether they arrived."""

    TO_ANSWER = "to_answer"
    UNDECIDED = "undecided"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    WAITING = "waiting"
    CLOSED = "closed"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a list: the sort instant and the id of a row."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // MICROSECOND}-{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Position | None":
        """None for what no list has written."""
        at, _, number = text.partition("-")
        if not (at.isascii() and at.isdecimal() and number.isascii() and number.isdecimal()):
            return None
        if len(at) > 17 or len(number) > 18:
            return None
        return cls(EPOCH + int(at) * MICROSECOND, int(number))


@dataclass(frozen=True, slots=True)
class Selection:
    """One list. Empty filters let all through. At most one of `after` and `before` is set: the
    rows that follow it, or those that come before it."""

    view: View = View.TO_ANSWER
    department: str = ""
    channel: str = ""
    state: str = ""
    after: Position | None = None
    before: Position | None = None

    @classmethod
    def of(cls, args: Mapping[str, str]) -> "Selection":
        """What an address asks for; what it asks for in vain is left out."""
        after = Position.parse(args.get("after", ""))
        return cls(
            view=View(args["view"]) if args.get("view") in set(View) else View.TO_ANSWER,
            department=_slug(args.get("department", "")),
            channel=_slug(args.get("channel", "")),
            state=args["state"] if args.get("state") in set(State) else "",
            after=after,
            before=None if after else Position.parse(args.get("before", "")),
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.department or self.channel or self.state)

    def args(self) -> dict[str, str]:
        """The address's part of this list, without what is empty."""
        named = {
            "view": "" if self.view == View.TO_ANSWER else str(self.view),
            "department": self.department,
            "channel": self.channel,
            "state": self.state,
            "after": str(self.after or ""),
            "before": str(self.before or ""),
        }
        return {name: value for name, value in named.items() if value}

    def at_start(self) -> "Selection":
        """The same list from its first row."""
        return replace(self, after=None, before=None)

    def without_filters(self) -> "Selection":
        """The view alone, from its first row."""
        return Selection(view=self.view)

    def looking_at(self, view: str) -> "Selection":
        """Another view, whole."""
        return Selection(view=View(view))

    def following(self, position: Position) -> "Selection":
        return replace(self, after=position, before=None)

    def preceding(self, position: Position) -> "Selection":
        return replace(self, after=None, before=position)


@dataclass(frozen=True, slots=True)
class Order:
    """By which instant a view is sorted; the id decides between equals."""

    column: ColumnElement[datetime]
    oldest_first: bool

    def position(self, ticket: Ticket) -> Position | None:
        """Where a ticket stands; None when it is not among those that the view sorts."""
        at = getattr(ticket, self.column.key or "")
        return Position(at, ticket.id) if at else None

    def clauses(self, *, backwards: bool = False) -> tuple[ColumnElement[Any], ...]:
        ascending = self.oldest_first != backwards
        columns = (self.column, Ticket.id)
        return tuple(c.asc() if ascending else c.desc() for c in columns)

    def beyond(self, position: Position, *, backwards: bool = False) -> ColumnElement[bool]:
        """What comes after that position, read in this direction."""
        here = tuple_(self.column, Ticket.id)
        there = tuple_(literal(position.at, UtcDateTime), literal(position.id))
        return here > there if self.oldest_first != backwards else here < there


_OLDEST_WAITING = Order(Ticket.waiting_since, oldest_first=True)  # type: ignore[arg-type]
_OLDEST = Order(Ticket.received_at, oldest_first=True)  # type: ignore[arg-type]
_LAST_CHANGED = Order(Ticket.updated_at, oldest_first=False)  # type: ignore[arg-type]

#: What needs an answer is sorted by how long its citizen has waited. Neither the channel nor who
#: writes, nor how often, moves a ticket up.
ORDERS: Mapping[View, Order] = {
    View.TO_ANSWER: _OLDEST_WAITING,
    View.UNDECIDED: _OLDEST,
    View.MINE: _LAST_CHANGED,
    View.UNASSIGNED: _OLDEST,
    View.WAITING: _LAST_CHANGED,
    View.CLOSED: _LAST_CHANGED,
    View.ALL: _LAST_CHANGED,
}


def condition(view: View, user: User) -> ColumnElement[bool]:
    """Which tickets a view holds for this person, apart from what they may see at all."""
    conditions: dict[View, ColumnElement[bool]] = {
        View.TO_ANSWER: Ticket.waiting_since.is_not(None),
        View.UNDECIDED: Ticket.id.in_(select(Message.ticket_id).where(is_undecided())),
        View.MINE: and_(Ticket.assignee_id.is_not(None), Ticket.assignee_id == user.id, NOT_CLOSED),
        View.UNASSIGNED: and_(Ticket.assignee_id.is_(None), NOT_CLOSED),
        View.WAITING: Ticket.state == State.WAITING,
        View.CLOSED: Ticket.state == State.CLOSED,
        View.ALL: Ticket.id.is_not(None),
    }
    return conditions[view]


def _slug(text: str) -> str:
    """Slugs are plain; anything else names no department and no channel."""
    return text if len(text) <= 48 and text.isprintable() else ""
