"""Reading lists kept under a name."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Select, and_, bindparam, or_, select

from hub.accounts import readers
from hub.accounts.models import Role, User
from hub.accounts.readers import AnyReader
from hub.database import BigInt
from hub.extensions import db
from hub.inbox.reach import Reach
from hub.inbox.saved_views.models import SavedView

#: How many lists a left column names.
MOST_SHOWN = 100


def of(user: User, reach: Reach) -> Sequence[SavedView]:
    """The person's own lists, then those shared with the departments they read."""
    values = {"reader_id": user.id, "within_reach": reach.ids}
    return db.session.scalars(_of(readers.like(user)), values).all()


@cache
def _of(reader: AnyReader) -> Select[SavedView]:
    mine = and_(SavedView.owner_id == reader.id, SavedView.department_id.is_(None))
    is_shared = SavedView.department_id.is_not(None)
    read = is_shared
    if not reader.reads_all:
        within_reach = bindparam("within_reach", type_=BigInt, expanding=True)
        read = SavedView.department_id.in_(within_reach)
    query = select(SavedView).where(or_(mine, read))
    query = query.order_by(is_shared, SavedView.department_id, SavedView.position, SavedView.id)
    return query.limit(MOST_SHOWN)


def beside(view: SavedView) -> list[SavedView]:
    """The lists among which this one has its place, itself included, in order."""
    if view.department_id is None:
        among = and_(SavedView.owner_id == view.owner_id, SavedView.department_id.is_(None))
    else:
        among = SavedView.department_id == view.department_id
    query = select(SavedView).where(among).order_by(SavedView.position, SavedView.id)
    return list(db.session.scalars(query.with_for_update()))


def may_change(user: User, view: SavedView) -> bool:
    """Its author may; a shared one also those who supervise."""
    is_shared = view.department_id is not None
    return view.owner_id == user.id or (is_shared and user.may(Role.SUPERVISOR))
