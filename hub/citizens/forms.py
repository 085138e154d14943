"""What citizens fill in."""

import re
import secrets
import unicodedata
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import EmailField, Field, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Email, Length, ValidationError

from hub.citizens import uploads

SUBMISSION = re.compile(r"[\w-]{16,64}")


def _clean(text: str | None) -> str:
    """White space around a text, a system's own line ends and control characters mean nothing."""
    lines = (text or "").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in "\n\t" or unicodedata.category(c) != "Cc").strip()


def _message() -> TextAreaField:
    return TextAreaField(
        _l("Your message"),
        filters=[_clean],
        validators=[
            DataRequired(_l("Enter your message.")),
            Length(max=10_000, message=_l("Write at most 10,000 characters.")),
        ],
    )


def _files() -> MultipleFileField:
    return MultipleFileField(_l("Files"), render_kw={"accept": uploads.ACCEPT})


class CitizenForm(FlaskForm):
    """What the forms share. Fields stand in the order of the page: errors are listed in it.

    `submission` is made with the page, so that sending the same page twice files one message.
    """

    submission = HiddenField()

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        if not SUBMISSION.fullmatch(self.submission.data or ""):
            self.submission.data = secrets.token_urlsafe(16)

    def validate_files(self, field: Field) -> None:
        field.errors.extend(uploads.problems(field.data or []))

    def validate(self, extra_validators: Any = None) -> bool:
        """As WTForms does; an expired form is an error like another, so that what was typed
        is kept."""
        valid = bool(super().validate(extra_validators=extra_validators))
        token = self._fields.get("csrf_token")
        if token is not None and token.errors:
            token.errors = []
            self.form_errors.append(_("This form was open for a long time. Send it again."))
        return valid


class MessageForm(CitizenForm):
    """A further message."""

    message = _message()
    files = _files()


class ContactForm(CitizenForm):
    """The first message. `homepage` is a trap for robots: people do not see it."""

    subject = SelectField(
        _l("What is it about?"),
        validators=[DataRequired(_l("Choose what your message is about."))],
        choices=[],
        validate_choice=False,  # in words of our own: validate_subject
    )
    message = _message()
    files = _files()
    name = StringField(
        _l("First name and surname"),
        filters=[_clean],
        validators=[
            DataRequired(_l("Enter your first name and surname.")),
            Length(max=200, message=_l("Write at most 200 characters.")),
        ],
        render_kw={"autocomplete": "name"},
    )
    email = EmailField(
        _l("E-mail address"),
        filters=[_clean],
        validators=[
            DataRequired(_l("Enter your e-mail address.")),
            Email(_l("Enter an e-mail address such as name@example.org."), allow_smtputf8=False),
            Length(max=254, message=_l("Write at most 254 characters.")),
        ],
        render_kw={
            "autocomplete": "email",
            "inputmode": "email",
            "autocapitalize": "none",
            "spellcheck": "false",
        },
    )
    postal_address = TextAreaField(
        _l("Postal address"),
        filters=[_clean],
        validators=[Length(max=500, message=_l("Write at most 500 characters."))],
        render_kw={"autocomplete": "street-address", "rows": 3},
    )
    homepage = StringField(_l("Leave this field empty"))
    proof = HiddenField()

    def validate_subject(self, field: SelectField) -> None:
        """An area may have been switched off while the page lay open."""
        if field.data and field.data not in dict(field.choices):
            raise ValidationError(_("Choose what your message is about."))
