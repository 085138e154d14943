"""Reading a list by its order: where its next rows are, however many tickets there are.

The tickets of each department are read from an index of their own, as many as a page takes, and
merged: a small department's list is as quick as everybody's. What filters ask for is looked for
in the next tickets of the list, up to a number of them; then the reader decides whether to look
further.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    UnaryExpression,
    bindparam,
    func,
    literal,
    select,
    tuple_,
    union_all,
)

from hub.accounts import readers
from hub.accounts.models import User
from hub.accounts.readers import AnyReader, Reader
from hub.clock import UtcDateTime, now
from hub.deadlines import targets
from hub.extensions import db
from hub.inbox.contents import (
    FAR,
    FILTERED,
    ORDERS,
    Order,
    condition,
    members,
    narrowings,
    tagged,
    within,
)
from hub.inbox.reach import Reach
from hub.inbox.selection import Position, Selection, View
from hub.plain_rows import plain_rows
from hub.tickets.models import Tag, Ticket

Reading: TypeAlias = Select[*tuple[Any, ...]]

#: In how many tickets of a list a page looks for those that fit its filters.
LOOKED_THROUGH = 6000
#: A tag on no more tickets than this is read from the tag; the list itself has others soon.
RARE = 2000


@dataclass(frozen=True, slots=True)
class Places:
    """Where rows are, in the order they were read, and how far was looked in vain (None: all that
    was asked for was found, or there is no more)."""

    found: list[Position]
    looked_until: Position | None = None


def read(user: User, reach: Reach, selection: Selection, limit: int) -> Places:
    """The first places of a list beyond its own; backwards from `selection.before`."""
    among = _few(user, selection)
    if among is not None:
        return Places(_positions(_sorted(user, reach, selection, among).limit(limit)))
    ids = reach.department_ids(selection.department)
    if ids == []:
        return Places([])
    if not (selection.is_narrowed or selection.after or selection.before):
        own = None if ids is None else tuple(ids)
        beginning = _beginning(readers.like(user), own, selection.view, limit)
        told = {"near": targets.near(now()), **readers.told(user)}
        return Places(_positions(beginning, told))
    branches = list(_branches(user, ids, selection))
    if selection.is_narrowed:
        return _look_through(selection, branches, limit)
    return Places(_positions(_merged(selection, branches, limit)))


@lru_cache(maxsize=1000)
def _beginning(reader: AnyReader, ids: tuple[int, ...] | None, view: View, limit: int) -> Reading:
    """The first rows of a view in these departments (None: in all)."""
    selection = Selection(view=view)
    return _merged(selection, list(_branches(reader, ids, selection)), limit)


def _few(user: User, selection: Selection) -> Select[int] | None:
    """The ids among which a list is, where another table names them and they are few."""
    found = members(selection.view, user)
    if found is None and selection.tag and _is_rare(selection.tag):
        found = tagged(selection.tag).limit(RARE)
    return found


def _is_rare(tag: str) -> bool:
    some = select(Tag.ticket_id).where(Tag.name == tag).limit(RARE + 1).subquery()
    return (db.session.scalar(select(func.count()).select_from(some)) or 0) <= RARE


def _sorted(user: User, reach: Reach, selection: Selection, among: Select[int]) -> Reading:
    """All of a few tickets, sorted in memory."""
    order, backwards = ORDERS[selection.view], selection.before is not None
    query = select(Ticket.id, order.instant.label("at")).where(
        Ticket.id.in_(among),
        condition(selection.view, user),
        within(selection.view, user, reach.holds()),
        *narrowings(selection, Ticket.__table__.c),
    )
    if (ids := reach.department_ids(selection.department)) is not None and selection.department:
        query = query.where(Ticket.department_id.in_(ids))
    if place := selection.before or selection.after:
        query = query.where(_beyond(order.instant, place, _ascends(order, backwards)))
    return query.order_by(*_by(order.instant, Ticket.id, _ascends(order, backwards)))


def _look_through(selection: Selection, branches: list[Reading], limit: int) -> Places:
    most = max(LOOKED_THROUGH // len(branches), limit)
    looked = _merged(selection, branches, most).subquery()
    order, backwards = ORDERS[selection.view], selection.before is not None
    fitting = (
        select(looked.c.id, looked.c.at)
        .where(*narrowings(selection, looked.c))
        .order_by(*_by(looked.c.at, looked.c.id, _ascends(order, backwards)))
    )
    found = _positions(fitting.limit(_written(limit)))
    if len(found) == limit:
        return Places(found)
    last = _positions(_merged(selection, branches, most, skip=most - 1))
    return Places(found, last[0] if last else None)


def _merged(selection: Selection, branches: list[Reading], limit: int, *, skip: int = 0) -> Reading:
    """The first rows of all branches together."""
    order, backwards = ORDERS[selection.view], selection.before is not None
    parts = [branch.limit(_written(limit)).subquery() for branch in branches]
    whole = parts[0] if len(parts) == 1 else _union(parts)
    query = select(*whole.c).order_by(*_by(whole.c.at, whole.c.id, _ascends(order, backwards)))
    query = query.limit(_written(limit - skip))
    return query.offset(_written(skip)) if skip else query


def _written(number: int) -> ColumnElement[int]:
    """A number that is written into the statement. PostgreSQL keeps plans, and one for any
    department and any number of rows goes through everybody's tickets to find those of a small
    department: 150 ms of a million tickets, instead of one."""
    return literal(number, literal_execute=True)


def _union(parts: Sequence[Subquery]) -> Subquery:
    return union_all(*(select(part) for part in parts)).subquery()


def _branches(reader: Reader, ids: Sequence[int] | None, selection: Selection) -> Iterator[Reading]:
    """The list in parts that an index each has in the list's order."""
    order = ORDERS[selection.view]
    near = bindparam("near", type_=UtcDateTime) if isinstance(reader, AnyReader) else None
    looks = FILTERED if selection.is_narrowed else []
    for segment in _segments(order, selection):
        query = segment.add_columns(*looks).where(condition(selection.view, reader, near))
        if ids is None:
            yield query
        else:
            for number in ids:
                yield query.where(Ticket.department_id == _written(number))


def _segments(order: Order, selection: Selection) -> Iterator[Reading]:
    """Tickets with the instant of the order; after them, where it asks for it, those without."""
    backwards, place = selection.before is not None, selection.before or selection.after
    ascends = _ascends(order, backwards)
    timed = select(Ticket.id, order.column.label("at")).order_by(
        *_by(order.column, Ticket.id, ascends)
    )
    if order.others_last:
        timed = timed.where(order.column.is_not(None))
    yield timed.where(_beyond(order.column, place, ascends)) if place else timed
    if not order.others_last or (backwards and place and place.at < FAR):
        return
    others = select(Ticket.id, literal(FAR, UtcDateTime).label("at")).where(order.column.is_(None))
    if place and place.at >= FAR:
        others = others.where(Ticket.id > place.id if ascends else Ticket.id < place.id)
    yield others.order_by(Ticket.id.asc() if ascends else Ticket.id.desc())


def _ascends(order: Order, backwards: bool) -> bool:
    return order.oldest_first != backwards


def _by(at: Any, number: Any, ascends: bool) -> tuple[UnaryExpression[Any], ...]:
    return tuple(c.asc() if ascends else c.desc() for c in (at, number))


def _beyond(at: Any, place: Position, ascends: bool) -> ColumnElement[bool]:
    """What comes after that place, read in this direction."""
    here = tuple_(at, Ticket.id)
    there = tuple_(literal(place.at, UtcDateTime), literal(place.id))
    return here > there if ascends else here < there


def _positions(query: Reading, told: Mapping[str, object] | None = None) -> list[Position]:
    return [Position(row.at, row.id) for row in plain_rows(query, told)]
