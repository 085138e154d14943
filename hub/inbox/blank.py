"""Forms before anybody fills them in. Every ticket and list shows the same few, so each is made
once, and components/forms.html draws each of its fields once."""

from functools import lru_cache
from typing import Any, TypeVar

from flask_wtf import FlaskForm

_Form = TypeVar("_Form", bound=FlaskForm)
_Choices = tuple[tuple[str, str], ...]


def blank(kind: type[_Form], **choices: _Choices) -> _Form:
    """The form with nothing typed, for showing alone; `choices`: what each of these fields offers
    to choose from."""
    found: Any = kind  # mypy does not know that form classes can be kept by
    made: _Form = _made_once(found, **choices)
    return made


@lru_cache(maxsize=1000)
def _made_once(kind: Any, **choices: _Choices) -> Any:
    form = kind(formdata=None, meta={"csrf": False})  # a token would be its first reader's
    for name, offered in choices.items():
        form[name].choices = list(offered)
    for field in form:
        field.is_blank = True
    return form
