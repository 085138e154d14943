"""What agents fill in beside the composer."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length


class TransferForm(FlaskForm):
    """Give a ticket to another department."""

    department = SelectField(
        _l("Department"), validators=[DataRequired(_l("Choose a department."))], id="to-department"
    )
    reason = TextAreaField(
        _l("Reason"),
        description=_l("Its agents will read it."),
        validators=[
            DataRequired(_l("Write why it is theirs.")),
            Length(max=1000, message=_l("Use at most 1,000 characters.")),
        ],
        id="transfer-reason",
    )


class AssignForm(FlaskForm):
    """Give a ticket to a person, or to nobody."""

    to = SelectField(_l("Colleague"), id="assign-to")


class TagForm(FlaskForm):
    """Put a word on a ticket."""

    name = StringField(
        _l("Add a tag"),
        validators=[
            DataRequired(_l("Write a tag.")),
            Length(max=48, message=_l("Use at most 48 characters.")),
        ],
        id="tag-name",
    )
