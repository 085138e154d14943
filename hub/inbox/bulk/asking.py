"""What a form asks for: which tickets, and what is to be done to them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from hub.accounts.models import User
from hub.deadlines.targets import Priority
from hub.inbox.bulk import choosing
from hub.inbox.bulk.choosing import Ids
from hub.inbox.bulk.models import Action
from hub.inbox.planning import instants
from hub.inbox.planning.instants import NoInstant
from hub.inbox.selection import Selection
from hub.routing import queries as routing

Form = MultiDict[str, str]

#: Longer reasons and tags are cut as the forms of one ticket refuse them.
LONGEST_REASON, LONGEST_TAG = 1000, 48


class Incomplete(Exception):
    """Something is missing or wrong. `reason` says what, in the reader's language."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Chosen:
    """The tickets of a form: `references` that were ticked, or with `all_of_it` all of the list."""

    selection: Selection
    references: tuple[str, ...] = ()
    all_of_it: bool = False

    @classmethod
    def of(cls, form: Form) -> "Chosen":
        return cls(
            selection=Selection.of(form).at_start(),
            references=tuple(form.getlist("ticket")[: choosing.MOST_TICKED]),
            all_of_it=form.get("all") == "yes",
        )

    @property
    def is_empty(self) -> bool:
        return not (self.references or self.all_of_it)

    def ids(self, user: User) -> Ids:
        """Those among them that this person may work on."""
        if self.all_of_it:
            return choosing.matching(user, self.selection)
        return choosing.ticked(user, self.references)

    def fields(self) -> list[tuple[str, str]]:
        """The same as fields of a form."""
        whole = [("all", "yes")] if self.all_of_it else []
        ticked = [] if self.all_of_it else [("ticket", name) for name in self.references]
        return [*self.selection.args().items(), *whole, *ticked]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be done; `args` as doing.py has them."""

    action: Action
    args: Mapping[str, Any] = field(default_factory=dict)


def asked(form: Form) -> Asked:
    """What the pressed button says: "close", or "close:no_answer". Raises Incomplete."""
    verb, _colon, detail = form.get("action", "").partition(":")
    if verb not in set(Action):
        raise Incomplete(_("Choose what to do."))
    action = Action(verb)
    read = _ARGS.get(action)
    return Asked(action, read(form, detail) if read else {})


def _to(form: Form, _detail: str) -> dict[str, Any]:
    chosen = form.get("to", "")
    if chosen == "nobody":
        return {"to": None}
    if not (chosen.isascii() and chosen.isdecimal() and len(chosen) < 19):
        raise Incomplete(_("Choose a colleague."))
    return {"to": int(chosen)}


def _department(form: Form, _detail: str) -> dict[str, Any]:
    department = routing.department(form.get("to_department", ""))
    reason = form.get("reason", "").replace("\x00", "").strip()
    if department is None:
        raise Incomplete(_("Choose a department."))
    if not reason:
        raise Incomplete(_("Write why it is theirs."))
    if len(reason) > LONGEST_REASON:
        raise Incomplete(_("Use at most 1,000 characters."))
    return {"department": department.id, "name": department.name, "reason": reason}


def _tag(form: Form, _detail: str) -> dict[str, Any]:
    name = " ".join(form.get("tag_name", "").replace("\x00", "").lower().split())
    if not name:
        raise Incomplete(_("Write a tag."))
    if len(name) > LONGEST_TAG:
        raise Incomplete(_("Use at most 48 characters."))
    return {"tag": name}


def _priority(_form: Form, detail: str) -> dict[str, Any]:
    if detail not in set(Priority):
        raise Incomplete(_("Choose a priority."))
    return {"priority": detail}


def _until(form: Form, detail: str) -> dict[str, Any]:
    try:
        until = instants.chosen({"until": detail, "at": form.get("at", "")})
    except NoInstant as problem:
        raise Incomplete(problem.reason) from problem
    return {"until": until.isoformat()}


def _closing(_form: Form, detail: str) -> dict[str, Any]:
    return {"needs_no_answer": detail == "no_answer"}


_ARGS: Mapping[Action, Callable[[Form, str], dict[str, Any]]] = {
    Action.ASSIGN: _to,
    Action.TRANSFER: _department,
    Action.TAG: _tag,
    Action.UNTAG: _tag,
    Action.PRIORITY: _priority,
    Action.SNOOZE: _until,
    Action.CLOSE: _closing,
}
