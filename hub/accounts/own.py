"""The page on which people change what is theirs: language, password, and whatever other rooms add.

A section is one subject with one form. A room that has something to set writes

    @own.section("shortcuts", "inbox/shortcuts/_settings.html")
    def content(user: User) -> dict[str, Any]: ...

and a view of its own that takes the form; a form that is refused goes back onto the page by
`own.page(shortcuts={"form": form})`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template

from hub.accounts.models import User
from hub.accounts.session import me

Content = Callable[[User], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Section:
    """One subject. `name` is its place on the page (#name) and the word by which its template
    knows what `content` gave."""

    name: str
    template: str
    content: Content


_sections: dict[str, Section] = {}


def section(name: str, template: str) -> Callable[[Content], Content]:
    """Add a section below those that are there."""

    def add(content: Content) -> Content:
        _sections[name] = Section(name, template, content)
        return content

    return add


def page(**given: Mapping[str, Any]) -> str:
    """The whole page. `given`: what to show in a section instead of its own content, by its
    name: a form with its errors."""
    contents = {
        known.name: given.get(known.name) or known.content(me()) for known in _sections.values()
    }
    return render_template(
        "accounts/own.html", sections=list(_sections.values()), has_errors=bool(given), **contents
    )
