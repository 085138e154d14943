"""The shortcuts of the agents' pages: one table. The sheet is made of it, and js/inbox/keys.js does
what the sheet of the page says, so the two cannot tell different things."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext
from flask_login import current_user

from hub.inbox import wording
from hub.inbox.addresses import address
from hub.inbox.keyboard import preferences
from hub.inbox.selection import Selection, View


@dataclass(frozen=True, slots=True)
class Shortcut:
    """`keys`: the alternatives, each as KeyboardEvent.key names it; "g i" is one after the other,
    "Control+k" both together. `does`: the name of what is pressed: elements of the page carry it
    (see `of`), or js/inbox/keys.js does it; "" when something else listens and the sheet only
    tells. `href`: where it leads instead."""

    does: str
    keys: tuple[str, ...]
    words: Any
    href: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    title: Any
    shortcuts: tuple[Shortcut, ...]


EVERYWHERE = Group(
    _l("Everywhere"),
    (
        Shortcut("commands", ("Control+k",), _l("Do or open anything")),
        Shortcut("search", ("/",), _l("Search the tickets")),
        Shortcut("sheet", ("?",), _l("Show these shortcuts")),
    ),
)
IN_A_LIST = Group(
    _l("In a list"),
    (
        Shortcut("down", ("j", "ArrowDown"), _l("Next ticket")),
        Shortcut("up", ("k", "ArrowUp"), _l("Previous ticket")),
        Shortcut("open", ("o", "Enter"), _l("Open the ticket")),
        Shortcut("select", ("x",), _l("Select the ticket, or no longer")),
    ),
)
IN_A_TICKET = Group(
    _l("In a ticket"),
    (
        Shortcut("reply", ("r",), _l("Write an answer")),
        Shortcut("note", ("n",), _l("Write an internal note")),
        Shortcut("take", ("t",), _l("Take the ticket")),
        Shortcut("assign", ("a",), _l("Assign to a colleague")),
        Shortcut("transfer", ("m",), _l("Transfer to another department")),
        Shortcut("close", ("e",), _l("Close the ticket")),
        Shortcut("snooze", ("s",), _l("Put the ticket aside until later")),
        Shortcut("tag", ("l",), _l("Add a tag")),
        Shortcut("priority", ("p",), _l("Change the priority")),
        Shortcut("next", ("j",), _l("Next ticket of the list")),
        Shortcut("previous", ("k",), _l("Previous ticket of the list")),
        Shortcut("back", ("u",), _l("Back to the list")),
    ),
)
WHILE_WRITING = Group(
    _l("While writing"),
    (
        Shortcut("", ("Control+Enter",), _l("Send")),
        Shortcut("", ("Escape",), _l("Take back an answer that has just been sent")),
    ),
)
#: Typed after "g".
VIEWS: Mapping[View, str] = {
    View.TO_ANSWER: "i",
    View.MINE: "m",
    View.UNASSIGNED: "u",
    View.WAITING: "w",
    View.CLOSED: "c",
    View.ALL: "a",
}

_BY_NAME = {
    shortcut.does: shortcut
    for group in (IN_A_LIST, IN_A_TICKET, EVERYWHERE)
    for shortcut in group.shortcuts
}


def groups() -> Iterator[Group]:
    """The whole table, as the sheet shows it."""
    yield from (EVERYWHERE, IN_A_LIST, _lists(), IN_A_TICKET, WHILE_WRITING)


def _lists() -> Group:
    return Group(
        _("Go to a list"),
        tuple(
            Shortcut(
                f"go-{view}",
                (f"g {key}",),
                wording.view_name(view),
                address(Selection(view=view)),
            )
            for view, key in VIEWS.items()
        ),
    )


def of(does: str) -> dict[str, str]:
    """The attributes of the element that a shortcut presses. Its key is announced, to those who
    have the shortcuts switched on."""
    shortcut = _BY_NAME[does]
    attributes = {"data-press": does}
    if are_on() or shortcut.keys[0].startswith("Control+"):
        key = " ".join(caps(shortcut.keys[0]))
        attributes["aria-keyshortcuts"] = " ".join(shortcut.keys)
        attributes["title"] = _("%(words)s (key %(key)s)", words=shortcut.words, key=key)
    return attributes


def are_on() -> bool:
    """Has the reader of this page single keys that do something?"""
    return preferences.uses_single_keys(current_user)


#: What stands on keys that write no letter.
CAPS: Mapping[str, Any] = {
    "Control": _l("Ctrl"),
    "Enter": _l("Enter"),
    "Escape": _l("Esc"),
    "ArrowDown": "↓",
    "ArrowUp": "↑",
}


def caps(keys: str) -> list[str]:
    """What stands on the keys of a shortcut."""
    pressed = keys.replace("+", " ").split()
    return [
        str(CAPS[key]) if key in CAPS else key.upper() if "Control" in pressed else key
        for key in pressed
    ]


def between(keys: str) -> str:
    """The word between the keys of a shortcut that are pressed one after the other."""
    return pgettext("keys", "then") if " " in keys else ""
