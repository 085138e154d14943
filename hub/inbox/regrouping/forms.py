"""What agents fill in to regroup tickets."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from hub.regrouping.models import LinkKind

LONGEST_REASON = 1000


class _OtherTicketForm(FlaskForm):
    """Which other ticket: one of the person's, or any by its reference."""

    other = RadioField(_l("Tickets of this person"), validators=[Optional()], id="other-ticket")
    reference = StringField(
        _l("Reference of another ticket"),
        description=_l("For instance 2026-004217-K."),
        validators=[Length(max=40, message=_l("Write one reference."))],
        id="other-reference",
    )

    @property
    def chosen(self) -> str:
        """The reference; what was typed goes before what was chosen."""
        return (self.reference.data or self.other.data or "").strip()

    def refuse(self, sentence: str) -> None:
        """Say beside the field why this ticket cannot be taken."""
        self.reference.errors = [*self.reference.errors, sentence]


class MergeForm(_OtherTicketForm):
    """Put the messages of a ticket into another."""

    reason = TextAreaField(
        _l("Reason"),
        description=_l("It stands in the history of both."),
        validators=[Length(max=LONGEST_REASON, message=_l("Use at most 1,000 characters."))],
        id="merge-reason",
    )


class LinkForm(_OtherTicketForm):
    """Note that two tickets belong together."""

    kind = RadioField(_l("They are"), default=LinkKind.RELATED, id="link-kind")

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.kind.choices = [
            (LinkKind.RELATED, _("related: both are worked on")),
            (LinkKind.DUPLICATE, _("duplicates: both say the same")),
        ]


class SplitForm(FlaskForm):
    """Put some messages into a ticket of their own; the messages are ticked in the page."""

    reason = TextAreaField(
        _l("Reason"),
        validators=[Length(max=LONGEST_REASON, message=_l("Use at most 1,000 characters."))],
        id="split-reason",
    )
