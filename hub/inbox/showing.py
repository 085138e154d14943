"""The page of a ticket, for every view that shows it: also those that refuse what was typed on it,
whichever blueprint they are of."""

from typing import Any

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from hub.accounts.session import me
from hub.extensions import db
from hub.inbox import pages, queries, reply_files, wording
from hub.inbox.entrance import why_not
from hub.inbox.pages import Reading, Typed
from hub.inbox.queries import Versions
from hub.tickets.history import sentence
from hub.tickets.models import Ticket


def vocabulary() -> dict[str, Any]:
    """What the templates of a ticket say things with: a context processor of each blueprint that
    shows one."""
    return {"words": wording, "sentence": sentence, "seal": reply_files.seal, "why_not": why_not}


def show(
    found: Ticket, *, typed: Typed, versions: Versions | None = None, status: int = 200
) -> ResponseReturnValue:
    """The page, with what was typed on it and refused. `versions`: of the ticket as it was read,
    where that is known; without them it is read again."""
    if versions is None:
        versions = queries.versions(found)
        db.session.refresh(found)
    content = pages.ticket(me(), found, reading(found), typed, versions=versions)
    return render_template("inbox/ticket.html", **content), status


def reading(found: Ticket) -> Reading:
    """What of the ticket the address asks for. 404 for a message that is not the ticket's."""
    before = number("before")
    if before is not None and queries.message_of(found, before) is None:
        abort(404)
    return Reading(before=before, history_before=number("history"), since=number("since") or 0)


def number(name: str) -> int | None:
    """An id in the address; None for anything else."""
    return as_id(request.args.get(name, ""))


def as_id(text: str) -> int | None:
    """The id that a text is; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
