"""What agents fill in beside the composer."""

from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import Choice
from wtforms.validators import DataRequired, Length
from wtforms.widgets import Select


class KeptSelect(Select):
    """Draws each option once, by value and words alone: many tickets offer the same departments and
    colleagues but for the one who has it."""

    @classmethod
    def render_option(cls, choice: Choice, **_attributes: Any) -> Markup:
        return _option(choice.value, choice.label, choice.selected)


@lru_cache(maxsize=4096)
def _option(value: str, label: str, selected: bool) -> Markup:
    return Select.render_option(Choice(value, label, selected, {}))


class TransferForm(FlaskForm):
    """Give a ticket to another department."""

    department = SelectField(
        _l("Department"),
        validators=[DataRequired(_l("Choose a department."))],
        id="to-department",
        widget=KeptSelect(),
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

    to = SelectField(_l("Colleague"), id="assign-to", widget=KeptSelect())


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
