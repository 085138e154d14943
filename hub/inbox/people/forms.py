"""What agents fill in about a person."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, Email, Length, Optional


class CodeForm(FlaskForm):
    """A code that a citizen told, on the telephone for instance."""

    code = StringField(
        _l("Code that the citizen told you"), validators=[Length(max=20)], id="told-code"
    )


class LinkPersonForm(FlaskForm):
    """Somebody who is the same person, and why."""

    contact = RadioField(
        _l("Who is it?"), validators=[DataRequired(_l("Choose a person."))], id="same-person"
    )
    reason = TextAreaField(
        _l("Reason"),
        description=_l("How you know it. It stands in the history of their tickets."),
        validators=[
            DataRequired(_l("Write how you know it.")),
            Length(max=1000, message=_l("Use at most 1,000 characters.")),
        ],
        id="person-reason",
    )


class PersonForm(FlaskForm):
    """What is known of a person."""

    name = StringField(
        _l("Name"),
        validators=[Length(max=200, message=_l("Use at most 200 characters."))],
        id="person-name",
    )
    email = StringField(
        _l("E-mail address"),
        description=_l("Answers that go by e-mail to the old address go to the new one."),
        validators=[Optional(), Email(_l("Write an e-mail address, such as name@example.org."))],
        id="person-email",
    )
    postal_address = TextAreaField(
        _l("Postal address"),
        validators=[Length(max=1000, message=_l("Use at most 1,000 characters."))],
        id="person-address",
    )
