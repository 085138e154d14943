"""What happened to tickets, as open pages are told it: read from their history, never written."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from flask import Flask
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from hub.clock import now
from hub.extensions import db
from hub.routing.models import Department
from hub.tickets import references
from hub.tickets.models import Event, Ticket

#: Most lines of history one read brings.
MOST = 500
#: How long a line may take from getting its id to being committed, and how many ids are given to
#: others in that time. A page that says "I know all up to 42" may not have seen 41.
OVERLAP = timedelta(seconds=5)
OVERLAP_IDS = 1000


@dataclass(frozen=True, slots=True)
class Happening:
    """One change of a ticket. `department` is the slug of where the ticket is now; the ids and
    slugs also hold where it was before, so that those it leaves hear of it."""

    id: int
    ticket_id: int
    reference: str
    kind: str
    department: str
    department_ids: frozenset[int]
    slugs: frozenset[str]


@contextmanager
def reading(app: Flask) -> Iterator[None]:
    """A short read outside of a request: its connection goes back when the block ends, and on
    SQLite it waits for no writer."""
    with app.app_context():
        db.session.connection(execution_options={"read_only": True})
        yield


def latest() -> int:
    """The id of the newest line of history, 0 when there is none. Read it before what a page
    shows, and whatever the page missed comes after it."""
    return db.session.scalar(_latest()) or 0


@cache
def _latest() -> Select[int]:
    return select(func.max(Event.id))


def since(after: int, *, among: Collection[int] = ()) -> list[Happening]:
    """The first MOST changes after that id, and those with one of the ids `among`, in order."""
    return _happenings(or_(Event.id > after, Event.id.in_(among)))


def missed(after: int) -> list[Happening]:
    """As `since`, with those of the last seconds before it, which may have been committed late:
    told twice is better than never."""
    late = and_(Event.id > after - OVERLAP_IDS, Event.at > now() - OVERLAP)
    return _happenings(or_(Event.id > after, late))


def known_ids(after: int) -> set[int]:
    """Which ids after this one are there."""
    return set(db.session.scalars(select(Event.id).where(Event.id > after)))


def _happenings(condition: ColumnElement[bool]) -> list[Happening]:
    here, before = aliased(Department), aliased(Department)
    rows = db.session.execute(
        select(Event.id, Event.kind, Ticket.id, Ticket.opened_at, here, before.id, before.slug)
        .join(Event.ticket)
        .join(here, here.id == Ticket.department_id)
        .outerjoin(before, before.id == Event.department_id)
        .where(condition)
        .order_by(Event.id)
        .limit(MOST)
    )
    return [
        Happening(
            id=event_id,
            ticket_id=ticket_id,
            reference=references.reference(opened_at, ticket_id),
            kind=str(kind),
            department=department.slug,
            department_ids=frozenset({department.id, before_id} - {None}),
            slugs=frozenset({department.slug, before_slug} - {None}),
        )
        for event_id, kind, ticket_id, opened_at, department, before_id, before_slug in rows
    ]
