"""What stands on top of the agents' pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import current_app, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from hub.accounts.access import access_of
from hub.accounts.models import Role
from hub.inbox.banners import Banners


@dataclass(frozen=True, slots=True)
class Item:
    label: str
    href: str
    icon: str
    current: bool


class Navigation:
    """The rooms this person may enter. It asks who they are only when a page shows it: an error
    page must not need the database."""

    def __iter__(self) -> Iterator[Item]:
        rooms = (
            (_("Inbox"), "inbox.queue", "inbox", Role.AGENT),
            (_("Reports"), "reports.response_times", "chart-column", Role.SUPERVISOR),
            (_("Settings"), "admin.home", "settings", Role.ADMIN),
        )
        for label, endpoint, icon, role in rooms:
            if endpoint in current_app.view_functions and _may_enter(role):
                current = (request.blueprint or "") == endpoint.partition(".")[0]
                yield Item(label, url_for(endpoint), icon, current)


def settings_pages(section: str = "") -> list[dict[str, Any]]:
    """The pages of the settings that this person may enter, under their headings, as a side list.
    `section`: the one that is shown, by the last word of its endpoint."""
    parts = (
        ("", ("admin.home", _("Overview"), "settings")),
        (
            _("Routing"),
            ("admin.departments", _("Departments"), "building-2"),
            ("admin.rules", _("Rules"), "workflow"),
        ),
        (_("Answers"), ("canned.canned_replies", _("Canned replies"), "message-square")),
        (_("Access"), ("admin.people", _("People"), "users")),
        (
            _("Connections"),
            ("admin.channels", _("Channels"), "link"),
            ("admin.deliveries", _("Deliveries"), "archive"),
        ),
    )
    shown: list[dict[str, Any]] = []
    for heading, *pages in parts:
        links = [_settings_page(*page, section) for page in pages if _is_open(page[0])]
        shown += [{"heading": heading}] * bool(heading and links) + links
    return shown


def _settings_page(endpoint: str, label: str, icon: str, section: str) -> dict[str, Any]:
    current = endpoint.rpartition(".")[2] == section
    return {"label": label, "href": url_for(endpoint), "icon": icon, "current": current}


def _is_open(endpoint: str) -> bool:
    needed = access_of(current_app.view_functions[endpoint])
    return isinstance(needed, Role) and _may_enter(needed)


def add_navigation() -> dict[str, Any]:
    """A context processor."""
    return {
        "navigation": Navigation(),
        "banners": Banners(),
        "settings_pages": settings_pages,
    }


def _may_enter(role: Role) -> bool:
    return bool(current_user.is_authenticated and current_user.may(role))
