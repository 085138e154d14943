"""A text for many, with what is each person's own: "Bonjour {prénom}, dossier {référence}"."""

import re
from collections.abc import Callable, Mapping

from hub.tickets.models import Ticket

_VARIABLE = re.compile(r"(?P<gap>[ \u00a0]?)\{(?P<name>[^{}\n]{1,30})\}")


def fill(text: str, ticket: Ticket) -> str:
    """The text for this ticket. What is not known of its person is left out with the blank before
    it; what is no variable stays as it is."""

    def value(match: re.Match[str]) -> str:
        known = VARIABLES.get(match["name"].strip().casefold())
        if known is None:
            return match[0]
        found = known(ticket)
        return f"{match['gap']}{found}" if found else ""

    return _VARIABLE.sub(value, text)


def unknown(text: str) -> list[str]:
    """What stands in braces and is no variable, in its order."""
    named = [match["name"].strip() for match in _VARIABLE.finditer(text)]
    return [name for name in dict.fromkeys(named) if name.casefold() not in VARIABLES]


def _first_name(ticket: Ticket) -> str:
    """Platforms give one name: the first of two words or more is taken for the first name."""
    words = ticket.contact.name.split()
    return words[0] if len(words) > 1 else ""


#: As they are written, folded; accents may be left out.
VARIABLES: Mapping[str, Callable[[Ticket], str]] = {
    "prénom": _first_name,
    "prenom": _first_name,
    "nom": lambda ticket: ticket.contact.name,
    "référence": lambda ticket: ticket.reference,
    "reference": lambda ticket: ticket.reference,
}
