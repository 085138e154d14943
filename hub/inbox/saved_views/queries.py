"""Reading lists kept under a name."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, or_, select

from hub.accounts.models import Role, User
from hub.extensions import db
from hub.inbox.reach import Reach
from hub.inbox.saved_views.models import SavedView

#: How many lists a left column names.
MOST_SHOWN = 100


def of(user: User, reach: Reach) -> Sequence[SavedView]:
    """The person's own lists, then those shared with the departments they read."""
    mine = and_(SavedView.owner_id == user.id, SavedView.department_id.is_(None))
    shared: ColumnElement[bool] = SavedView.department_id.is_not(None)
    if not reach.everything:
        shared = SavedView.department_id.in_(reach.ids)
    own_first = SavedView.department_id.is_not(None)
    query = select(SavedView).where(or_(mine, shared))
    query = query.order_by(own_first, SavedView.department_id, SavedView.position, SavedView.id)
    return db.session.scalars(query.limit(MOST_SHOWN)).all()


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
