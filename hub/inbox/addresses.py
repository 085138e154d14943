"""Where lists and tickets are, and which list a person works from."""

from typing import Any

from flask import session, url_for

from hub.inbox.selection import Selection


def address(selection: Selection, **more: Any) -> str:
    """Where a list is; `more` is added to the address."""
    args: dict[str, Any] = {**selection.args(), **more}
    return url_for("inbox.queue", **args)


class TicketAddresses:
    """Where the tickets of a list are: each address says which list it was opened from. Made once
    for a list, because to make an address takes as long as to show a row."""

    def __init__(self, selection: Selection) -> None:
        args: dict[str, Any] = {"reference": "-", **selection.args_for_ticket()}
        whole = url_for("inbox.ticket", **args)
        self._before, _, self._after = whole.partition("-")

    def __call__(self, reference: str) -> str:
        return f"{self._before}{reference}{self._after}"


def remember(selection: Selection) -> None:
    """Keep which list a person works from, so that a ticket can lead back to it."""
    args = selection.args()
    if session.get("list") != args:
        session["list"] = args


def last_selection() -> Selection:
    """The list that a person last worked from."""
    return Selection.of(session.get("list", {}))
