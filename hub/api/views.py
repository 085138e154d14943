"""The routes of /api/v1. Each loads, calls one action of a room, and answers.

A token is not of a department: it sees every ticket. What a tool does stands in the history as
done by an outside tool.
"""

from datetime import date
from http import HTTPStatus
from typing import Any

from flask import Response, current_app
from flask_babel import force_locale
from sqlalchemy import select

from hub.accounts.actions import folded
from hub.accounts.models import Role, User
from hub.api import presentation, queries
from hub.api.blueprint import allows, blueprint, refuses
from hub.api.schemas import (
    Assignment,
    IdempotencyHeader,
    MessageSchema,
    NewNote,
    NewReply,
    ReportFilters,
    ResponseTimesSchema,
    TicketDetailSchema,
    TicketFilters,
    TicketPageSchema,
    TicketSchema,
    Transfer,
)
from hub.clock import now
from hub.extensions import db
from hub.inbox.finding.wording import sentence
from hub.outbox import actions as outbox
from hub.outbox import cancelling, refusals
from hub.problems import Problem
from hub.reports import periods
from hub.reports import queries as reports
from hub.routing import queries as routing
from hub.search import queries as search
from hub.search.question import Question, Trouble
from hub.tickets import actions
from hub.tickets import queries as tickets_queries
from hub.tickets.downloads import as_download
from hub.tickets.models import Message, Ticket

Values = dict[str, Any]

REFERENCE = {
    "in": "path",
    "name": "reference",
    "required": True,
    "description": "The ticket's reference, as the citizen quotes it.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 60},
    "example": "2026-004217-K",
}
NUMBER = {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}
ATTACHMENT = {"in": "path", "name": "attachment_id", "required": True, "schema": NUMBER}
REPLY = {
    "in": "path",
    "name": "reply_id",
    "required": True,
    "description": "The `id` of the message.",
    "schema": NUMBER,
}
#: What any route with a body may answer.
BODY = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
)


@blueprint.get("/tickets")
@allows(Role.AGENT)
@refuses(HTTPStatus.CONFLICT)
@blueprint.arguments(TicketFilters, location="query")
@blueprint.response(200, TicketPageSchema)
def tickets(filters: Values) -> Values:
    """List tickets, the last opened first."""
    before = presentation.position(filters.pop("cursor", None))
    typed = filters.pop("q", "")
    others = queries.Filters(**filters)
    if not typed.strip():
        return presentation.page(*queries.page(others, before=before))
    return presentation.page(*queries.search(_asked(typed), others, before=before))


@blueprint.get("/tickets/<reference>", parameters=[REFERENCE])
@allows(Role.AGENT)
@refuses(HTTPStatus.NOT_FOUND)
@blueprint.response(200, TicketDetailSchema)
def ticket(reference: str) -> Values:
    """Read a ticket with its messages and its history."""
    return presentation.detail(_ticket(reference))


@blueprint.post("/tickets/<reference>/replies", parameters=[REFERENCE])
@allows(Role.AGENT)
@refuses(*BODY)
@blueprint.arguments(NewReply)
@blueprint.arguments(IdempotencyHeader, location="headers")
@blueprint.response(202, MessageSchema, description="Stored; `delivery` tells where it stands.")
def reply(body: Values, headers: Values, reference: str) -> Values:
    """Answer the citizen.

    The reply is stored and sent by a worker: read the ticket again to learn what became of it.
    """
    key, text = headers.get("idempotency_key"), outbox.plain(body["text"])
    message = _reply(_ticket(reference), text, body["visibility"], key)
    if (message.text, message.visibility) != (text, body["visibility"]):
        raise Problem(
            HTTPStatus.CONFLICT,
            "This Idempotency-Key was used for another reply to this ticket.",
            kind="idempotency-key-reused",
        )
    return presentation.one_message(message)


@blueprint.post("/tickets/<reference>/replies/<reply_id>/cancel", parameters=[REFERENCE, REPLY])
@allows(Role.AGENT)
@refuses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
@blueprint.response(200, MessageSchema)
def cancel(reference: str, reply_id: str) -> Values:
    """Take back a reply that has not left.

    Its `delivery` is "cancelled" then, and the ticket waits for an answer again. Repeating the
    call is no matter. A reply that has left, may have, or is being sent is refused.
    """
    found, number = _ticket(reference), _number(reply_id)
    message = tickets_queries.reply_of(found, number) if number else None
    if message is None:
        raise Problem(HTTPStatus.NOT_FOUND, "This ticket has no such reply.")
    try:
        cancelling.cancel(message, by=None)
    except cancelling.LeftAlready as error:
        sentence = "This reply has left already, or may have."
        raise Problem(HTTPStatus.CONFLICT, sentence, kind="left-already") from error
    return presentation.one_message(message)


@blueprint.post("/tickets/<reference>/notes", parameters=[REFERENCE])
@allows(Role.AGENT)
@refuses(*BODY)
@blueprint.arguments(NewNote)
@blueprint.response(201, MessageSchema)
def note(body: Values, reference: str) -> Values:
    """Add an internal note, which is not sent to the citizen."""
    return presentation.one_message(actions.note(_ticket(reference), body["text"], by=None))


@blueprint.post("/tickets/<reference>/transfer", parameters=[REFERENCE])
@allows(Role.AGENT)
@refuses(*BODY)
@blueprint.arguments(Transfer)
@blueprint.response(200, TicketSchema)
def transfer(body: Values, reference: str) -> Values:
    """Give the ticket to another department."""
    found = _ticket(reference)
    department = routing.department(body["department"])
    if department is None:
        raise _wrong("department", "no-such-department", "No department has this slug.")
    try:
        actions.transfer(found, department, body["reason"], by=None)
    except actions.NotAllowedNow as error:
        raise _not_now("The ticket is with this department already.") from error
    return presentation.summary(found)


@blueprint.post("/tickets/<reference>/assign", parameters=[REFERENCE])
@allows(Role.AGENT)
@refuses(*BODY)
@blueprint.arguments(Assignment)
@blueprint.response(200, TicketSchema)
def assign(body: Values, reference: str) -> Values:
    """Give the ticket to a person, or to nobody."""
    found = _ticket(reference)
    actions.assign(found, _assignee(found, body["user"] or ""), by=None)
    return presentation.summary(found)


@blueprint.post("/tickets/<reference>/close", parameters=[REFERENCE])
@allows(Role.AGENT)
@refuses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
@blueprint.response(200, TicketSchema)
def close(reference: str) -> Values:
    """End the work on a ticket."""
    found = _ticket(reference)
    try:
        actions.close(found, by=None)
    except actions.NotAllowedNow as error:
        raise _not_now("The ticket is closed already.") from error
    return presentation.summary(found)


@blueprint.post("/tickets/<reference>/reopen", parameters=[REFERENCE])
@allows(Role.AGENT)
@refuses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
@blueprint.response(200, TicketSchema)
def reopen(reference: str) -> Values:
    """Take up a closed ticket again."""
    found = _ticket(reference)
    try:
        actions.reopen(found, by=None)
    except actions.NotAllowedNow as error:
        raise _not_now("The ticket is not closed.") from error
    return presentation.summary(found)


@blueprint.get(
    "/tickets/<reference>/attachments/<attachment_id>", parameters=[REFERENCE, ATTACHMENT]
)
@allows(Role.AGENT)
@refuses(HTTPStatus.NOT_FOUND)
@blueprint.response(
    200,
    {"type": "string", "format": "binary"},
    content_type="application/octet-stream",
    description="The file, always as a download.",
)
def attachment(reference: str, attachment_id: str) -> Response:
    """Download a file of a message."""
    found, number = _ticket(reference), _number(attachment_id)
    file = queries.attachment(found, number) if number else None
    if file is None:
        raise Problem(HTTPStatus.NOT_FOUND, "This ticket has no such file.")
    return as_download(file)


@blueprint.get("/reports/response-times")
@allows(Role.SUPERVISOR)
@refuses(HTTPStatus.CONFLICT)
@blueprint.arguments(ReportFilters, location="query")
@blueprint.response(200, ResponseTimesSchema)
def response_times(filters: Values) -> Values:
    """How long citizens waited for a first answer by a person.

    Counts the tickets received in the period, as they stand now. At most 366 days.
    """
    period = _period(filters.get("from_"), filters.get("to"))
    return presentation.report(reports.response_times(period), filters["by"])


def _ticket(reference: str) -> Ticket:
    found = queries.ticket(reference)
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, "No ticket has this reference.")
    return found


def _asked(text: str) -> Question:
    """The question, all of which was understood."""
    asked = search.ask(text)
    for problem in asked.problems:
        if problem.trouble is not Trouble.NO_OPERATOR:  # it is looked for as words
            with force_locale("en"):
                raise _wrong("q", problem.trouble, sentence(problem))
    return asked


def _number(text: str) -> int | None:
    """The id in an address; None for what can be none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None


def _reply(ticket: Ticket, text: str, visibility: str, key: str | None) -> Message:
    try:
        with force_locale("en"):
            return outbox.reply(ticket, text, visibility=visibility, by=None, idempotency_key=key)
    except refusals.TooLong as error:
        sentence = f"{error.length} characters; the platform takes {error.limit}."
        raise _wrong("text", "too-long", sentence) from error
    except refusals.TooManyParts as error:
        sentence = f"{error.parts} parts; the platform takes {error.most}."
        raise _wrong("text", "too-many-parts", sentence) from error
    except refusals.NoSuchWay as error:
        sentence = str(error.reason) or f"This ticket has no {visibility} way to answer."
        raise _wrong("visibility", "no-such-way", sentence) from error
    except refusals.ChannelUnusable as error:
        sentence = "The channel of this ticket is switched off, or must be connected again."
        raise Problem(HTTPStatus.CONFLICT, sentence, kind="channel-unusable") from error


def _assignee(ticket: Ticket, email: str) -> User | None:
    """The person with this e-mail; None for the empty one."""
    if not folded(email):
        return None
    user = db.session.scalar(select(User).where(User.email == folded(email), User.active))
    if user is None:
        raise _wrong("user", "no-such-user", "Nobody signs in with this e-mail.")
    if not tickets_queries.works_on(user, ticket):
        raise _wrong("user", "cannot-see", "This person does not work on this ticket.")
    return user


def _period(first: date | None, last: date | None) -> periods.Period:
    zone = current_app.config["HUB"].timezone
    today = now().astimezone(zone).date()
    try:
        with force_locale("en"):
            return periods.chosen(first, last, today=today, zone=zone)
    except periods.UnusablePeriod as error:
        raise _wrong(error.field, "unusable-period", error.reason) from error


def _wrong(field: str, kind: str, sentence: str) -> Problem:
    """A value that is well formed and of no use as things stand."""
    return Problem(HTTPStatus.CONFLICT, sentence, kind=kind, errors={field: [sentence]})


def _not_now(sentence: str) -> Problem:
    return Problem(HTTPStatus.CONFLICT, sentence, kind="not-allowed-now")
