"""The history of a ticket: writing its lines, and saying them in words."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from hub.clock import now
from hub.extensions import db
from hub.tickets.models import Event, EventKind, Message, Ticket


def record(
    ticket: Ticket,
    kind: EventKind,
    *,
    user_id: int | None = None,
    message_id: int | None = None,
    message: Message | None = None,
    department_id: int | None = None,
    **data: Any,
) -> Event:
    """Add a line, in the caller's transaction, and note the time of the change on the ticket.

    `department_id` is where the ticket was before; the ticket's own when it is left out. `data`
    are short JSON values for the sentence. A ticket or `message` that is not stored yet is stored
    with the line.
    """
    ticket.updated_at = now()
    event = Event(
        ticket=ticket,
        kind=kind,
        user_id=user_id,
        message_id=message_id,
        department_id=department_id or ticket.department_id or ticket.department.id,
        data=data,
    )
    if message is not None:
        event.message = message
    db.session.add(event)
    return event


def record_of(message: Message, kind: EventKind, **data: Any) -> Event:
    """The same for what became of an outbound message, or of the part of it that is next."""
    if part := message.next_part:
        data["part"] = part.number
    return record(message.ticket, kind, message_id=message.id, **data)


def sentence(event: Event) -> str:
    """What happened, in the reader's language, without the time and the person (both are
    columns of their own on the page)."""
    words = _SENTENCES[EventKind(event.kind)]
    return words(event.data)


def _routed(data: dict[str, Any]) -> str:
    if data.get("rule"):
        return _(
            "Sent to %(department)s by the rule “%(rule)s” (version %(version)s): %(why)s",
            department=data["department"],
            rule=data["rule"],
            version=data["version"],
            why=data["why"],
        )
    return _("Sent to %(department)s: no rule matched", department=data["department"])


def _delivery(data: dict[str, Any]) -> str:
    status = data["status"]
    known = {
        "sent": _("The answer was sent"),
        "failed": _("The answer was refused"),
        "unknown": _("It is not known whether the answer arrived"),
        "waiting": _("The answer waits"),
    }
    detail = data.get("detail")
    said = known.get(status, status)
    return f"{said} ({detail})" if detail else said


def _unsettled(data: dict[str, Any]) -> str:
    known = {
        "not-found": _("The answer was not found after it was sent twice: a person decides"),
        "answered-otherwise": _(
            "The answer was not found, but another one that the hub does not know: a person decides"
        ),
        "cannot-look": _("The platform does not tell whether the answer arrived: a person decides"),
        "disconnected": _("The account was disconnected: a person decides about the answer"),
    }
    if said := known.get(data["code"]):
        return said
    reason = " ".join(filter(None, [data["code"], data.get("detail")]))
    return _("The answer could not be looked for (%(reason)s): a person decides", reason=reason)


def _decided(data: dict[str, Any]) -> str:
    return {
        "there": _("Seen on the platform: the answer counts as sent"),
        "again": _("Not seen on the platform: the answer is sent once more"),
        "leave": _("Not seen on the platform: the answer is left unsent"),
    }[data["decision"]]


def _file(data: dict[str, Any]) -> str:
    if data.get("why"):
        return _("A file could not be copied (%(why)s)", why=data["why"])
    return _("A file was copied from the platform")


def _transferred(data: dict[str, Any]) -> str:
    return _(
        "Transferred from %(old)s to %(new)s: %(reason)s",
        old=data["old"],
        new=data["new"],
        reason=data["reason"],
    )


_SENTENCES: dict[EventKind, Callable[[dict[str, Any]], str]] = {
    EventKind.OPENED: lambda data: (
        _("Ticket opened, following %(previous)s", previous=data["previous"])
        if data.get("previous")
        else _("Ticket opened")
    ),
    EventKind.RECEIVED: lambda _data: _("New message of the citizen"),
    EventKind.ROUTED: _routed,
    EventKind.REOPENED: lambda data: (
        _("Reopened by a new message of the citizen") if data.get("by_citizen") else _("Reopened")
    ),
    EventKind.EDITED: lambda _data: _("The citizen changed a message"),
    EventKind.DELETED: lambda data: (
        _("An answer of ours was removed on the platform")
        if data.get("ours")
        else _("A message was removed on the platform; its text is gone")
    ),
    EventKind.HIDDEN: lambda _data: _("A message was hidden on the platform"),
    EventKind.SHOWN: lambda _data: _("A message is shown again on the platform"),
    EventKind.FILE: _file,
    EventKind.REPLIED: lambda data: (
        _("Public answer written")
        if data["visibility"] == "public"
        else _("Private answer written")
    ),
    EventKind.CANCELLED: lambda _data: _("Answer cancelled before it left"),
    EventKind.DELIVERY: _delivery,
    EventKind.ANSWERED_OUTSIDE: lambda _data: _("Answered outside the hub, on the platform itself"),
    EventKind.NOTED: lambda _data: _("Internal note written"),
    EventKind.TAKEN: lambda _data: _("Taken"),
    EventKind.ASSIGNED: lambda data: _("Assigned to %(name)s", name=data["name"]),
    EventKind.RELEASED: lambda data: _("No longer assigned to %(name)s", name=data["name"]),
    EventKind.TRANSFERRED: _transferred,
    EventKind.CLOSED: lambda _data: _("Closed"),
    EventKind.TAGGED: lambda data: _("Tag “%(tag)s” added", tag=data["tag"]),
    EventKind.COMPLETED: lambda _data: _("The platform gave what was missing of a message"),
    EventKind.ERASED: lambda _data: _(
        "The council left the network: what the citizen wrote was erased"
    ),
    EventKind.NAMED: lambda data: _("The platform gave the name %(name)s", name=data["name"]),
    EventKind.LOOKED: lambda _data: _(
        "The answer was looked for on the platform and was not there"
    ),
    EventKind.RESENT: lambda _data: _("The answer was not there twice: it is sent once more"),
    EventKind.UNSETTLED: _unsettled,
    EventKind.DECIDED: _decided,
    EventKind.UNTAGGED: lambda data: _("Tag “%(tag)s” removed", tag=data["tag"]),
}
