"""Where the command bar may lead: lists, departments, rooms, settings. What can be done with a
ticket the bar reads from the page itself, and presses its own buttons."""

from collections.abc import Iterator
from typing import Any, TypedDict

from flask import url_for
from flask_babel import gettext as _

from hub.accounts.models import User
from hub.inbox import columns, reach
from hub.inbox.navigation import Navigation, settings_pages


class Command(TypedDict):
    """`hint` says more of it, beside its label."""

    group: str
    label: str
    hint: str
    icon: str
    href: str


def places(user: User) -> list[Command]:
    """All that this person may open from anywhere. Three statements."""
    return [*_lists(user), *_rooms(), *_settings()]


def search_address() -> str:
    """Where tickets are searched; the words follow."""
    return url_for("finding.search", q="")


def _lists(user: User) -> Iterator[Command]:
    group = _("Lists")
    for item in columns.left(user, reach.of(user), None)["views"]:
        if heading := item.get("heading"):
            group = heading
        else:
            yield _command(group, item)


def _rooms() -> Iterator[Command]:
    for item in Navigation():
        yield _command(_("Pages"), {"label": item.label, "href": item.href, "icon": item.icon})
    for label, endpoint, icon in (
        (_("Notifications"), "notifications.listing", "bell"),
        (_("My settings"), "accounts.own_page", "sliders-horizontal"),
        (_("Keyboard shortcuts"), "keyboard.sheet", "keyboard"),
    ):
        yield _command(_("Pages"), {"label": label, "href": url_for(endpoint), "icon": icon})


def _settings() -> Iterator[Command]:
    for item in settings_pages():
        if "href" in item:
            yield _command(_("Settings"), item)


def _command(group: str, item: dict[str, Any]) -> Command:
    return Command(
        group=group,
        label=str(item["label"]),
        hint=str(item.get("count") or ""),
        icon=item.get("icon") or "building-2",
        href=item["href"],
    )
