"""Marks that are drawn once, in each language."""

from flask import render_template_string, url_for
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


def test_an_address_is_made_once_for_each_value_and_place(app):
    with app.test_request_context("/inbox"):
        assert url_for("inbox.queue", view="mine") == "/inbox?view=mine"
        assert url_for("inbox.queue", view="all") == "/inbox?view=all"
        assert url_for("inbox.queue", since=1) == "/inbox?since=1"
        assert url_for("inbox.queue", since=True) == "/inbox?since=True"
        assert url_for("inbox.queue", view="mine", _anchor="end") == "/inbox?view=mine#end"
    with app.test_request_context("/inbox", base_url="https://hub.example/contact-hub"):
        assert url_for("inbox.queue", view="mine") == "/contact-hub/inbox?view=mine"


def test_an_address_with_its_host_is_that_of_who_asks(app):
    for host in ("one.example", "other.example"):
        with app.test_request_context(base_url=f"https://{host}"):
            assert url_for("inbox.queue", _external=True) == f"https://{host}/inbox"
