"""Forms before anybody fills them in. Every ticket and list shows the same few, so each is made
once, and each of its fields is drawn once in each language (components/forms.html)."""

from functools import lru_cache
from typing import Any, TypeVar

from flask_wtf import FlaskForm

_Form = TypeVar("_Form", bound=FlaskForm)
_Choices = tuple[tuple[str, str], ...]


def blank(kind: type[_Form], **choices: _Choices) -> _Form:
    """The form with nothing typed, for showing alone; `choices`: what each of these fields offers
    to choose from."""
    hashable: Any = kind  # for mypy, which takes a form's class for one of its forms
    form: _Form = _made_once(hashable, **choices)
    return form


@lru_cache(maxsize=300)
def _made_once(kind: Any, **choices: _Choices) -> Any:
    form = kind(formdata=None, meta={"csrf": False})  # a token would be its first reader's
    for name, offered in choices.items():
        form[name].choices = list(offered)
    for field in form:
        field.drawn = {}
    return form
