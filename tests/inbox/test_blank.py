"""Forms that nobody has filled in are shared between all who see them: they hold nobody's words."""

import pytest
from flask import render_template_string
from flask_babel import force_locale, get_locale
from flask_babel.speaklater import LazyString
from flask_wtf import FlaskForm
from wtforms import StringField

from hub.inbox.blank import blank
from hub.inbox.forms import TransferForm

HERE = (("transports", "Transports"),)
THERE = (("lycees", "Lycées"),)
FIELD = """{% from "components/forms.html" import field %}{{ field(form.name, rows=rows) }}"""


@pytest.fixture
def kind():
    """A form that nobody has asked for yet, with a label that says its language."""

    class Named(FlaskForm):
        name = StringField(LazyString(lambda: f"Reason in {get_locale()}"))

    return Named


def test_one_form_is_shown_to_all_who_are_offered_the_same(app):
    with app.test_request_context():
        first = blank(TransferForm, department=HERE)
        assert blank(TransferForm, department=HERE) is first
        assert dict(blank(TransferForm, department=THERE).department.choices) == dict(THERE)
        assert dict(first.department.choices) == dict(HERE)


def test_it_has_no_token_of_its_first_reader(app, kind, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    with app.test_request_context():
        assert "csrf_token" in kind()
        assert "csrf_token" not in blank(kind)


def test_its_fields_are_drawn_once_in_each_language_and_way(app, kind):
    drawn = []
    with app.test_request_context():
        for language, rows in (("en", 1), ("fr", 1), ("en", 2), ("en", 1), ("fr", 1)):
            with force_locale(language):
                drawn.append(render_template_string(FIELD, form=blank(kind), rows=rows))
    assert ["Reason in fr" in text for text in drawn] == [False, True, False, False, True]
    assert ['rows="2"' in text for text in drawn] == [False, False, True, False, False]
    assert len(blank(kind).name.drawn) == 3


def test_what_somebody_typed_is_drawn_for_them_alone(app, kind):
    with app.test_request_context(method="POST", data={"name": "Camille"}):
        form = kind()
        assert "Camille" in render_template_string(FIELD, form=form, rows=1)
        assert "Camille" not in render_template_string(FIELD, form=blank(kind), rows=1)
        assert "Camille" not in str(blank(kind).name.drawn)
