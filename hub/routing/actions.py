"""Changing departments and rules. Each is one commit.

The order of the rules decides, so whoever changes it first locks all of them: two people who move
rules in the same second move them one after the other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from hub.extensions import db
from hub.routing.models import FALLBACK, Department, Rule


class SlugTaken(Exception):
    """There is a department with this slug, perhaps one that is switched off."""


class FallbackNeeded(Exception):
    """The department `accueil` cannot be switched off: what no rule knows goes there."""


class NoCondition(Exception):
    """The rule names no channel, word, author or subject, so it would never decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleValues:
    """What a rule says. `words` and `unless`: see matching.py."""

    name: str
    department_id: int
    channel: str = ""
    words: list[str] = field(default_factory=list)
    unless: list[str] = field(default_factory=list)
    author: str = ""
    subject: str = ""

    def check(self) -> None:
        """Raises NoCondition."""
        if not (self.channel or self.words or self.author or self.subject):
            raise NoCondition


def add_department(*, slug: str, name: str, subject: str = "", position: int = 0) -> Department:
    """A new department. When it is offered on the form, a rule sends its subject there.

    Raises SlugTaken.
    """
    department = Department(slug=slug, name=name, subject=subject, position=position)
    db.session.add(department)
    try:
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise SlugTaken from error
    if subject:
        _add_subject_rule(department)
    db.session.commit()
    return department


def change_department(department: Department, *, name: str, subject: str, position: int) -> None:
    """Rename, reword the subject on the form (the rules on it follow) or move in the list."""
    before = department.subject
    department.name, department.position = name, position
    department.subject = subject
    if subject != before:
        _reword_subject(department, before)
    db.session.commit()


def switch_department(department: Department, *, active: bool) -> None:
    """Switch off or on. A department that is off gets nothing new; its tickets stay where they
    are. Raises FallbackNeeded."""
    if department.slug == FALLBACK and not active:
        raise FallbackNeeded
    department.active = active
    db.session.commit()


def add_rule(values: RuleValues, *, place: int | None = None) -> Rule:
    """A new rule, tried as number `place` (1: first; None: last). Raises NoCondition."""
    values.check()
    ordered = _locked_rules()
    rule = Rule(position=0, **_columns(values))
    db.session.add(rule)
    ordered.insert(len(ordered) if place is None else max(place, 1) - 1, rule)
    _number(ordered)
    db.session.commit()
    return rule


def change_rule(rule: Rule, values: RuleValues, *, place: int) -> None:
    """Replace what a rule says and where it stands. Its version rises when what it says changes,
    so that the history of a ticket names the wording that decided. Raises NoCondition."""
    values.check()
    ordered = _locked_rules()
    before = {name: getattr(rule, name) for name in _columns(values)}
    if before != _columns(values):
        for name, value in _columns(values).items():
            setattr(rule, name, value)
        rule.version += 1
    ordered.remove(rule)
    ordered.insert(max(place, 1) - 1, rule)
    _number(ordered)
    db.session.commit()


def move_rule(rule: Rule, steps: int) -> None:
    """Move down the list by so many places, up when `steps` is negative; no further than its
    ends."""
    ordered = _locked_rules()
    place = ordered.index(rule)
    ordered.remove(rule)
    ordered.insert(max(place + steps, 0), rule)
    _number(ordered)
    db.session.commit()


def switch_rule(rule: Rule, *, active: bool) -> None:
    """Leave a rule out, or try it again."""
    rule.active = active
    db.session.commit()


def delete_rule(rule: Rule) -> None:
    """Remove a rule. The tickets it routed keep the reason in words."""
    db.session.delete(rule)
    db.session.commit()


def _columns(values: RuleValues) -> dict[str, object]:
    return {name: getattr(values, name) for name in RuleValues.__slots__}


def _locked_rules() -> list[Rule]:
    return list(
        db.session.scalars(
            select(Rule)
            .order_by(Rule.position, Rule.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def _number(ordered: Iterable[Rule]) -> None:
    for position, rule in enumerate(ordered, start=1):
        rule.position = position


def _add_subject_rule(department: Department) -> None:
    ordered = _locked_rules()
    rule = Rule(
        name=department.subject,
        position=len(ordered) + 1,
        subject=department.subject,
        department_id=department.id,
    )
    db.session.add(rule)
    _number([*ordered, rule])


def _reword_subject(department: Department, before: str) -> None:
    """Rules on the old wording take the new one; without any, a subject gets its first rule."""
    if not department.subject:
        return
    changed = db.session.execute(
        update(Rule)
        .where(Rule.subject == before, Rule.subject != "")
        .values(subject=department.subject, version=Rule.version + 1)
    )
    if not changed.rowcount:  # type: ignore[attr-defined]
        _add_subject_rule(department)
