"""What those who write canned replies fill in."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp

from hub.accounts.languages import LANGUAGES
from hub.inbox.canned import filling
from hub.inbox.canned.actions import Values
from hub.routing.models import Department

LONGEST = 5000
#: What the list of departments sends for "all of them".
ALL = ""


def _trimmed(text: str | None) -> str:
    return " ".join((text or "").replace("\0", "").split())


def _text(text: str | None) -> str:
    return (text or "").replace("\0", "").replace("\r\n", "\n").strip()


def _known_variables(_form: FlaskForm, field: Any) -> None:
    """Raises ValidationError: a variable that nothing fills would go to citizens as it is."""
    if wrong := filling.unknown(field.data or ""):
        known = ", ".join(filling.SHOWN)
        raise ValidationError(
            _("Nothing fills %(wrong)s. Use %(known)s.", wrong=", ".join(wrong), known=known)
        )


class CannedReplyForm(FlaskForm):
    title = StringField(
        _l("Title"),
        description=_l("What agents read in the list."),
        filters=[_trimmed],
        validators=[
            DataRequired(_l("Enter a title.")),
            Length(max=120, message=_l("Use at most 120 characters.")),
        ],
    )
    shortcut = StringField(
        _l("Shortcut"),
        description=_l("Agents find it by typing / and this word, such as “/bus-late”."),
        filters=[_trimmed, lambda text: text.removeprefix("/").lower()],
        validators=[
            DataRequired(_l("Enter a shortcut.")),
            Regexp(
                r"[a-z0-9]+(-[a-z0-9]+)*\Z",
                message=_l("Use small letters without accents, digits and single hyphens."),
            ),
            Length(max=48, message=_l("Use at most 48 characters.")),
        ],
    )
    department_id = SelectField(_l("Offered in"))
    body = TextAreaField(
        _l("Text"),
        filters=[_text],
        validators=[
            DataRequired(_l("Write the text.")),
            Length(max=LONGEST, message=_l("Use at most 5,000 characters.")),
            _known_variables,
        ],
    )
    plain_body = TextAreaField(
        _l("Text in plain language"),
        description=_l(
            "Short sentences, everyday words, one idea in each: for those who read with difficulty."
        ),
        filters=[_text],
        validators=[
            Optional(),
            Length(max=LONGEST, message=_l("Use at most 5,000 characters.")),
            _known_variables,
        ],
    )
    language = SelectField(_l("Language of the text"), default="fr")
    position = IntegerField(
        _l("Place in lists"),
        description=_l("Lower numbers come first."),
        default=100,
        validators=[
            InputRequired(_l("Enter a whole number.")),
            NumberRange(0, 9999, _l("Enter a number from 0 to 9999.")),
        ],
    )

    def offer(self, departments: list[Department], *, for_all: bool) -> "CannedReplyForm":
        """Fill the lists to choose from. `for_all`: may it be offered in all departments?"""
        every = [SelectChoice(ALL, _l("All departments"))] if for_all else []
        named = [SelectChoice(str(found.id), found.name) for found in departments]
        self.department_id.choices = [*every, *named]
        self.language.choices = [SelectChoice(*item) for item in LANGUAGES.items()]
        return self

    def values(self) -> Values:
        """What the fields hold, for the action."""
        chosen = self.department_id.data
        return Values(
            title=self.title.data,
            shortcut=self.shortcut.data,
            department_id=int(chosen) if chosen else None,
            body=self.body.data,
            plain_body=self.plain_body.data or "",
            language=self.language.data,
            position=self.position.data,
        )
