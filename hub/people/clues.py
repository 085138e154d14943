"""What hints at a person, folded so that the same is found again however it was written."""

import re
from collections.abc import Iterable, Iterator

from hub.database import insert_unless_there
from hub.extensions import db
from hub.people.models import Clue, ClueKind
from hub.routing.matching import fold
from hub.tickets.people import Identity

#: An address as people type it into a text; what stands around it is left out.
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
#: No citizen has more addresses to tell in one message; a list is somebody else's.
MOST_ADDRESSES = 3
LONGEST = 255

Found = tuple[ClueKind, str]


def note_names(identity: Identity) -> None:
    """Keep what the identity is called, in the caller's transaction; it is stored already."""
    _note(identity.id, set(of_identity(identity.name, identity.handle)))


def note_text(identity_id: int, text: str) -> None:
    """Keep the e-mail addresses that the citizen wrote. No statement where there is none."""
    _note(identity_id, {(ClueKind.EMAIL, address) for address in addresses(text)})


def of_identity(name: str, handle: str) -> Iterator[Found]:
    """What a name and a handle tell. A handle may be an e-mail address: the form's is."""
    yield from of_name(name)
    address = handle.strip()
    if EMAIL.fullmatch(address):
        yield ClueKind.EMAIL, address.lower()[:LONGEST]
    elif short := folded_handle(handle):
        yield ClueKind.HANDLE, short


def of_name(name: str) -> Iterator[Found]:
    """Its words, and the whole where it is more than one word, in whatever order."""
    words = folded_words(name)
    for word in words:
        if len(word) > 1:
            yield ClueKind.WORD, word[:LONGEST]
    if len(words) > 1:
        yield ClueKind.NAME, " ".join(sorted(words))[:LONGEST]


def addresses(text: str) -> list[str]:
    """The e-mail addresses in a text, in lower case; none where it holds a whole list."""
    found = list(dict.fromkeys(match.lower().rstrip(".") for match in EMAIL.findall(text)))
    return found if len(found) <= MOST_ADDRESSES else []


def folded_words(text: str) -> list[str]:
    return re.sub(r"[^\w@.]+", " ", fold(text)).split()


def folded_handle(text: str) -> str:
    return fold(text).strip("@ ")[:LONGEST]


def _note(identity_id: int, found: Iterable[Found]) -> None:
    rows = [
        {"identity_id": identity_id, "kind": str(kind), "value": value}
        for kind, value in sorted(found)
    ]
    if rows:
        dialect = db.session.connection().dialect
        db.session.execute(insert_unless_there(Clue, dialect), rows)
