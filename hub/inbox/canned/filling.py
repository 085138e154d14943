"""Filling the variables of canned replies. Pure: values come in, a text goes out.

Where a value is not known the text must still read as if somebody had written it: a variable goes
with the blank before it ("Bonjour {prénom}," becomes "Bonjour,"), and the line of an address that
does not exist goes whole.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hub.routing.matching import fold

VARIABLE: Final = re.compile(r"\{([^{}\n]{1,40})\}")


@dataclass(frozen=True, slots=True)
class Values:
    """What is known for one ticket; "" for what is not."""

    first_name: str = ""
    surname: str = ""
    reference: str = ""
    service: str = ""
    agent: str = ""
    date: str = ""
    link: str = ""


#: Name in a text, folded -> name of the value. French first, as people here write.
NAMES: Final[Mapping[str, str]] = {
    "prenom": "first_name",
    "nom": "surname",
    "reference": "reference",
    "service": "service",
    "agent": "agent",
    "date": "date",
    "lien": "link",
}
#: As they are shown to those who write the texts.
SHOWN: Final = ("{prénom}", "{nom}", "{référence}", "{service}", "{agent}", "{date}", "{lien}")
#: A line is nothing without these.
NEEDED: Final = frozenset({"link"})


def fill(body: str, values: Values) -> str:
    """The text for one ticket. An unknown variable stays as it is, to be seen."""
    lines = (_filled(line, values) for line in body.splitlines())
    text = "\n".join(line for line in lines if line is not None)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def unknown(body: str) -> list[str]:
    """The variables of a text that nothing can fill, as they are written there."""
    return [found[0] for found in VARIABLE.finditer(body) if folded(found[1]) not in NAMES]


def names_of(name: str) -> tuple[str, str]:
    """(first name, surname) of a person as a platform shows them; both "" where that is no name of
    a person. "TANGUY Nolwenn" is written the French way round."""
    words = [word for word in name.split() if re.fullmatch(r"[^\W\d_][\w'’.\-]*", word)]
    if not words:
        return "", ""
    if len(words) > 1 and len(words[0]) > 1 and words[0].isupper() and not words[-1].isupper():
        words = [*words[1:], words[0].title()]
    return words[0], " ".join(words[1:])


def folded(text: str) -> str:
    """Without case, accents and blanks around it."""
    return fold(text.strip())


def _filled(line: str, values: Values) -> str | None:
    """None where the line would say nothing."""
    for found in VARIABLE.finditer(line):
        name = NAMES.get(folded(found[1]), "")
        if name in NEEDED and not getattr(values, name):
            return None

    def value(found: re.Match[str]) -> str:
        name = NAMES.get(folded(found["name"]))
        if name is None:
            return found[0]
        known = getattr(values, name)
        return f"{found['blank']}{known}" if known else ""

    return re.sub(r"(?P<blank>[ \u00a0]?)\{(?P<name>[^{}\n]{1,40})\}", value, line)
