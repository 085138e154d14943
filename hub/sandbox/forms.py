"""What the playground's forms say, whatever the network."""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

from flask import abort, request

from hub.sandbox import pictures
from hub.sandbox.faults import Faults
from hub.sandbox.people import Citizen
from hub.sandbox.stand_in import StandIn
from hub.sandbox.world import World

#: What a citizen may attach.
PICTURES = ("shelter.jpg", "pothole.jpg", "classroom.jpg", "letter.jpg")
FILES = (*PICTURES, "certificate.pdf")
MEDIA = (*PICTURES, pictures.FILM)
HOURS = ("0", "1", "24", "168")

#: What a form does: to the world, by the citizen one plays.
Action = Callable[[World, Citizen], None]


def text(longest: int = 8000) -> str:
    """The words of a form, "" when there are none; 400 when there are too many."""
    words = request.form.get("text", "").strip().replace("\r\n", "\n")
    if len(words) > longest:
        abort(400)
    return words


def attached(allowed: Collection[str]) -> list[str]:
    """Names of the files that go with the words."""
    return [one_of(name, allowed) for name in request.form.getlist("attached") if name]


def said(allowed: Collection[str]) -> tuple[str, str]:
    """(text, attached file) of a form; 400 when it says nothing at all."""
    words, files = text(), attached(allowed)
    if not words and not files:
        abort(400)
    return words, "".join(files[:1])


def one_of(value: str, allowed: Collection[str]) -> str:
    if value not in allowed:
        abort(400)
    return value


def switch_fault(stand_in: StandIn[Any], faults: Faults) -> None:
    """On for the next call, or off again."""
    name = one_of(request.form["name"], faults.known)
    with stand_in.database.writing() as connection:
        faults.toggle(connection, name)


def move_clock(stand_in: StandIn[Any]) -> None:
    hours = int(one_of(request.form["hours"], HOURS))
    if hours:
        stand_in.advance(timedelta(hours=hours))
    else:
        stand_in.real_time()
