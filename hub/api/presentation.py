"""Tickets and messages as plain values, ready for the schemas."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import url_for
from flask_babel import force_locale

from hub.accounts.models import User
from hub.api import queries
from hub.inbox.wording import failure, notice
from hub.outbox import signing
from hub.reports.queries import Grouping, Report
from hub.tickets import missing_files
from hub.tickets import queries as tickets
from hub.tickets.history import sentence
from hub.tickets.models import Attachment, Direction, Event, FileState, Message, Part, Ticket

#: Sentences that agents read are given in their language.
LANGUAGE = "fr"

Values = dict[str, Any]


def page(found: list[Ticket], next_id: int | None) -> Values:
    """One page of a list. `next_id` is where the next one begins."""
    handles = queries.handles(found)
    return {
        "tickets": [ticket_values(ticket, handles) for ticket in found],
        "next": None if next_id is None else f"{next_id:016x}",
    }


def position(cursor: str | None) -> int | None:
    """The ticket id in a cursor that `page` gave."""
    return None if cursor is None else int(cursor, 16)


def summary(ticket: Ticket) -> Values:
    """A ticket as it stands in a list."""
    return ticket_values(ticket, queries.handles([ticket]))


def detail(ticket: Ticket) -> Values:
    """A ticket with its messages and its history. A fixed number of statements."""
    thread = tickets.messages(ticket, limit=queries.MOST_MESSAGES)
    with force_locale(LANGUAGE):
        return {
            **summary(ticket),
            "messages": [message_values(message, ticket) for message in thread],
            "history": [_event(event) for event in queries.history(ticket)],
        }


def one_message(message: Message) -> Values:
    """A message by itself."""
    with force_locale(LANGUAGE):
        return message_values(message, message.ticket)


def ticket_values(ticket: Ticket, handles: Mapping[int, str]) -> Values:
    contact = ticket.contact
    return {
        "reference": ticket.reference,
        "subject": ticket.subject,
        "state": ticket.state,
        "kind": ticket.kind,
        "channel": ticket.channel,
        "visibility": ticket.visibility,
        "department": ticket.department.slug,
        "routed_because": ticket.routed_because,
        "assignee": _person(ticket.assignee),
        "contact": {"id": contact.id, "name": contact.name, "handle": handles[ticket.id]},
        "opened_at": ticket.opened_at,
        "received_at": ticket.received_at,
        "first_reply_at": ticket.first_reply_at,
        "closed_at": ticket.closed_at,
        "tags": [tag.name for tag in ticket.tags],
    }


def message_values(message: Message, ticket: Ticket) -> Values:
    deleted = message.deleted_at is not None
    return {
        "id": message.id,
        "direction": message.direction,
        "visibility": message.visibility,
        "text": message.text,
        "signature": message.signature,
        "parts": [_part(part) for part in message.parts],
        "notice": notice(message, ticket.channel) or None,
        "author": _author(message, ticket),
        "external_id": message.external_id,
        "posted_at": message.posted_at,
        "edited": message.edited_at is not None,
        "deleted": deleted,
        "delivery": message.delivery,
        "error": failure(ticket.channel, message.error_code) or None,
        "attachments": []
        if deleted
        else [_attachment(file, ticket) for file in message.attachments],
    }


def report(found: Report, by: Grouping) -> Values:
    """First-response times, one row for each group."""
    return {
        "from_": found.period.first,
        "to": found.period.last,
        "by": by,
        "timezone": str(found.period.zone),
        "rows": [asdict(row) for row in found.by(by)],
        "total": asdict(found.total),
    }


def _author(message: Message, ticket: Ticket) -> Values:
    """The citizen, the colleague, or the council's own account for what no one person said."""
    if message.identity is not None:
        return {"name": message.identity.name, "handle": message.identity.handle}
    if message.direction == Direction.IN:
        return {"name": ticket.contact.name, "handle": ""}
    by = signing.public_name(message.user) if message.user else ticket.account.name
    return {"name": by, "handle": ""}


def _part(part: Part) -> Values:
    return {
        "number": part.number,
        "text": part.text,
        "external_id": part.external_id,
        "sent_at": part.sent_at,
    }


def _attachment(file: Attachment, ticket: Ticket) -> Values:
    url = None
    if file.state == FileState.STORED:
        url = url_for(
            "api.attachment", reference=ticket.reference, attachment_id=file.id, _external=True
        )
    return {
        "name": file.name if url else missing_files.words(file, ticket.channel),
        "type": file.media_type,
        "size": file.size,
        "url": url,
    }


def _event(event: Event) -> Values:
    return {
        "at": event.at,
        "kind": event.kind,
        "user": _person(event.user),
        "text": sentence(event),
    }


def _person(user: User | None) -> Values | None:
    return {"name": user.name, "email": user.email} if user else None
