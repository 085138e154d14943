"""Marks that are drawn once, in each language."""

from flask import render_template_string
from flask_babel import force_locale

from hub import rendering

PAGE = """{% macro drawn(name) %}{{ calls.append(name) or name }}{% endmacro %}
{{- keeping(drawn)(name) }}"""


def drawn(calls, name):
    return render_template_string(PAGE, calls=calls, name=name)


def test_a_mark_is_drawn_once_for_each_language(app):
    calls = []
    with app.test_request_context():
        assert drawn(calls, "<em>") == drawn(calls, "<em>") == "&lt;em&gt;"
        with force_locale("en"):
            assert drawn(calls, "<em>") == "&lt;em&gt;"
    assert calls == ["<em>", "<em>"]


def test_what_was_drawn_longest_ago_gives_way(app, monkeypatch):
    calls = []
    monkeypatch.setattr(rendering, "MOST_KEPT", 2)
    with app.test_request_context(), force_locale("de"):
        for name in ("x", "y", "y", "z", "y", "x"):
            assert drawn(calls, name) == name
    assert calls == ["x", "y", "z", "x"]
