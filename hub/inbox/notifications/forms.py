"""What each person chooses to be told."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, RadioField, SelectField

from hub.accounts.models import User
from hub.inbox.notifications import choices, wording
from hub.inbox.notifications.choices import By, Rhythm
from hub.inbox.notifications.models import Kind


class ChoicesForm(FlaskForm):
    """A list for each kind, and how often e-mail comes."""

    rhythm = RadioField(_l("How often e-mail comes"), id="digest-rhythm")

    @classmethod
    def of(cls, user: User, **options: Any) -> "ChoicesForm":
        """What this person has chosen, or is choosing."""
        chosen = {kind: choices.told_by(user, kind) for kind in Kind}
        form = _with_kinds()(data={"rhythm": choices.rhythm(user), **chosen}, **options)
        form.rhythm.choices = [(str(r), wording.rhythm_name(r)) for r in Rhythm]
        for field, kind in zip(form.kinds, Kind, strict=True):
            field.label.text = wording.kind_name(kind)
            field.choices = [(str(by), wording.by_name(by)) for by in By]
        return form

    @property
    def kinds(self) -> list[Field]:
        """The lists, in the order of the kinds."""
        return [self[kind] for kind in Kind]

    @property
    def chosen(self) -> dict[Kind, By]:
        """How each kind is to be told."""
        return {kind: By(self[kind].data) for kind in Kind}


def _with_kinds() -> type[ChoicesForm]:
    fields = {kind.value: SelectField(id=f"told-{kind.value}") for kind in Kind}
    return type("FilledChoicesForm", (ChoicesForm,), fields)
