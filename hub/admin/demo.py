"""The demo council: departments, rules and people of an invented region, from demo.toml, and their
canned replies, from demo_replies.toml."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from hub.accounts import actions as accounts
from hub.accounts.models import Role, User
from hub.extensions import db
from hub.inbox.canned.models import CannedReply
from hub.routing.models import Department, Rule

#: The password of every demo person, on development machines alone.
PASSWORD = "montvallee-demo"  # noqa: S105  (printed by the command that sets it)
DATA = Path(__file__).with_name("demo.toml")
REPLIES = Path(__file__).with_name("demo_replies.toml")


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many of each are new. `people` are all the demo people, new or not."""

    departments: int
    rules: int
    new_people: int
    people: list[User]


def load(*, password: str) -> Loaded:
    """Add what is missing of the demo council; what somebody edited since stays as it is.

    Rules and canned replies are added only where there are none at all. With an empty `password`
    nobody can sign in as the demo people until one is set; otherwise those who have none get this
    one.
    """
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    departments = _add_departments(data["departments"])
    rules = _add_rules(data)
    _add_replies()
    db.session.commit()
    new_people = _add_people(data["people"])
    people = _people(data["people"])
    for person in people:
        if password and not person.password_hash:
            accounts.set_password(person, password)
    return Loaded(departments, rules, new_people, people)


def _add_departments(wanted: list[dict[str, Any]]) -> int:
    known = set(db.session.scalars(select(Department.slug)))
    new = [
        Department(position=position, **values)
        for position, values in enumerate(wanted, start=1)
        if values["slug"] not in known
    ]
    db.session.add_all(new)
    db.session.flush()
    return len(new)


def _add_rules(data: Mapping[str, Any]) -> int:
    if db.session.scalar(select(func.count()).select_from(Rule)):
        return 0
    ids = _department_ids()
    subjects = [
        {
            "name": f"Sujet choisi\N{NO-BREAK SPACE}: {department['subject']}"[:120],
            "department": department["slug"],
            "subject": department["subject"],
        }
        for department in data["departments"]
        if department.get("subject") and department["slug"] != "accueil"
    ]
    ordered = [*data["rules_before_subjects"], *subjects, *data["rules_after_subjects"]]
    db.session.add_all(_rule(position, values, ids) for position, values in enumerate(ordered, 1))
    return len(ordered)


def _rule(position: int, values: Mapping[str, Any], ids: Mapping[str, int]) -> Rule:
    return Rule(
        position=position,
        name=values["name"],
        department_id=ids[values["department"]],
        words=values.get("words", []),
        unless=values.get("unless", []),
        subject=values.get("subject", ""),
    )


def _add_replies() -> None:
    if db.session.scalar(select(func.count()).select_from(CannedReply)):
        return
    ids = _department_ids()
    wanted = tomllib.loads(REPLIES.read_text(encoding="utf-8"))["replies"]
    db.session.add_all(
        CannedReply(
            title=values["title"],
            shortcut=values["shortcut"],
            department_id=ids.get(values.get("department", "")),
            body=values["body"].strip(),
            plain_body=values["plain_body"].strip(),
            position=values.get("position", 100),
        )
        for values in wanted
    )


def _add_people(wanted: Iterable[Mapping[str, Any]]) -> int:
    known = {person.email for person in _people(wanted)}
    ids = _department_ids()
    new = [values for values in wanted if values["email"] not in known]
    for values in new:
        accounts.create_user(
            email=values["email"],
            name=values["name"],
            role=Role(values["role"]),
            title=values["title"],
            department_ids=[ids[slug] for slug in values["departments"]],
        )
    return len(new)


def _people(wanted: Iterable[Mapping[str, Any]]) -> list[User]:
    """The demo people that are there, in the order of the file."""
    emails = [values["email"] for values in wanted]
    found = db.session.scalars(select(User).where(User.email.in_(emails)))
    return sorted(found, key=lambda person: emails.index(person.email))


def _department_ids() -> dict[str, int]:
    return dict(db.session.execute(select(Department.slug, Department.id)).all())
