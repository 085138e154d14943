"""Which departments' tickets a person's lists hold. Read once for a page: lists that name
departments by number are read from the indexes of these departments alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select, true

from hub.accounts.models import Role, User
from hub.extensions import db
from hub.routing.models import FALLBACK, Department
from hub.tickets.models import Ticket

#: A count beyond this is shown as "999+": counting on would cost time and tell nothing.
MOST_COUNTED = 1000

#: Conditions of partial indexes, in their words.
AWAKE = Ticket.snoozed_until.is_(None)
WAITS_FOR_US = (Ticket.waiting_since.is_not(None), AWAKE)


@dataclass(frozen=True, slots=True)
class Reach:
    """The rule of `hub.tickets.queries.listed_for`, with the departments by name. `everything`:
    no department needs to be named, all tickets are within reach. `waiting`: department id -> how
    many tickets wait for us there, up to MOST_COUNTED."""

    everything: bool
    departments: Sequence[Department]
    waiting: Mapping[int, int]

    @property
    def ids(self) -> list[int]:
        return [department.id for department in self.departments]

    @property
    def active(self) -> list[Department]:
        """Those that a list offers to choose from."""
        return [department for department in self.departments if department.active]

    @property
    def waiting_in_all(self) -> int:
        return min(sum(self.waiting.values()), MOST_COUNTED)

    def holds(self) -> ColumnElement[bool]:
        """A condition on Ticket, for lists that are short whoever reads them."""
        return true() if self.everything else Ticket.department_id.in_(self.ids)

    def department_ids(self, slug: str) -> list[int] | None:
        """Which departments a list is read from: those of the person, or the one with this slug
        ("": all). None: it need not name any."""
        if not slug:
            return None if self.everything else self.ids
        return [department.id for department in self.departments if department.slug == slug]


def of(user: User) -> Reach:
    """What this person's lists hold, in one statement."""
    query = select(Department, _waiting()).order_by(Department.position, Department.name)
    everything = user.may(Role.SUPERVISOR)
    if not everything:
        own = Department.id.in_(user.department_ids)
        query = query.where(or_(own, Department.slug == FALLBACK))
    rows = db.session.execute(query).all()
    return Reach(
        everything=everything,
        departments=[department for department, _waiting in rows],
        waiting={department.id: number for department, number in rows},
    )


def _waiting() -> ColumnElement[int]:
    """How many tickets of the department of the row wait for us."""
    one: Select[*tuple[Any, ...]] = select(literal_column("1"))
    here = one.where(Ticket.department_id == Department.id, *WAITS_FOR_US).correlate(Department)
    some = here.limit(MOST_COUNTED).subquery()
    return select(func.count()).select_from(some).scalar_subquery()
