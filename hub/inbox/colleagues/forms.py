"""What is filled in to ask others."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length


class ConsultForm(FlaskForm):
    """Ask a colleague or a department. js/inbox/names.js offers the names."""

    asked = StringField(
        _l("Colleague or department"),
        description=_l("A name, the beginning of an e-mail address, or a department."),
        validators=[DataRequired(_l("Write whom to ask.")), Length(max=120)],
        id="consult-asked",
        render_kw={"autocomplete": "off", "role": "combobox", "aria-expanded": "false"},
    )
    question = TextAreaField(
        _l("Question"),
        description=_l("They will read the whole ticket, and answer in a note."),
        validators=[
            DataRequired(_l("Write what you want to know.")),
            Length(max=1000, message=_l("Use at most 1,000 characters.")),
        ],
        id="consult-question",
    )
