"""What administrators fill in."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    EmailField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import (
    DataRequired,
    Email,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
)
from wtforms.widgets import CheckboxInput, ListWidget

from hub.accounts.models import Role, User
from hub.channels import registry
from hub.intake import gaps
from hub.routing.actions import RuleValues
from hub.routing.models import Department, Rule


def _trimmed(text: str | None) -> str:
    return " ".join((text or "").split())


class LinesField(TextAreaField):
    """Words or phrases, one a line; blank lines and repetitions mean nothing."""

    def process_formdata(self, valuelist: list[str]) -> None:
        lines = valuelist[0].splitlines() if valuelist else []
        self.data = list(dict.fromkeys(_trimmed(line) for line in lines if line.strip()))

    def _value(self) -> str:
        return "\n".join(self.data or [])


class AskForm(FlaskForm):
    """From when to when a platform is asked for what was missed, in the council's time zone. One
    stands on the page for each account."""

    since = DateTimeLocalField(
        _l("From"),
        format="%Y-%m-%dT%H:%M",
        validators=[InputRequired(_l("Enter from when on."))],
    )
    until = DateTimeLocalField(
        _l("To"),
        format="%Y-%m-%dT%H:%M",
        validators=[Optional()],
    )

    @classmethod
    def of(cls, account_id: int) -> "AskForm":
        """The form of one account, whose names no other form on the page has."""
        return cls(prefix=f"ask-{account_id}")

    def period(self, zone: ZoneInfo, present: datetime) -> tuple[datetime, datetime | None] | None:
        """(from, to) as instants, None when it holds errors."""
        if not self.validate_on_submit():
            return None
        typed_end = self.until.data.replace(tzinfo=zone) if self.until.data else None
        since, until = gaps.askable(self.since.data.replace(tzinfo=zone), typed_end)
        if since >= present:
            self.since.errors = [_l("Enter a time that has passed.")]
        elif until and until <= since:
            self.until.errors = [_l("Enter a time after the first one.")]
        else:
            return since, until
        return None


class DepartmentForm(FlaskForm):
    name = StringField(
        _l("Name"),
        filters=[_trimmed],
        validators=[
            DataRequired(_l("Enter the name of the department.")),
            Length(max=120, message=_l("Use at most 120 characters.")),
        ],
    )
    subject = StringField(
        _l("Subject on the form"),
        description=_l(
            "How citizens see it in the list of subjects. Leave it empty to keep the department "
            "off the form."
        ),
        filters=[_trimmed],
        validators=[Length(max=120, message=_l("Use at most 120 characters."))],
    )
    position = IntegerField(
        _l("Place in lists"),
        description=_l("Lower numbers come first."),
        default=100,
        validators=[
            InputRequired(_l("Enter a whole number.")),
            NumberRange(0, 9999, _l("Enter a number from 0 to 9999.")),
        ],
    )


class NewDepartmentForm(DepartmentForm):
    slug = StringField(
        _l("Short name"),
        description=_l(
            "Used in addresses and by other tools, such as “lycees”. It cannot be changed later."
        ),
        filters=[_trimmed],
        validators=[
            DataRequired(_l("Enter a short name.")),
            Regexp(
                r"[a-z0-9]+(-[a-z0-9]+)*\Z",
                message=_l("Use small letters without accents, digits and single hyphens."),
            ),
            Length(max=48, message=_l("Use at most 48 characters.")),
        ],
    )


class RuleForm(FlaskForm):
    """Every condition that is filled must hold."""

    name = StringField(
        _l("Name"),
        description=_l("The history of each ticket it decides will quote it."),
        filters=[_trimmed],
        validators=[
            DataRequired(_l("Enter a name for the rule.")),
            Length(max=120, message=_l("Use at most 120 characters.")),
        ],
    )
    department = SelectField(
        _l("Sends to"), coerce=int, validators=[DataRequired(_l("Choose a department."))]
    )
    words = LinesField(
        _l("Words, one a line"),
        description=_l(
            "One of them must stand in the message. Case, accents and plurals do not count. "
            "A star takes any ending: rembours*. Several words on a line must follow one another."
        ),
    )
    unless = LinesField(
        _l("Unless it says, one a line"),
        description=_l("None of these may stand in the message."),
    )
    channel = SelectField(_l("Only on the channel"), default="")
    subject = SelectField(_l("Only for the subject"), default="")
    author = StringField(
        _l("Only when the author’s name contains"),
        filters=[_trimmed],
        validators=[Length(max=120, message=_l("Use at most 120 characters."))],
    )
    place = IntegerField(
        _l("Place in the order"),
        description=_l("Rules are tried from 1 on; the first that holds decides."),
        validators=[
            InputRequired(_l("Enter a whole number.")),
            NumberRange(1, 9999, _l("Enter a number from 1 on.")),
        ],
    )

    def offer(self, departments: list[Department], rule: Rule | None = None) -> "RuleForm":
        """Fill the lists to choose from; what the rule says now is always among them."""
        shown = [d for d in departments if d.active or (rule and rule.department_id == d.id)]
        self.department.choices = [SelectChoice(d.id, d.name) for d in shown]
        self.channel.choices = _channels(rule.channel if rule else "")
        self.subject.choices = _subjects(departments, rule.subject if rule else "")
        return self

    @staticmethod
    def values_of(rule: Rule, place: int) -> dict[str, Any]:
        """What the fields hold for a rule that is there already."""
        columns = ("name", "words", "unless", "channel", "subject", "author")
        values = {name: getattr(rule, name) for name in columns}
        return values | {"department": rule.department_id, "place": place}

    def values(self) -> RuleValues:
        """What the fields hold, for the action."""
        return RuleValues(
            name=self.name.data,
            department_id=self.department.data,
            channel=self.channel.data,
            words=self.words.data,
            unless=self.unless.data,
            author=self.author.data,
            subject=self.subject.data,
        )


class TrialForm(FlaskForm):
    """A message to try the rules on. Nothing is stored."""

    text = TextAreaField(
        _l("Message"),
        validators=[DataRequired(_l("Paste a message.")), Length(max=20_000)],
        id="trial-text",
    )
    channel = SelectField(_l("Channel"), default="", id="trial-channel")
    subject = SelectField(_l("Subject chosen"), default="", id="trial-subject")
    author = StringField(_l("Author’s name"), filters=[_trimmed], id="trial-author")

    def offer(self, departments: list[Department]) -> "TrialForm":
        """Fill the lists to choose from."""
        self.channel.choices = _channels("", any_label=_l("None in particular"))
        self.subject.choices = _subjects(departments, "", any_label=_l("None"))
        return self


class PersonForm(FlaskForm):
    name = StringField(
        _l("First name and surname"),
        description=_l("Printed under replies, as the law asks (CRPA, article L111-2)."),
        filters=[_trimmed],
        validators=[
            DataRequired(_l("Enter the person’s name.")),
            Length(max=120, message=_l("Use at most 120 characters.")),
        ],
    )
    email = EmailField(
        _l("E-mail address"),
        description=_l("The person signs in with it."),
        filters=[_trimmed],
        validators=[
            DataRequired(_l("Enter an e-mail address.")),
            Email(_l("Enter an e-mail address such as name@region.fr.")),
            Length(max=254, message=_l("Use at most 254 characters.")),
        ],
    )
    title = StringField(
        _l("Role and service"),
        description=_l("Printed under replies after the name."),
        filters=[_trimmed],
        validators=[Length(max=160, message=_l("Use at most 160 characters."))],
    )
    anonymous = BooleanField(
        _l("Keep the name back from citizens, for the person’s safety"),
        description=_l(
            "A number stands in its place under replies and on tracking pages, with the department "
            "alone (CRPA, article L111-2)."
        ),
    )
    role = RadioField(
        _l("May"),
        choices=[
            SelectChoice(Role.AGENT.value, _l("Answer citizens (agent)")),
            SelectChoice(
                Role.SUPERVISOR.value, _l("Also see every ticket and the reports (supervisor)")
            ),
            SelectChoice(Role.ADMIN.value, _l("Also change these settings (administrator)")),
        ],
        default=Role.AGENT.value,
        validators=[InputRequired(_l("Choose what the person may do."))],
    )
    departments = SelectMultipleField(
        _l("Works for"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def offer(self, departments: list[Department], user: User | None = None) -> "PersonForm":
        """Fill the list of departments; those the person works for now are always among them."""
        mine = user.department_ids if user else set()
        self.departments.choices = [
            SelectChoice(d.id, d.name) for d in departments if d.active or d.id in mine
        ]
        return self


def _password_field() -> Any:
    return PasswordField(
        _l("Password"),
        description=_l(
            "Leave it empty to have one made. It is shown once, on the next page, for you to hand "
            "over."
        ),
        validators=[Length(max=1024, message=_l("Use at most 1,024 characters."))],
        render_kw={"autocomplete": "new-password"},
    )


class NewPersonForm(PersonForm):
    password = _password_field()


class PasswordForm(FlaskForm):
    password = _password_field()


def _channels(present: str, any_label: str = _l("Any channel")) -> list[SelectChoice]:
    known = {slug: str(channel.label) for slug, channel in registry.all_channels().items()}
    if present:
        known.setdefault(present, present)
    return [SelectChoice("", any_label), *(SelectChoice(*item) for item in known.items())]


def _subjects(
    departments: list[Department], present: str, any_label: str = _l("Any subject")
) -> list[SelectChoice]:
    known = dict.fromkeys([d.subject for d in departments if d.subject and d.active])
    if present:
        known.setdefault(present)
    return [SelectChoice("", any_label), *map(SelectChoice, known)]
