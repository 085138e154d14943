"""The columns that the list and the ticket have in common: views and departments, and the rows."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from hub.accounts.models import User
from hub.clock import now
from hub.deadlines import targets
from hub.inbox import lists, wording
from hub.inbox.addresses import TicketAddresses, address
from hub.inbox.drafts import queries as drafts
from hub.inbox.notifications.bell import Bell
from hub.inbox.reach import Reach
from hub.inbox.saved_views import pages as saved_views
from hub.inbox.selection import Selection, View

ICONS = {
    View.TO_ANSWER: "inbox",
    View.LATE: "bell",
    View.UNDECIDED: "circle-question-mark",
    View.MINE: "user",
    View.DRAFTS: "pencil",
    View.UNASSIGNED: "circle-user-round",
    View.WAITING: "hourglass",
    View.CONSULTED: "users",
    View.FOLLOWED: "eye",
    View.SNOOZED: "clock",
    View.CLOSED: "archive",
    View.ALL: "message-square",
}

#: Views that hold every new ticket.
TAKE_IN_NEW = (View.TO_ANSWER, View.UNASSIGNED, View.ALL)

#: Views that are shown while they hold something, or are looked at.
ONLY_WHEN_NEEDED = (View.UNDECIDED, View.DRAFTS, View.CONSULTED)


def left(user: User, reach: Reach, shown: Selection | None) -> dict[str, Any]:
    """Views with their counts, saved lists and departments, for the left column. `shown`: the list
    that is shown, or that the ticket belongs to; None: no list is. Also the bell of the page, whose
    count is read with theirs."""
    counts = lists.counts(user, reach)
    saved = saved_views.links(user, reach, shown)
    beside = None if any(link["current"] for link in saved) else shown
    counted = shown if shown and not shown.is_filtered else None
    return {
        "views": [
            *_views(counts.views, beside),
            *_headed(_("Saved lists"), saved),
            *_headed(_("Departments"), _departments(reach, beside)),
        ],
        "waiting_in_view": counts.views.get(counted.view) if counted else None,
        "newest": counts.newest,
        "bell": Bell(counts.unread),
    }


def rows(user: User, reach: Reach, selection: Selection, *, short: bool = False) -> dict[str, Any]:
    """The rows of a list, and what it takes to show them."""
    page = lists.page(user, reach, selection, short=short)
    return {
        "selection": selection,
        "address": address,
        "title": wording.view_name(selection.view),
        "page": page,
        "takes_in": takes_in(reach, selection),
        "begun": set() if short else drafts.begun_among(user, [row.id for row in page.rows]),
        "ticket_address": TicketAddresses(selection),
        "short": short,
        "near": targets.near(now()),
    }


def takes_in(reach: Reach, selection: Selection) -> str:
    """The slugs of the departments whose new tickets are all in this list, whatever they are; "*"
    for any department, "" where it depends on the ticket."""
    if selection.view not in TAKE_IN_NEW or selection.is_narrowed:
        return ""
    if reach.everything:
        return selection.department or "*"
    slugs = (department.slug for department in reach.departments)
    return " ".join(slug for slug in slugs if selection.department in {"", slug})


def _headed(heading: str, links: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"heading": heading}, *links] if links else []


def _views(counts: Mapping[View, int], shown: Selection | None) -> list[dict[str, Any]]:
    current = shown.view if shown and not shown.department else None
    return [
        {
            "label": wording.view_name(view),
            "href": address(Selection(view=view)),
            "icon": ICONS[view],
            "count": counts.get(view),
            "current": view == current,
        }
        for view in View
        if view not in ONLY_WHEN_NEEDED or counts[view] or view == current
    ]


def _departments(reach: Reach, shown: Selection | None) -> list[dict[str, Any]]:
    current = shown.department if shown else None
    return [
        {
            "label": department.name,
            "href": address(Selection(department=department.slug)),
            "count": department.waiting or None,
            "current": department.slug == current,
        }
        for department in reach.active
    ]
