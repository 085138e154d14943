"""What is typed to keep a list."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

_NAMED = (
    DataRequired(_l("Write a name.")),
    Length(max=60, message=_l("Use at most 60 characters.")),
)


class SaveForm(FlaskForm):
    """Keep the list that is shown."""

    name = StringField(_l("Name of the list"), validators=_NAMED, id="saved-name")
    shared = SelectField(_l("Who sees it"), id="saved-for")


class RenameForm(FlaskForm):
    """Give a kept list another name."""

    name = StringField(_l("Name of the list"), validators=_NAMED)
