"""Which department a ticket begins in, and what its history says of that."""

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import or_, select

from hub.accounts.languages import DEFAULT
from hub.channels.base import InboundMessage
from hub.extensions import db
from hub.routing.choose import Decision, choose_department
from hub.routing.models import FALLBACK, Department
from hub.tickets.history import record
from hub.tickets.models import Event, EventKind, State, Ticket


def place_for(message: InboundMessage, channel: str, previous: Ticket | None) -> Decision:
    """Where the ticket of a first message goes, and why, in the council's language: as the rules
    say. Where none holds, a ticket that follows another one stays with it."""
    decision = _decide(message, channel)
    if previous is None or decision.rule or not previous.department.active:
        return decision
    with force_locale(DEFAULT):
        why = _("follows %(reference)s", reference=previous.reference)
    return Decision(previous.department, None, why)


def note(ticket: Ticket, decision: Decision, *, before: Department | None = None) -> None:
    """Write down where the ticket went, why, and by which version of a rule. `before`: where it
    was until now."""
    rule = decision.rule
    record(
        ticket,
        EventKind.ROUTED,
        department_id=before.id if before else None,
        department=ticket.department.name,
        rule=rule.name if rule else "",
        rule_id=rule.id if rule else None,
        version=rule.version if rule else None,
        why=ticket.routed_because,
    )


def place_by_first_words(ticket: Ticket, message: InboundMessage, channel: str) -> None:
    """A picture and its words come as two messages: no rule could know where the first belongs.
    The words decide, unless a person or a tool has had the ticket in hand meanwhile."""
    if ticket.department.slug != FALLBACK or ticket.state != State.NEW or _is_handled(ticket):
        return
    decision = _decide(message, channel)
    if decision.rule is None:
        return
    before, ticket.department = ticket.department, decision.department
    ticket.routed_because = decision.why
    note(ticket, decision, before=before)


def _is_handled(ticket: Ticket) -> bool:
    by_somebody = or_(Event.user_id.is_not(None), Event.kind == EventKind.TRANSFERRED)
    handled = select(Event.id).where(Event.ticket_id == ticket.id, by_somebody)
    return ticket.assignee_id is not None or db.session.scalar(handled.limit(1)) is not None


def _decide(message: InboundMessage, channel: str) -> Decision:
    with force_locale(DEFAULT):  # kept with the ticket for agents, whoever's request this is
        return choose_department(message, channel)
