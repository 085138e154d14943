"""What people read of a job: what is done, and why not."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from hub.formats import exact
from hub.inbox.bulk.models import Action, BulkItem, BulkJob, ItemState
from hub.tickets.history import sentence
from hub.tickets.models import Event, EventKind


def action_name(job: BulkJob) -> str:
    """What the job does, as a heading."""
    return _NAMES[Action(job.action)](job.args)


def outcome(done: int) -> str:
    """Said once a small job is over."""
    return ngettext("%(num)d ticket was changed.", "%(num)d tickets were changed.", done)


def state_name(state: str) -> str:
    return {
        ItemState.PENDING: pgettext("tickets", "To do"),
        ItemState.DONE: pgettext("tickets", "Done"),
        ItemState.REFUSED: pgettext("tickets", "Not done"),
        ItemState.STOPPED: pgettext("tickets", "Stopped"),
    }[ItemState(state)]


def problem(item: BulkItem) -> str:
    """Why it was not done; "" when nothing is to be said."""
    return {
        "": "",
        "no_right": _("You had no right to do it any more."),
        "moved": _("It is no longer in your departments."),
        "taken": _("%(name)s has it.", name=item.detail),
        "not_theirs": _("This colleague does not work for its department."),
        "there_already": _("It is there already."),
        "too_many_tags": _("It has too many tags."),
        "closed": _("It is closed."),
        "open": _("It is open already."),
        "unanswerable": item.detail,
        "left": _("The answer had left already."),
        "unexpected": _("Something went wrong on our side. Try it again with this ticket."),
    }.get(item.problem, item.problem)


def _snoozed(args: Mapping[str, Any]) -> str:
    until = datetime.fromisoformat(args["until"])
    return _("Put tickets aside until %(instant)s", instant=exact(until))


def _closed(args: Mapping[str, Any]) -> str:
    if args.get("needs_no_answer"):
        return _("Close tickets: no answer is needed")
    return _("Close tickets")


_NAMES: Mapping[Action, Callable[[Mapping[str, Any]], str]] = {
    Action.TAKE: lambda _args: _("Take tickets"),
    Action.ASSIGN: lambda args: _("Assign tickets") if args["to"] else _("Release tickets"),
    Action.TRANSFER: lambda args: _("Transfer tickets to %(department)s", department=args["name"]),
    Action.TAG: lambda args: _("Add the tag “%(tag)s”", tag=args["tag"]),
    Action.UNTAG: lambda args: _("Remove the tag “%(tag)s”", tag=args["tag"]),
    Action.PRIORITY: lambda args: sentence(Event(kind=EventKind.PRIORITISED, data=dict(args))),
    Action.SNOOZE: _snoozed,
    Action.WAKE: lambda _args: _("Bring tickets back"),
    Action.CLOSE: _closed,
    Action.REOPEN: lambda _args: _("Reopen tickets"),
    Action.ANSWER: lambda _args: _("One answer to many"),
}
