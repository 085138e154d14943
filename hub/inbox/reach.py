"""Which departments' tickets a person's lists hold. Read once for a page: lists that name
departments by number are read from the indexes of these departments alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    true,
)

from hub.accounts import readers
from hub.accounts.models import User
from hub.accounts.readers import AnyReader
from hub.database import BigInt
from hub.plain_rows import plain_rows
from hub.routing.models import FALLBACK, Department
from hub.tickets.models import Ticket

#: A count beyond this is shown as "999+": counting on would cost time and tell nothing.
MOST_COUNTED = 1000

#: Conditions of partial indexes, in their words.
AWAKE = Ticket.snoozed_until.is_(None)
WAITS_FOR_US = (Ticket.waiting_since.is_not(None), AWAKE)


@dataclass(frozen=True, slots=True)
class DepartmentInReach:
    """A department whose tickets are in somebody's lists; those that nobody writes to any more are
    not `active`. `waiting`: how many tickets wait for us there, up to MOST_COUNTED."""

    id: int
    slug: str
    name: str
    active: bool
    waiting: int


@dataclass(frozen=True, slots=True)
class Reach:
    """The rule of `hub.tickets.queries.listed_for`, with the departments by name. `everything`:
    no department needs to be named, all tickets are within reach."""

    everything: bool
    departments: Sequence[DepartmentInReach]

    @property
    def ids(self) -> list[int]:
        return [department.id for department in self.departments]

    @property
    def active(self) -> list[DepartmentInReach]:
        """Those that a list offers to choose from."""
        return [department for department in self.departments if department.active]

    @property
    def waiting_in_all(self) -> int:
        return min(sum(department.waiting for department in self.departments), MOST_COUNTED)

    def holds(self) -> ColumnElement[bool]:
        """A condition on Ticket, for lists that are short whoever reads them."""
        return _holds(everything=self.everything, ids=self.ids)

    def department_ids(self, slug: str) -> list[int] | None:
        """Which departments a list is read from: those of the person, or the one with this slug
        ("": all). None: it need not name any."""
        if not slug:
            return None if self.everything else self.ids
        return [department.id for department in self.departments if department.slug == slug]


def held_for(reader: AnyReader) -> ColumnElement[bool]:
    """The same in a statement that is kept. It is told `within_reach`, the ids of the reach."""
    ids = bindparam("within_reach", type_=BigInt, expanding=True)
    return _holds(everything=reader.reads_all, ids=ids)


def _holds(*, everything: bool, ids: Any) -> ColumnElement[bool]:
    return true() if everything else Ticket.department_id.in_(ids)


def of(user: User) -> Reach:
    """What this person's lists hold, in one statement."""
    reader = readers.like(user)
    told = {"most": MOST_COUNTED, **readers.told(user)}
    found = plain_rows(_departments(reader), told)
    return Reach(reader.reads_all, [DepartmentInReach(*row) for row in found])


@cache
def _departments(reader: AnyReader) -> Select[int, str, str, bool, int]:
    shown = (Department.id, Department.slug, Department.name, Department.active)
    query = select(*shown, _waiting()).order_by(Department.position, Department.name)
    if reader.reads_all:
        return query
    own = Department.id.in_(reader.department_ids)
    return query.where(or_(own, Department.slug == FALLBACK))


def _waiting() -> ColumnElement[int]:
    """How many tickets of the department of the row wait for us. In an order that one index alone
    has: SQLite has been seen to take another, and to read all tickets of the department."""
    one: Select[*tuple[Any, ...]] = select(literal_column("1"))
    here = one.where(Ticket.department_id == Department.id, *WAITS_FOR_US).correlate(Department)
    some = (
        here.order_by(Ticket.due_at)
        .limit(bindparam("most", type_=Integer, literal_execute=True))
        .subquery()
    )
    return select(func.count()).select_from(some).scalar_subquery()
