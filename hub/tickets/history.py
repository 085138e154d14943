"""The history of a ticket: writing its lines, and saying them in words."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from hub.channels import registry
from hub.clock import now
from hub.deadlines.targets import Priority
from hub.extensions import db
from hub.formats import exact, language_name
from hub.tickets import missing_files
from hub.tickets.models import Event, EventKind, Message, Ticket
from hub.tickets.personal_data import Kind


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
    ticket.indexed_at = None
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
    if event.kind == EventKind.DELIVERY:
        return _delivery(event.data, event.ticket.channel)
    return _SENTENCES[EventKind(event.kind)](event.data)


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


def _replied(data: dict[str, Any]) -> str:
    is_public = data["visibility"] == "public"
    said = _("Public answer written") if is_public else _("Private answer written")
    if data.get("leaves_at"):
        said += " " + _("(to leave on %(instant)s)", instant=_exact(data["leaves_at"]))
    if kinds := data.get("tells"):
        told = ", ".join(personal_data_kind(kind) for kind in kinds)
        said += " " + _("(its author chose to tell in public: %(kinds)s)", kinds=told)
    return said


def personal_data_kind(kind: str) -> str:
    """What a kind of personal data is called."""
    return {
        Kind.TELEPHONE: _("telephone number"),
        Kind.EMAIL: _("e-mail address"),
        Kind.ADDRESS: _("postal address"),
        Kind.NIR: _("social security number"),
        Kind.IBAN: _("bank account number"),
        Kind.CARD: _("bank card number"),
        Kind.FILE: _("file number"),
    }[Kind(kind)]


def _delivery(data: dict[str, Any], channel: str) -> str:
    status = data["status"]
    known = {
        "sent": _("The answer was sent"),
        "failed": _("The answer was refused"),
        "unknown": _("It is not known whether the answer arrived"),
        "waiting": _("The answer waits"),
    }
    detail = registry.sentence(channel, data.get("code", "")) or data.get("detail")
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
    return _("The answer could not be looked for: a person decides")


def _decided(data: dict[str, Any]) -> str:
    return {
        "there": _("Seen on the platform: the answer counts as sent"),
        "again": _("Not seen on the platform: the answer is sent once more"),
        "leave": _("Not seen on the platform: the answer is left unsent"),
    }[data["decision"]]


def _file(data: dict[str, Any]) -> str:
    if data.get("why"):
        return _("A file was %(why)s", why=missing_files.reason(data["why"]))
    return _("A file was copied from the platform")


def _transferred(data: dict[str, Any]) -> str:
    return _(
        "Transferred from %(old)s to %(new)s: %(reason)s",
        old=data["old"],
        new=data["new"],
        reason=data["reason"],
    )


def _exact(instant: str) -> str:
    return exact(datetime.fromisoformat(instant))


def _prioritised(data: dict[str, Any]) -> str:
    return {
        Priority.URGENT: _("Priority: urgent"),
        Priority.HIGH: _("Priority: high"),
        Priority.NORMAL: _("Priority: normal"),
        Priority.LOW: _("Priority: low"),
    }[Priority(data["priority"])]


def _merged(data: dict[str, Any]) -> str:
    if data.get("into"):
        said = _("Merged into %(reference)s", reference=data["into"])
    else:
        said = _("Took in the messages of %(reference)s", reference=data["reference"])
    if data.get("reason"):
        said += f" ({data['reason']})"
    if data.get("no_room"):
        said += " " + _("(no room for the tags: %(tags)s)", tags=", ".join(data["no_room"]))
    return said


def _split(data: dict[str, Any]) -> str:
    if data.get("into"):
        return _("Messages were moved to %(reference)s", reference=data["into"])
    return _("Split off from %(reference)s", reference=data["reference"])


def _unsplit(data: dict[str, Any]) -> str:
    if data.get("into"):
        return _("The messages went back to %(reference)s", reference=data["into"])
    return _("The messages of %(reference)s came back", reference=data["reference"])


def _identified(data: dict[str, Any]) -> str:
    if data.get("by_code"):
        return _("%(who)s is the same person: the code was told", who=data["who"])
    said = _("%(who)s counts as the same person", who=data["who"])
    return f"{said} ({data['reason']})" if data.get("reason") else said


def _hide_asked(data: dict[str, Any]) -> str:
    if data.get("why"):
        return _("The message could not be hidden or shown (%(why)s)", why=data["why"])
    if data.get("shown"):
        return _("Asked to show a message again: %(reason)s", reason=data["reason"])
    return _("Asked to hide a message: %(reason)s", reason=data["reason"])


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
    EventKind.REPLIED: _replied,
    EventKind.CANCELLED: lambda data: (
        _("Answer held back: somebody wrote before the time it was to leave at")
        if data.get("overtaken")
        else _("Answer cancelled before it left")
    ),
    EventKind.ANSWERED_OUTSIDE: lambda _data: _("Answered outside the hub, on the platform itself"),
    EventKind.NOTED: lambda data: (
        _("Internal note written, in answer to %(name)s", name=data["answers"])
        if data.get("answers")
        else _("Internal note written")
    ),
    EventKind.TAKEN: lambda _data: _("Taken"),
    EventKind.ASSIGNED: lambda data: _("Assigned to %(name)s", name=data["name"]),
    EventKind.RELEASED: lambda data: _("No longer assigned to %(name)s", name=data["name"]),
    EventKind.TRANSFERRED: _transferred,
    EventKind.CLOSED: lambda data: (
        _("Closed: no answer was needed") if data.get("needs_no_answer") else _("Closed")
    ),
    EventKind.TAGGED: lambda data: _("Tag “%(tag)s” added", tag=data["tag"]),
    EventKind.COMPLETED: lambda _data: _("The platform gave what was missing of a message"),
    EventKind.ERASED: lambda _data: _(
        "The council left the network: what the citizen wrote was erased"
    ),
    EventKind.NAMED: lambda data: _("The platform gave the name %(name)s", name=data["name"]),
    EventKind.LOOKED: lambda _data: _(
        "The answer was looked for on the platform and was not there"
    ),
    EventKind.UNSETTLED: _unsettled,
    EventKind.RESENT: lambda _data: _("The answer was not there twice: it is sent once more"),
    EventKind.DECIDED: _decided,
    EventKind.SNOOZED: lambda data: _("Put aside until %(instant)s", instant=_exact(data["until"])),
    EventKind.WOKEN: lambda data: (
        _("Back in the lists: the citizen wrote")
        if data.get("by_citizen")
        else _("Back in the lists")
    ),
    EventKind.PRIORITISED: _prioritised,
    EventKind.CONSULTED: lambda data: _(
        "%(name)s is asked: %(question)s", name=data["name"], question=data["question"]
    ),
    EventKind.CONSULTATION_ENDED: lambda data: (
        _("%(name)s has answered", name=data["name"])
        if data.get("done")
        else _("%(name)s is no longer asked", name=data["name"])
    ),
    EventKind.MERGED: _merged,
    EventKind.UNMERGED: lambda data: _(
        "The merge with %(reference)s was undone", reference=data["reference"]
    ),
    EventKind.SPLIT: _split,
    EventKind.UNSPLIT: _unsplit,
    EventKind.LINKED: lambda data: _("Linked with %(reference)s", reference=data["reference"]),
    EventKind.UNLINKED: lambda data: _(
        "No longer linked with %(reference)s", reference=data["reference"]
    ),
    EventKind.IDENTIFIED: _identified,
    EventKind.SEPARATED: lambda data: _("%(who)s counts as another person again", who=data["who"]),
    EventKind.CODE_SENT: lambda data: _(
        "A code was sent to %(who)s, to be told here", who=data["who"]
    ),
    EventKind.HIDE_ASKED: _hide_asked,
    EventKind.LANGUAGE: lambda data: _("Language: %(name)s", name=language_name(data["code"])),
    EventKind.UNTAGGED: lambda data: _("Tag “%(tag)s” removed", tag=data["tag"]),
}
