"""Who may be the same person: pure scoring of what two contacts have in common."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from hub.people.models import ClueKind

#: A name says something where both wrote about the same at about the same time.
NEAR = timedelta(weeks=8)
#: How many are suggested at most, and from how many points on.
MOST = 3
ENOUGH = 3

POINTS = {"email": 5, "name": 1, "department": 2, "tag": 2}


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing that another contact has in common with the person at hand. `near`: they have a
    ticket of the same department, or with the same tag, at about the same time."""

    contact_id: int
    kind: ClueKind
    same_department: bool
    same_tag: bool


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A contact that may be the same person, and why: what both have in common."""

    contact_id: int
    points: int
    reasons: frozenset[str]


def suggest(hints: Iterable[Hint]) -> list[Suggestion]:
    """The contacts that have enough in common with the person, the most likely first. The same
    name alone is not enough: there are many of the same name."""
    found: dict[int, set[str]] = defaultdict(set)
    for hint in hints:
        found[hint.contact_id] |= _reasons(hint)
    scored = [
        Suggestion(number, sum(POINTS[reason] for reason in reasons), frozenset(reasons))
        for number, reasons in found.items()
    ]
    likely = [one for one in scored if one.points >= ENOUGH]
    return sorted(likely, key=lambda one: (-one.points, -one.contact_id))[:MOST]


def _reasons(hint: Hint) -> set[str]:
    if hint.kind == ClueKind.EMAIL:
        return {"email"}
    near = {"department"} if hint.same_department else set()
    return {"name"} | near | ({"tag"} if hint.same_tag else set())
