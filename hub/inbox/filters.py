"""The filters of a list, as people choose and see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from hub.channels import registry
from hub.deadlines.targets import Priority
from hub.inbox import wording
from hub.inbox.addresses import address
from hub.inbox.reach import Reach
from hub.inbox.selection import Age, Selection
from hub.tickets.models import State


@dataclass(frozen=True, slots=True)
class Filter:
    """One field. Without `choices` it is typed. `every`: what the field says when it is not set."""

    name: str
    label: str
    every: str
    value: str
    choices: Sequence[tuple[str, str]] = ()

    @property
    def said(self) -> str:
        """What is chosen, in words."""
        return dict(self.choices).get(self.value, self.value)


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is set, and the list without it."""

    label: str
    said: str
    href: str


def of(selection: Selection, reach: Reach) -> dict[str, Any]:
    """`fields`: all filters; `chips`: those that are set."""
    fields = [
        Filter(name, label, every, getattr(selection, name), choices)
        for name, label, every, choices in _fields(reach)
    ]
    chips = [
        Chip(field.label, field.said, address(selection.without(field.name)))
        for field in fields
        if field.value
    ]
    return {"fields": fields, "chips": chips}


def _fields(reach: Reach) -> list[tuple[str, str, str, Sequence[tuple[str, str]]]]:
    departments = [(found.slug, found.name) for found in reach.active]
    channels = [(slug, str(channel.label)) for slug, channel in registry.all_channels().items()]
    return [
        ("department", _("Department"), _("All departments"), departments),
        ("channel", _("Channel"), _("All channels"), channels),
        ("state", _("State"), _("All states"), [(s, wording.state_name(s)) for s in State]),
        ("priority", _("Priority"), _("All priorities"), _priorities()),
        ("visibility", _("Visibility"), _("Public and private"), _visibilities()),
        ("language", _("Language"), _("All languages"), wording.language_choices()),
        ("age", _("Opened on"), _("Any day"), _ages()),
        ("tag", _("Tag"), "", ()),
    ]


def _priorities() -> list[tuple[str, str]]:
    return [(priority, wording.priority_name(priority)) for priority in Priority]


def _visibilities() -> list[tuple[str, str]]:
    return [("public", _("Public messages")), ("private", _("Private messages"))]


def _ages() -> list[tuple[str, str]]:
    return [
        (Age.TODAY, _("Today")),
        (Age.WEEK, _("The last 7 days")),
        (Age.MONTH, _("The last 30 days")),
        (Age.OLDER, _("More than 30 days ago")),
    ]
