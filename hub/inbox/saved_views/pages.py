"""What pages show of lists kept under a name."""

from typing import Any
from urllib.parse import parse_qsl

from flask_babel import gettext as _

from hub.accounts.models import User
from hub.inbox.addresses import address
from hub.inbox.reach import Reach
from hub.inbox.saved_views import queries
from hub.inbox.saved_views.models import SavedView
from hub.inbox.selection import Selection


def links(user: User, reach: Reach, shown: Selection | None) -> list[dict[str, Any]]:
    """The lines of the left column."""
    here = shown.at_start() if shown else None
    return [
        {
            "label": view.name,
            "href": address(selection(view)),
            "icon": "bookmark" if view.department_id is None else "users",
            "current": selection(view) == here,
        }
        for view in queries.of(user, reach)
    ]


def selection(view: SavedView) -> Selection:
    """The list itself."""
    return Selection.of(dict(parse_qsl(view.query)))


def may_share_with(reach: Reach) -> tuple[tuple[str, str], ...]:
    """Who may see a list that the person keeps: the person alone, or one of the departments that
    they read."""
    return (
        ("", _("I alone")),
        *((department.slug, department.name) for department in reach.active),
    )
