"""Asking a colleague, or another department, about a ticket that stays where it is.

While they are asked they read the ticket and write notes. It ends when they say that they are done,
when the ticket's department says so, and when the ticket is closed.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, select

from hub.accounts.models import User
from hub.extensions import db
from hub.routing.models import Department
from hub.tickets import queries
from hub.tickets.actions import NotAllowedNow, changing, set_no_longer_asked
from hub.tickets.history import record
from hub.tickets.models import Consultation, EventKind, State, Ticket


class AskedAlready(Exception):
    """They are asked about this ticket at present, or work on it as a department."""


def consult(ticket: Ticket, question: str, *, asked: User | Department, by: User) -> Consultation:
    """Ask a person, or everybody of a department. Raises AskedAlready, and NotAllowedNow when the
    ticket is closed."""
    with changing(ticket):
        if ticket.state == State.CLOSED:
            raise NotAllowedNow
        is_there = isinstance(asked, Department) and asked.id == ticket.department_id
        if is_there or db.session.scalar(_open(ticket, _asks(asked)).limit(1)):
            raise AskedAlready
        key = "department" if isinstance(asked, Department) else "user"
        found = Consultation(
            ticket_id=ticket.id, question=question, asked_by_id=by.id, **{f"{key}_id": asked.id}
        )
        db.session.add(found)
        words: dict[str, Any] = {"name": asked.name, "question": question, key: asked.id}
        record(ticket, EventKind.CONSULTED, user_id=by.id, **words)
    return found


def end(consultation: Consultation, *, by: User) -> None:
    """They are asked no longer. Ending it twice is no matter."""
    with changing(consultation.ticket):
        db.session.refresh(consultation)
        if consultation.ended_at is None:
            set_no_longer_asked(consultation, by=by)


def consultation(ticket: Ticket, consultation_id: int) -> Consultation | None:
    """This one, when it is the ticket's."""
    found = db.session.get(Consultation, consultation_id)
    return found if found and found.ticket_id == ticket.id else None


def may_end(user: User, found: Consultation, ticket: Ticket) -> bool:
    """Those who are asked may, and those who work on the ticket."""
    is_asked = found.user_id == user.id or found.department_id in user.department_ids
    return is_asked or queries.works_on(user, ticket)


def _open(ticket: Ticket, condition: ColumnElement[bool]) -> Select[Consultation]:
    return select(Consultation).where(
        Consultation.ticket_id == ticket.id, Consultation.ended_at.is_(None), condition
    )


def _asks(who: User | Department) -> ColumnElement[bool]:
    if isinstance(who, Department):
        return Consultation.department_id == who.id
    return Consultation.user_id == who.id
