"""Which tickets a list shows: a view, filters, and a place in it, all kept in the address so that
a list can be linked."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from hub.deadlines.targets import Priority
from hub.tickets.models import State

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class View(StrEnum):
    """The lists of the left column, in its order. `to_answer`: what waits for us; `waiting`: what
    waits for the citizen; `undecided`: answers of which a person must say whether they arrived;
    `drafts`: where the reader has begun to write."""

    TO_ANSWER = "to_answer"
    LATE = "late"
    UNDECIDED = "undecided"
    MINE = "mine"
    DRAFTS = "drafts"
    UNASSIGNED = "unassigned"
    WAITING = "waiting"
    CONSULTED = "consulted"
    FOLLOWED = "followed"
    SNOOZED = "snoozed"
    CLOSED = "closed"
    ALL = "all"


class Age(StrEnum):
    """When a ticket was opened; days are those of the council's zone."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    OLDER = "older"


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a list: the sort instant and the id of a row."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // MICROSECOND}-{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Position | None":
        """None for what no list has written."""
        at, _, number = text.partition("-")
        if not (at.isascii() and at.isdecimal() and number.isascii() and number.isdecimal()):
            return None
        if len(at) > 17 or len(number) > 18:
            return None
        return cls(EPOCH + int(at) * MICROSECOND, int(number))


@dataclass(frozen=True, slots=True)
class Selection:
    """One list. Empty filters let all through. At most one of `after` and `before` is set: the
    rows that follow it, or those that come before it."""

    view: View = View.TO_ANSWER
    department: str = ""
    channel: str = ""
    state: str = ""
    visibility: str = ""
    priority: str = ""
    language: str = ""
    tag: str = ""
    age: str = ""
    after: Position | None = None
    before: Position | None = None

    @classmethod
    def of(cls, args: Mapping[str, str], *, prefix: str = "") -> "Selection":
        """What an address asks for; what it asks for in vain is left out. `prefix`: what stands
        before the names of the place, where the address has others of that name."""
        after = Position.parse(args.get(f"{prefix}after", ""))
        before = Position.parse(args.get(f"{prefix}before", ""))
        return cls(
            view=View(args["view"]) if args.get("view") in set(View) else View.TO_ANSWER,
            after=after,
            before=None if after else before,
            **{name: _filter(name, args.get(name, "")) for name in FILTERS},
        )

    @property
    def filters(self) -> dict[str, str]:
        """The filters that are set, by name."""
        named = {name: str(getattr(self, name)) for name in FILTERS}
        return {name: value for name, value in named.items() if value}

    @property
    def is_filtered(self) -> bool:
        return bool(self.filters)

    @property
    def is_narrowed(self) -> bool:
        """Does it ask for more than a view and a department?"""
        return not set(self.filters) <= {"department"}

    def args(self) -> dict[str, str]:
        """The address's part of this list, without what is empty."""
        view = {} if self.view == View.TO_ANSWER else {"view": str(self.view)}
        return {**view, **self.filters, **self._place()}

    def args_for_ticket(self) -> dict[str, str]:
        """What the address of a ticket says of the list that it was opened from."""
        place = {f"{PLACE}{name}": value for name, value in self._place().items()}
        return {"view": str(self.view), **self.filters, **place}

    @classmethod
    def of_ticket(cls, args: Mapping[str, str]) -> "Selection | None":
        """The list that a ticket's address names, if it names one."""
        return cls.of(args, prefix=PLACE) if "view" in args else None

    def at_start(self) -> "Selection":
        """The same list from its first row."""
        return replace(self, after=None, before=None)

    def without_filters(self) -> "Selection":
        """The view alone, from its first row."""
        return Selection(view=self.view)

    def without(self, name: str) -> "Selection":
        """The list without one of its filters, from its first row."""
        return replace(self.at_start(), **{name: ""})  # type: ignore[arg-type]

    def looking_at(self, view: str) -> "Selection":
        """Another view, whole."""
        return Selection(view=View(view))

    def following(self, position: Position) -> "Selection":
        return replace(self, after=position, before=None)

    def preceding(self, position: Position) -> "Selection":
        return replace(self, after=None, before=position)

    def _place(self) -> dict[str, str]:
        named = {"after": str(self.after or ""), "before": str(self.before or "")}
        return {name: value for name, value in named.items() if value}


#: What stands before the names of a place in the address of a ticket, which has a `before` itself.
PLACE = "list_"

FILTERS = tuple(
    field.name for field in fields(Selection) if field.name not in {"view", "after", "before"}
)

#: Filters with a closed list of values.
WORDS: Mapping[str, frozenset[str]] = {
    "state": frozenset(State),
    "visibility": frozenset({"public", "private"}),
    "priority": frozenset(Priority),
    "age": frozenset(Age),
}


def _filter(name: str, text: str) -> str:
    """Slugs, languages and tags are short and plain; anything else names nothing."""
    if name in WORDS:
        return text if text in WORDS[name] else ""
    return text if len(text) <= 48 and text.isprintable() else ""
