"""Pages hold the same few words, marks and addresses hundreds of times: here they are made once.

Measured on a list of fifty tickets: three quarters of the time went into asking anew for the
reader's language before each sentence, and into drawing the same marks.
"""

from collections import OrderedDict
from collections.abc import Callable, MutableMapping
from functools import lru_cache
from typing import Any

from babel.support import NullTranslations
from flask import Flask, g, has_request_context, request
from flask.templating import Environment
from flask_babel import Domain, _get_current_context
from jinja2.runtime import Macro
from markupsafe import Markup

#: So many of the drawn things are kept in each language: some five megabytes.
MOST_KEPT = 5_000
#: What asks `url_for` for an address that names its host.
WITH_HOST = frozenset({"_external", "_scheme"})


class QuickDomain(Domain):
    """Finds the sentences of the reader's language once in a request, not once a sentence, and
    keeps beside them what templates made of them. Flask-Babel clears `babel_translations` whenever
    it changes the language."""

    def get_translations(self) -> NullTranslations:
        found: NullTranslations | None
        try:
            # Flask-Babel's own context, which _get_current_context asks g for three times.
            found = g._flask_babel.babel_translations
        except (AttributeError, RuntimeError):  # nobody has asked yet, or nobody reads
            found = None
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


class QuickFlask(Flask):
    """An application that makes the addresses within its own pages once, as long as they are among
    the last that were made."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._kept_address = lru_cache(MOST_KEPT, typed=True)(self._address)

    def url_for(self, /, endpoint: str, **values: Any) -> str:
        """As Flask's, with values that are text or numbers. Addresses that name a host, or that no
        page asks for, depend on more: they are made each time."""
        if not has_request_context() or not WITH_HOST.isdisjoint(values):
            return super().url_for(endpoint, **values)
        self.inject_url_defaults(endpoint, values)
        here = request.method, request.root_path, request.blueprint
        return self._kept_address(here, endpoint, **values)

    def _address(self, _here: object, endpoint: str, **values: Any) -> str:
        return super().url_for(endpoint, **values)


class QuickEnvironment(Environment):
    """Templates see the names that are known to all in one dictionary. Jinja's chain of two is
    looked through by Python code, name by name, each time a template takes in another."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}


def install(app: Flask) -> None:
    """Speed up sentences, and give templates `keeping`. Call it after Flask-Babel is there."""
    domain = QuickDomain()
    app.extensions["babel"].instance.domain_instance = domain
    app.jinja_env.globals.update(_=domain.say, gettext=domain.say, keeping=domain.keeping)
