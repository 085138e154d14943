"""Pages hold the same few words and marks hundreds of times: here they are made once.

Measured on a list of fifty tickets: three quarters of the time went into asking anew for the
reader's language before each sentence, and into drawing the same marks.
"""

from typing import Any

from babel.support import NullTranslations
from flask import Flask, current_app
from flask_babel import Domain, _get_current_context, get_locale
from jinja2.runtime import Macro
from markupsafe import Markup

#: Marks that are kept; those beyond are drawn anew each time.
MOST_KEPT = 2_000


class QuickDomain(Domain):
    """Finds the sentences of the reader's language once in a request, not once a sentence.
    Flask-Babel clears `babel_translations` whenever it changes the language."""

    def get_translations(self) -> NullTranslations:
        context = _get_current_context()
        found: NullTranslations | None = getattr(context, "babel_translations", None)
        if found is None:
            found = super().get_translations()
            if context is not None:
                context.babel_translations = found
        return found


def install(app: Flask) -> None:
    """Speed up sentences, and give templates `kept`. Call it after Flask-Babel is there."""
    app.extensions["babel"].instance.domain_instance = QuickDomain()
    app.extensions["hub.kept"] = {}
    app.jinja_env.globals["kept"] = kept


def kept(macro: Macro, *arguments: Any) -> Markup:
    """What a macro draws for these arguments in the reader's language, drawn once. For macros that
    depend on nothing else, and arguments of which there are few: states, channels, icons."""
    drawn: dict[object, Markup] = current_app.extensions["hub.kept"]
    locale = get_locale()
    key = (macro._func.__code__, arguments, locale and locale.language)
    if key in drawn:
        return drawn[key]
    fresh = Markup(macro(*arguments))  # noqa: S704  (a macro's output is escaped)
    if len(drawn) < MOST_KEPT:
        drawn[key] = fresh
    return fresh
