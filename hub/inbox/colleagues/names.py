"""Whom a text means: the people and departments that are named in a note, or in a field.

A name is typed after an @: what stands before the @ of somebody's e-mail address, the short name of
a department, or any full name between quotes.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import select

from hub.accounts.models import User
from hub.extensions import db
from hub.routing import queries as routing
from hub.routing.matching import fold
from hub.routing.models import Department
from hub.tickets.actions import Mentions

#: @claire.morvan, @transports, @"Claire Morvan", @« Claire Morvan »; not the middle of an e-mail
#: address, and no full stop that ends the sentence.
NAMED = re.compile(
    r"""(?<![\w.+@-])@(?:
        ["“«][\s\u00a0\u202f]*(?P<quoted>[^"“”«»\n]{1,120}?)[\s\u00a0\u202f]*["”»]
        | (?P<handle>\w(?:[\w.+-]*\w)?)
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Name:
    """Somebody, or all of a department, who can be named. `handle` is what is typed for them."""

    who: User | Department
    handle: str
    detail: str

    @property
    def name(self) -> str:
        return self.who.name

    @property
    def folded(self) -> frozenset[str]:
        return frozenset({fold(self.handle), fold(self.name)})


def everybody() -> list[Name]:
    """All who can be named, departments first. Two statements; a council has some hundreds of
    people."""
    departments = [Name(found, found.slug, "") for found in routing.departments()]
    people = db.session.scalars(select(User).where(User.active).order_by(User.name, User.id))
    return departments + [Name(user, user.email.partition("@")[0], user.title) for user in people]


def meant(text: str) -> dict[str, list[Name]]:
    """What was typed -> who bears that name, for each name that somebody bears. Nothing is read
    where there is no @."""
    typed = {found.group(): found["quoted"] or found["handle"] for found in NAMED.finditer(text)}
    if not typed:
        return {}
    known = everybody()
    bearers = {words: [n for n in known if fold(name) in n.folded] for words, name in typed.items()}
    return {words: names for words, names in bearers.items() if names}


def bearing(typed: str) -> list[Name]:
    """Who bears a name that stands alone in a field, with or without its @ and quotes."""
    name = fold(typed.strip().lstrip("@").strip('"“”«» \u00a0\u202f'))
    return [known for known in everybody() if name in known.folded]


def suggested(beginning: str, most: int) -> list[Name]:
    """Those one of whose names has a word that begins so, departments first."""
    wanted = fold(beginning.strip())
    return list(islice((known for known in everybody() if _begins(known, wanted)), most))


def mentions(found: dict[str, list[Name]], told: Iterable[Name]) -> Mentions:
    """The same for the action that stores a note: all names are marked in it, these are told."""
    named = [name.who for name in told]
    return Mentions(
        names={words: names[0].name for words, names in found.items()},
        user_ids=frozenset(who.id for who in named if isinstance(who, User)),
        department_ids=frozenset(who.id for who in named if isinstance(who, Department)),
    )


def pieces(text: str, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    """A note in pieces: (text, "") and (what was typed, who is meant), in order. `names`: those
    that were recognised when it was written."""
    end = 0
    for found in NAMED.finditer(text):
        if name := names.get(found.group()):
            yield text[end : found.start()], ""
            yield found.group(), name
            end = found.end()
    yield text[end:], ""


def _begins(known: Name, wanted: str) -> bool:
    return any(
        part.startswith(wanted)
        for name in known.folded
        for part in (name, *re.split(r"[\s.,'’-]+", name))
    )
