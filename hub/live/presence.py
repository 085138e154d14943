"""Who is at work on which ticket now: a picture that is kept in memory and brought up to date by
what the pages have said since it was last read."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Select, bindparam, select

from hub.accounts.models import User
from hub.clock import now
from hub.extensions import db
from hub.live.models import Presence
from hub.plain_rows import plain_rows
from hub.routing.models import Department
from hub.tickets import references
from hub.tickets.models import Ticket

#: Clocks of several machines differ by less, and no statement takes longer to be committed.
OVERLAP = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, order=True)
class Person:
    """Somebody at a ticket; `writing` in any of their pages."""

    name: str
    id: int
    writing: bool


@dataclass(frozen=True, slots=True)
class Company:
    """The people at one ticket, by name. See hub.live.audience.Concerning."""

    ticket_id: int
    reference: str
    department_ids: frozenset[int]
    slugs: frozenset[str]
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class _Visit:
    """What one page has said last."""

    company: Company
    person: Person
    until: datetime


class Attendance:
    """Who is where. Give it to one thread."""

    def __init__(self) -> None:
        self._visits: dict[tuple[int, str], _Visit] = {}
        self._companies: dict[int, Company] = {}
        self._heard_until: datetime | None = None

    @property
    def companies(self) -> list[Company]:
        """All tickets that somebody is at, as last read."""
        return list(self._companies.values())

    def read(self, *, anew: bool = False) -> list[Company]:
        """The tickets whose people are others than at the last read, each with those who are there
        now, perhaps nobody. One statement; it reads the rows that were written since, or all of
        them `anew`, as after tickets went to other departments. Needs a session."""
        if anew:
            self._visits.clear()
        instant = now()
        since = None if anew or not self._heard_until else self._heard_until - OVERLAP
        for key, visit in _visits(since or instant - timedelta(minutes=1)):
            self._visits[key] = visit
        self._heard_until = instant
        self._visits = {key: v for key, v in self._visits.items() if v.until > instant}
        return self._renew(_together(self._visits.values()))

    def _renew(self, companies: dict[int, Company]) -> list[Company]:
        before, self._companies = self._companies, companies
        changed = [found for number, found in companies.items() if before.get(number) != found]
        return changed + [
            replace(company, people=())
            for number, company in before.items()
            if number not in companies
        ]


def others_at(ticket: Ticket, user: User) -> list[Person]:
    """Who but this person is at the ticket now, by name. One statement."""
    values = {"ticket_id": ticket.id, "now": now(), "user_id": user.id}
    return list(_merged(Person(*row) for row in plain_rows(_others(), values)))


@cache
def _others() -> Select[str, int, bool]:
    return (
        select(User.name, User.id, Presence.writing)
        .join(User, User.id == Presence.user_id)
        .where(
            Presence.ticket_id == bindparam("ticket_id"),
            Presence.until > bindparam("now"),
            Presence.user_id != bindparam("user_id"),
        )
    )


def _visits(since: datetime) -> Iterable[tuple[tuple[int, str], _Visit]]:
    rows = db.session.execute(
        select(
            Presence.user_id,
            Presence.page,
            Presence.until,
            Presence.writing,
            User.name,
            Ticket.id,
            Ticket.opened_at,
            Department.id,
            Department.slug,
        )
        .join(User, User.id == Presence.user_id)
        .join(Ticket, Ticket.id == Presence.ticket_id)
        .join(Department, Department.id == Ticket.department_id)
        .where(Presence.seen_at > since)
    )
    for user_id, page, until, writing, name, ticket_id, opened_at, department_id, slug in rows:
        company = Company(
            ticket_id=ticket_id,
            reference=references.reference(opened_at, ticket_id),
            department_ids=frozenset({department_id}),
            slugs=frozenset({slug}),
            people=(),
        )
        yield (user_id, page), _Visit(company, Person(name, user_id, writing), until)


def _together(visits: Iterable[_Visit]) -> dict[int, Company]:
    at: dict[int, list[_Visit]] = {}
    for visit in visits:
        at.setdefault(visit.company.ticket_id, []).append(visit)
    return {
        number: replace(found[-1].company, people=_merged(visit.person for visit in found))
        for number, found in at.items()
    }


def _merged(people: Iterable[Person]) -> tuple[Person, ...]:
    """Each person once, however many pages they have open."""
    found: dict[int, Person] = {}
    for person in people:
        if person.id not in found or person.writing:
            found[person.id] = person
    return tuple(sorted(found.values()))
