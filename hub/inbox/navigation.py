"""What stands on top of the agents' pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import current_app, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

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


def add_navigation() -> dict[str, Any]:
    """A context processor."""
    return {"navigation": Navigation(), "banners": Banners()}


def _may_enter(role: Role) -> bool:
    return bool(current_user.is_authenticated and current_user.may(role))
