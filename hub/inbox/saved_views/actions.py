"""Keeping a list under a name. Each is one commit."""

from urllib.parse import urlencode

from sqlalchemy import func, select

from hub.accounts.models import User
from hub.extensions import db
from hub.inbox.saved_views import queries
from hub.inbox.saved_views.models import SavedView
from hub.inbox.selection import Selection

MOST = 40


class TooMany(Exception):
    """A person keeps at most MOST lists: delete one first."""


def save(selection: Selection, name: str, *, by: User, department_id: int | None) -> SavedView:
    """Keep a list from its first row under a name, for its author (None) or for a department.
    It comes after those that are there. Raises TooMany."""
    owned = select(func.count()).where(SavedView.owner_id == by.id)
    if (db.session.scalar(owned) or 0) >= MOST:
        raise TooMany
    view = SavedView(
        owner_id=by.id,
        department_id=department_id,
        name=name,
        query=urlencode(selection.at_start().args()),
        position=0,
    )
    view.position = max((other.position for other in queries.beside(view)), default=0) + 1
    db.session.add(view)
    db.session.commit()
    return view


def rename(view: SavedView, name: str) -> None:
    view.name = name
    db.session.commit()


def delete(view: SavedView) -> None:
    db.session.delete(view)
    db.session.commit()


def move(view: SavedView, steps: int) -> None:
    """Change its place among its neighbours: -1 is one up, 1 is one down."""
    order = queries.beside(view)
    here = order.index(view)
    order.insert(max(here + steps, 0), order.pop(here))
    for position, other in enumerate(order, start=1):
        other.position = position
    db.session.commit()
