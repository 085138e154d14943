"""Pages hold the same few words and marks hundreds of times: here they are made once.

Measured on a list of fifty tickets: three quarters of the time went into asking anew for the
reader's language before each sentence, and into drawing the same marks.
"""

from collections import OrderedDict
from collections.abc import Callable, MutableMapping
from typing import Any

from babel.support import NullTranslations
from flask import Flask, g, has_app_context
from flask.templating import Environment
from flask_babel import Domain, _get_current_context
from jinja2.runtime import Macro
from markupsafe import Markup

#: So many of the drawn things are kept in each language: some five megabytes.
MOST_KEPT = 5_000


class QuickDomain(Domain):
    """Finds the sentences of the reader's language once in a request, not once a sentence, and
    keeps beside them what templates made of them. Flask-Babel clears `babel_translations` whenever
    it changes the language."""

    def get_translations(self) -> NullTranslations:
        # Flask-Babel's own context, which _get_current_context asks g for three times.
        held = getattr(g, "_flask_babel", None) if has_app_context() else None
        found: NullTranslations | None = getattr(held, "babel_translations", None)
        if found is None:
            found = super().get_translations()
            if (context := _get_current_context()) is not None:
                context.babel_translations = found
        return found

    def say(self, sentence: str, /, **variables: object) -> Markup:
        """A sentence of a template in the reader's language: what is put in is escaped."""
        catalogue = self.get_translations()
        if variables:
            return Markup(catalogue.ugettext(sentence)) % variables  # noqa: S704  (our own words)
        said: dict[str, Markup] = catalogue.__dict__.setdefault("said", {})
        if sentence not in said:
            said[sentence] = Markup(catalogue.ugettext(sentence)) % {}  # noqa: S704
        return said[sentence]

    def keeping(self, macro: Macro) -> Callable[..., Markup]:
        """The macro, but what it draws for some arguments in the reader's language is drawn once,
        as long as it is among the last that were drawn. For macros that depend on nothing else:
        icons, states, the rows of a list that many have open."""
        code = macro._func.__code__

        def drawn_once(*arguments: Any, **options: Any) -> Markup:
            catalogue = self.get_translations().__dict__
            drawn: OrderedDict[object, Markup] = catalogue.setdefault("drawn", OrderedDict())
            kinds = (*map(type, arguments), *map(type, options.values()))  # True is not 1
            key = (code, arguments, kinds, *options.items())
            found = drawn.get(key)
            if found is None:
                found = Markup(macro(*arguments, **options))  # noqa: S704  (it is escaped)
                drawn[key] = found
                if len(drawn) > MOST_KEPT:
                    drawn.popitem(last=False)
            return found

        return drawn_once

    def keeping_with_it(self, macro: Macro) -> Callable[..., Markup]:
        """The same for what is drawn of a thing that is kept itself: in the thing's own `drawn`, a
        mapping, so that it goes when the thing goes."""

        def drawn_once(thing: Any, *arguments: Any, **options: Any) -> Markup:
            key = (self.get_translations(), arguments, *options.items())
            found: Markup | None = thing.drawn.get(key)
            if found is None:
                found = Markup(macro(thing, *arguments, **options))  # noqa: S704  (it is escaped)
                thing.drawn[key] = found
            return found

        return drawn_once


class QuickEnvironment(Environment):
    """Templates see the names that are known to all in one dictionary. Jinja's chain of two is
    looked through by Python code, name by name, each time a template takes in another."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}


def install(app: Flask) -> None:
    """Speed up sentences, and give templates `keeping`. Call it after Flask-Babel is there."""
    domain = QuickDomain()
    app.extensions["babel"].instance.domain_instance = domain
    app.jinja_env.globals.update(
        _=domain.say,
        gettext=domain.say,
        keeping=domain.keeping,
        keeping_with_it=domain.keeping_with_it,
    )
