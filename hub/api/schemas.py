"""The shapes of the API, as its document describes them and as requests are checked."""

import re
from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate

from hub.tickets.models import DeliveryStatus, Direction, EventKind, State

LONGEST_TEXT = 20_000
CURSOR = r"^[0-7][0-9a-f]{15}$"
#: No NUL: PostgreSQL cannot store it.
NO_NUL = r"^[^\u0000]*$"
#: Something besides blanks and control characters, however an engine understands \s.
NOT_BLANK = r"[^\s\u0000-\u001f\u0085\ufeff\ufffe\uffff]"


class PlainText(fields.String):
    """A text that every database can keep: no NUL, no half of a surrogate pair."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
            raise ValidationError("Contains a character that is no text.")
        return text


class SaidText(PlainText):
    """What somebody says, as it is kept: NUL characters and the blanks around it are dropped,
    line ends are of one kind, and something must be left."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        given = value.replace("\0", "") if isinstance(value, str) else value
        text = super()._deserialize(given, attr, data, **kwargs)
        if re.search(NOT_BLANK, text) is None:
            raise ValidationError("Write something.")
        return text.replace("\r\n", "\n").strip()


def _said(most: int, example: str) -> SaidText:
    return SaidText(
        required=True,
        validate=validate.Length(min=1, max=most),
        metadata={"pattern": NOT_BLANK, "example": example},
    )


class Query(Schema):
    """Parameters in the address; unknown ones are overlooked, as browsers and proxies add some."""

    class Meta:
        unknown = EXCLUDE


class Body(Schema):
    """A JSON object; an unknown member is an error, for it may be a mistyped one."""

    class Meta:
        unknown = RAISE


class Answer(Schema):
    """What the API says. Members may be added to it: readers overlook those they do not know."""

    class Meta:
        unknown = EXCLUDE


# --- What is sent ---------------------------------------------------------------------------


class TicketFilters(Query):
    state = fields.String(
        validate=validate.OneOf([state.value for state in State]),
        metadata={"description": "Only tickets in this state."},
    )
    department = PlainText(
        validate=validate.Length(max=48),
        metadata={
            "description": "Only tickets of the department with this slug.",
            "pattern": NO_NUL,
            "example": "transports",
        },
    )
    channel = PlainText(
        validate=validate.Length(max=32),
        metadata={
            "description": "Only tickets of this channel.",
            "pattern": NO_NUL,
            "example": "facebook",
        },
    )
    q = PlainText(
        validate=validate.Length(max=200),
        metadata={
            "description": "Words in any form, all of which the ticket has in its subject, its "
            'messages, its tags or the names of who wrote; words side by side in quotes ("gare '
            'routière"); the beginning of a word (inond*); what it must not have (-travaux); '
            "from: department: channel: state: tag: language: before: after: with a value; or a "
            "reference, whole or begun. A change can be found some seconds after it was made. "
            "What cannot be understood is refused.",
            "pattern": NO_NUL,
            "example": "gare routière",
        },
    )
    cursor = fields.String(
        validate=validate.Regexp(CURSOR, error="This cursor was not given by `next`."),
        metadata={"description": "The `next` of the page before; leave it out for the first page."},
    )


class NewReply(Body):
    text = _said(LONGEST_TEXT, "Bonjour, votre carte est prête à la gare routière.")
    visibility = fields.String(
        required=True,
        validate=validate.OneOf(["public", "private"]),
        metadata={
            "description": "public: anybody on the platform can read it; private: the citizen "
            "alone. Not every ticket can be answered both ways.",
            "example": "private",
        },
    )


class IdempotencyHeader(Query):
    idempotency_key = PlainText(
        data_key="Idempotency-Key",
        validate=[
            validate.Length(min=1, max=255),
            validate.Regexp(r"^[\x21-\x7e]+$", error="Use printable ASCII without spaces."),
        ],
        metadata={
            "description": "A text of your own, new for each reply. The same key sent again on "
            "the same ticket gives the first reply back and sends nothing.",
            "example": "5f3c1c0e-reply-1",
        },
    )


class NewNote(Body):
    text = _said(LONGEST_TEXT, "A déjà téléphoné ce matin.")


class Transfer(Body):
    department = PlainText(
        required=True,
        validate=validate.Length(min=1, max=48),
        metadata={
            "description": "Slug of the department that takes over.",
            "pattern": NO_NUL,
            "example": "lycees",
        },
    )
    reason = _said(1000, "La question porte sur l'internat.")


class Assignment(Body):
    user = PlainText(
        required=True,
        allow_none=True,
        validate=validate.Length(max=254),
        metadata={
            "description": "E-mail of the person; null or empty takes the ticket back.",
            "pattern": NO_NUL,
            "example": "camille.martin@region.example",
        },
    )


class ReportFilters(Query):
    from_ = fields.Date(
        data_key="from",
        metadata={
            "description": "First day, in the council's time zone. Without it: 30 days in all.",
            "example": "2026-11-01",
        },
    )
    to = fields.Date(
        metadata={"description": "Last day, included. Without it: today.", "example": "2026-11-30"}
    )
    by = fields.String(
        load_default="department",
        validate=validate.OneOf(["channel", "department"]),
        metadata={"description": "What a row stands for."},
    )


# --- What is answered -------------------------------------------------------------------------


def _instant(description: str, *, nullable: bool = False) -> fields.AwareDateTime:
    return fields.AwareDateTime(
        required=True, allow_none=nullable, metadata={"description": description}
    )


class ContactSchema(Answer):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    handle = fields.String(
        required=True, metadata={"description": "The contact's name on the ticket's channel."}
    )


class PersonSchema(Answer):
    name = fields.String(required=True)
    email = fields.String(required=True)


class AuthorSchema(Answer):
    name = fields.String(required=True)
    handle = fields.String(required=True)


class AttachmentSchema(Answer):
    name = fields.String(required=True)
    type = fields.String(required=True, metadata={"example": "image/jpeg"})
    size = fields.Integer(required=True, metadata={"description": "Bytes."})
    url = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "Where to download it, with the same token. null: there is no copy, "
            "because it is still being made or because it could not be."
        },
    )


class PartSchema(Answer):
    number = fields.Integer(required=True, metadata={"description": "From 1."})
    text = fields.String(required=True)
    external_id = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The platform's id; null until it is there."},
    )
    sent_at = _instant("Since when it is on the platform; null until it is.", nullable=True)


class MessageSchema(Answer):
    id = fields.Integer(required=True)
    direction = fields.String(required=True, validate=validate.OneOf([d.value for d in Direction]))
    visibility = fields.String(required=True, validate=validate.OneOf(["public", "private"]))
    text = fields.String(required=True)
    signature = fields.String(
        required=True,
        metadata={
            "description": "Who signs it, as it stands below the text on the platform (CRPA, "
            "article L111-2); empty for what agents did not write, where the channel prints it by "
            "itself, and for replies through this API: a tool writes its own into the text."
        },
    )
    parts = fields.List(
        fields.Nested(PartSchema),
        required=True,
        metadata={
            "description": "The texts in which a long reply stands on the platform, in their "
            "order; empty when it was not split."
        },
    )
    notice = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "What agents are told of a message that cannot be read here whole "
            "(French); null when there is nothing to tell."
        },
    )
    author = fields.Nested(AuthorSchema, required=True)
    external_id = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The platform's id; null until it is there."},
    )
    posted_at = _instant("When it was said, as the platform tells it.")
    edited = fields.Boolean(required=True)
    deleted = fields.Boolean(
        required=True, metadata={"description": "Removed on the platform; its text is gone."}
    )
    delivery = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf([*(status.value for status in DeliveryStatus), None]),
        metadata={"description": "Where a reply stands; null for whatever was not sent by us."},
    )
    error = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Why a reply did not arrive, as agents read it (French)."},
    )
    attachments = fields.List(fields.Nested(AttachmentSchema), required=True)


class EventSchema(Answer):
    at = _instant("When it happened.")
    kind = fields.String(required=True, validate=validate.OneOf([k.value for k in EventKind]))
    user = fields.Nested(
        PersonSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Who did it; null: the citizen, the hub or an outside tool."},
    )
    text = fields.String(
        required=True, metadata={"description": "What happened, as agents read it (French)."}
    )


class TicketSchema(Answer):
    reference = fields.String(required=True, metadata={"example": "2026-004217-K"})
    subject = fields.String(required=True)
    state = fields.String(
        required=True,
        validate=validate.OneOf([state.value for state in State]),
        metadata={"description": "`waiting`: for the citizen."},
    )
    kind = fields.String(required=True)
    channel = fields.String(required=True, metadata={"example": "facebook"})
    visibility = fields.String(required=True, validate=validate.OneOf(["public", "private"]))
    department = fields.String(required=True, metadata={"description": "Slug of the department."})
    routed_because = fields.String(
        required=True, metadata={"description": "Why it first came to a department."}
    )
    assignee = fields.Nested(PersonSchema, required=True, allow_none=True)
    contact = fields.Nested(ContactSchema, required=True)
    opened_at = _instant("When the hub filed it.")
    received_at = _instant("When the citizen wrote, as the platform tells it.")
    first_reply_at = _instant("When the first answer by a person left.", nullable=True)
    closed_at = _instant("When it was closed; null when it is not.", nullable=True)
    tags = fields.List(fields.String(), required=True)


class TicketDetailSchema(TicketSchema):
    messages = fields.List(
        fields.Nested(MessageSchema), required=True, metadata={"description": "Oldest first."}
    )
    history = fields.List(
        fields.Nested(EventSchema), required=True, metadata={"description": "Oldest first."}
    )


class TicketPageSchema(Answer):
    tickets = fields.List(fields.Nested(TicketSchema), required=True)
    next = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Send it as `cursor` for the next page; null on the last one."},
    )


class FiguresSchema(Answer):
    received = fields.Integer(required=True)
    answered = fields.Integer(required=True)
    median_seconds = fields.Integer(required=True, allow_none=True)
    p90_seconds = fields.Integer(
        required=True, allow_none=True, metadata={"description": "90th percentile, nearest rank."}
    )
    waiting = fields.Integer(
        required=True, metadata={"description": "Tickets that still wait for a first answer."}
    )
    oldest_waiting_since = _instant("When the one that waits longest was written.", nullable=True)
    closed_without_answer = fields.Integer(required=True)


class ReportRowSchema(FiguresSchema):
    key = fields.String(required=True, metadata={"description": "Slug."})
    name = fields.String(required=True)


class ResponseTimesSchema(Answer):
    from_ = fields.Date(required=True, data_key="from")
    to = fields.Date(required=True)
    by = fields.String(required=True, validate=validate.OneOf(["channel", "department"]))
    timezone = fields.String(required=True, metadata={"example": "Europe/Paris"})
    rows = fields.List(fields.Nested(ReportRowSchema), required=True)
    total = fields.Nested(FiguresSchema, required=True)


class ProblemSchema(Answer):
    """Problem details (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    kind = fields.String(metadata={"description": "A short word for programs to compare."})
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "Field or parameter -> what is wrong with it."},
    )
