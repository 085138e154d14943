"""Whom a line of history is told to.

Nobody is told of what they did themselves, nor of a ticket that they may not see, nor what they do
not want to be told. Lines are read some seconds after they were written, or hours, where no worker
ran: who had or followed the ticket is asked of that time, who may see it of now. Telling the same
line twice has no second effect.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from hub.accounts.models import Membership, User
from hub.database import insert_unless_there
from hub.extensions import db
from hub.inbox.notifications import choices
from hub.inbox.notifications.choices import By, Rhythm
from hub.inbox.notifications.models import Kind, Notification
from hub.tickets import queries as tickets
from hub.tickets.models import Consultation, Event, EventKind, Follower, Message, Ticket

#: What has not been read in the page by then goes into an e-mail.
MAIL_AFTER = timedelta(minutes=10)

#: By these a ticket gets into other hands.
HANDS = (EventKind.TAKEN, EventKind.ASSIGNED, EventKind.RELEASED, EventKind.TRANSFERRED)
#: By these it is known that an answer did not leave or arrive, or may not have.
FATE = (EventKind.DELIVERY, EventKind.UNSETTLED, EventKind.CANCELLED)

#: (user id, why) of those who are to be told, the weightiest reason first.
Told = Iterator[tuple[int, Kind]]


@dataclass(frozen=True, slots=True)
class Company:
    """Who has to do with the tickets of some lines. By ticket id: `followers` (since when each
    does), `changed_hands` (the line by which it last got into other hands), `sleepers` (the lines
    by which it was put aside, and by whom), `consulted` (people and departments that are asked).
    `members`: by department id. `authors`: of messages, by id. `people`: by id, who are active."""

    followers: dict[int, dict[int, datetime]]
    changed_hands: dict[int, int]
    sleepers: dict[int, list[tuple[int, int | None]]]
    consulted: dict[int, set[tuple[str, int]]]
    members: dict[int, set[int]]
    authors: dict[int, int]
    people: dict[int, User]

    def followers_at(self, line: Event) -> list[int]:
        """Who followed the ticket when it happened."""
        known = self.followers.get(line.ticket_id, {})
        return [user_id for user_id, since in known.items() if since <= line.at]

    def holder_at(self, line: Event) -> int:
        """Who had the ticket when it happened and has it still; 0 for nobody."""
        is_the_same = self.changed_hands.get(line.ticket_id, 0) < line.id
        return (line.ticket.assignee_id or 0) if is_the_same else 0

    def sleeper_at(self, line: Event) -> int:
        """Who had put the ticket aside when it came back; 0 for nobody."""
        before = [known for known in self.sleepers.get(line.ticket_id, []) if known[0] < line.id]
        return (max(before)[1] or 0) if before else 0


def tell(after: int, up_to: int) -> None:
    """Tell people of the lines with ids above `after` and up to `up_to`, in the caller's
    transaction. A fixed number of statements; one where there is nothing to tell."""
    lines = db.session.scalars(
        select(Event)
        .where(Event.id > after, Event.id <= up_to, Event.kind.in_(_RULES))
        .options(joinedload(Event.ticket).joinedload(Ticket.department))
        .order_by(Event.id)
    ).all()
    if not lines:
        return
    company = _company(lines)
    rows = [row for line in lines for row in _rows(line, company)]
    if rows:
        db.session.execute(insert_unless_there(Notification, db.engine.dialect), rows)


def _rows(line: Event, company: Company) -> Iterator[dict[str, Any]]:
    seen = {line.user_id}
    for user_id, kind in _RULES[EventKind(line.kind)](line, company):
        user = company.people.get(user_id)
        if user is None or user_id in seen or not _may_see(user, line.ticket, company):
            continue
        seen.add(user_id)
        by = choices.told_by(user, kind)
        if by != By.OFF:
            goes_by_mail = by == By.MAIL and choices.rhythm(user) != Rhythm.NEVER
            yield {
                "user_id": user_id,
                "ticket_id": line.ticket_id,
                "event_id": line.id,
                "kind": kind,
                "at": line.at,
                "mail_at": line.at + MAIL_AFTER if goes_by_mail else None,
            }


def _may_see(user: User, ticket: Ticket, company: Company) -> bool:
    asked = company.consulted.get(ticket.id, set())
    names = {("user", user.id), *(("department", number) for number in user.department_ids)}
    return tickets.works_on(user, ticket) or not asked.isdisjoint(names)


# --- Rules --------------------------------------------------------------------------------------


def _noted(line: Event, company: Company) -> Told:
    yield from _all(line.data.get("asked_by", ()), Kind.ANSWERED)
    yield from _all(line.data.get("users", ()), Kind.MENTIONED)
    for department_id in line.data.get("departments", ()):
        yield from _all(company.members.get(department_id, ()), Kind.MENTIONED)


def _consulted(line: Event, company: Company) -> Told:
    if user_id := line.data.get("user"):
        yield user_id, Kind.CONSULTED
    yield from _all(company.members.get(line.data.get("department", 0), ()), Kind.CONSULTED)


def _no_longer_consulted(line: Event, _company: Company) -> Told:
    """By the one who was asked: they are done."""
    yield from _all([line.data["asked_by"]] if line.data.get("done") else (), Kind.ANSWERED)


def _assigned(line: Event, _company: Company) -> Told:
    yield from _all([line.data["to"]] if "to" in line.data else (), Kind.ASSIGNED)


def _received(line: Event, company: Company) -> Told:
    yield from _concerned(line, company, Kind.MESSAGE)


def _woken(line: Event, company: Company) -> Told:
    """When its time has come. That the citizen wrote is told already."""
    if line.user_id is None and not line.data.get("by_citizen"):
        yield from _concerned(line, company, Kind.WOKEN)
        yield company.sleeper_at(line), Kind.WOKEN


def _delivery(line: Event, company: Company) -> Told:
    """What was refused. Of what may have arrived a person is told once the hub has looked for it in
    vain: most of it is found."""
    if line.data.get("status") == "failed":
        yield from _not_sent(line, company)


def _not_sent(line: Event, company: Company) -> Told:
    yield company.authors.get(line.message_id or 0, 0), Kind.NOT_SENT


def _cancelled(line: Event, company: Company) -> Told:
    """Held back by the hub, because somebody wrote before it was to leave."""
    if line.data.get("overtaken"):
        yield from _not_sent(line, company)


def _transferred(line: Event, company: Company) -> Told:
    yield from _all(company.followers_at(line), Kind.TRANSFERRED)


def _closed(line: Event, company: Company) -> Told:
    yield from _all(company.followers_at(line), Kind.CLOSED)


def _concerned(line: Event, company: Company, kind: Kind) -> Told:
    """Who has it in hand, and who follows it."""
    yield company.holder_at(line), kind
    yield from _all(company.followers_at(line), kind)


def _all(user_ids: Iterable[int], kind: Kind) -> Told:
    return ((user_id, kind) for user_id in user_ids)


_RULES: dict[EventKind, Callable[[Event, Company], Told]] = {
    EventKind.NOTED: _noted,
    EventKind.CONSULTED: _consulted,
    EventKind.CONSULTATION_ENDED: _no_longer_consulted,
    EventKind.ASSIGNED: _assigned,
    EventKind.RECEIVED: _received,
    EventKind.WOKEN: _woken,
    EventKind.DELIVERY: _delivery,
    EventKind.UNSETTLED: _not_sent,
    EventKind.CANCELLED: _cancelled,
    EventKind.TRANSFERRED: _transferred,
    EventKind.CLOSED: _closed,
}


# --- Who has to do with them ----------------------------------------------------------------------


def _company(lines: Sequence[Event]) -> Company:
    ids = {line.ticket_id for line in lines}
    followers, members, authors = _followers(ids), _members(lines), _authors(lines)
    sleepers = _sleepers(lines)
    wanted = {number for line in lines for number in _named(line)}
    wanted.update(*followers.values(), *members.values(), authors.values())
    wanted.update(by for known in sleepers.values() for _line, by in known if by)
    people = db.session.scalars(select(User).where(User.id.in_(wanted), User.active))
    return Company(
        followers=followers,
        changed_hands=_changed_hands(ids),
        sleepers=sleepers,
        consulted=_consulted_about(ids),
        members=members,
        authors=authors,
        people={user.id: user for user in people},
    )


def _followers(ticket_ids: set[int]) -> dict[int, dict[int, datetime]]:
    query = select(Follower.ticket_id, Follower.user_id, Follower.since)
    found: dict[int, dict[int, datetime]] = {}
    for ticket_id, user_id, since in db.session.execute(
        query.where(Follower.ticket_id.in_(ticket_ids))
    ):
        found.setdefault(ticket_id, {})[user_id] = since
    return found


def _changed_hands(ticket_ids: set[int]) -> dict[int, int]:
    query = (
        select(Event.ticket_id, func.max(Event.id))
        .where(Event.ticket_id.in_(ticket_ids), Event.kind.in_(HANDS))
        .group_by(Event.ticket_id)
    )
    return dict(db.session.execute(query).all())


def _consulted_about(ticket_ids: set[int]) -> dict[int, set[tuple[str, int]]]:
    query = select(Consultation.ticket_id, Consultation.user_id, Consultation.department_id)
    found: dict[int, set[tuple[str, int]]] = {}
    for ticket_id, user_id, department_id in db.session.execute(
        query.where(Consultation.ticket_id.in_(ticket_ids), Consultation.ended_at.is_(None))
    ):
        name = "user" if user_id else "department"
        found.setdefault(ticket_id, set()).add((name, user_id or department_id or 0))
    return found


def _named(line: Event) -> Iterator[int]:
    """The people that a line names itself."""
    data = line.data
    yield line.ticket.assignee_id or 0
    for name in ("user", "to"):
        if isinstance(data.get(name), int):
            yield data[name]
    for name in ("asked_by", "users"):
        found = data.get(name, ())
        yield from [found] if isinstance(found, int) else found


def _members(lines: Sequence[Event]) -> dict[int, set[int]]:
    """Of the departments that lines name."""
    consulted = (line for line in lines if line.kind == EventKind.CONSULTED)
    named = {line.data["department"] for line in consulted if "department" in line.data}
    named.update(number for line in lines for number in line.data.get("departments", ()))
    query = select(Membership.department_id, Membership.user_id)
    found: dict[int, set[int]] = {}
    if named:
        for department_id, user_id in db.session.execute(
            query.where(Membership.department_id.in_(named))
        ):
            found.setdefault(department_id, set()).add(user_id)
    return found


def _authors(lines: Sequence[Event]) -> dict[int, int]:
    """Message id -> who wrote the answer whose fate a line tells."""
    ids = {line.message_id for line in lines if line.kind in FATE}
    if not ids:
        return {}
    query = select(Message.id, Message.user_id).where(Message.id.in_(ids))
    return {message_id: user_id for message_id, user_id in db.session.execute(query) if user_id}


def _sleepers(lines: Sequence[Event]) -> dict[int, list[tuple[int, int | None]]]:
    ids = {line.ticket_id for line in lines if line.kind == EventKind.WOKEN}
    found: dict[int, list[tuple[int, int | None]]] = {}
    if ids:
        query = select(Event.ticket_id, Event.id, Event.user_id)
        for ticket_id, line_id, by in db.session.execute(
            query.where(Event.ticket_id.in_(ids), Event.kind == EventKind.SNOOZED)
        ):
            found.setdefault(ticket_id, []).append((line_id, by))
    return found
