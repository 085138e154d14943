"""What of a ticket is searched for: its document, a row of words in their order.

A ticket has one document, so that words of several messages find it together, and once. The words
are stems (see words.py). Between two texts stands PAUSE, so that no phrase reaches from one into
the next. What operators ask for are words that no text has, because they begin with "_":

    _pnolwenn _ptanguy   the names and handles of those who wrote, folded, in their order
    _tligne_214          a tag
    _d3 _sopen _cweb _gfr _y2026 _m202611   department, state, channel, language, year and month
    _a                   every ticket

The last two only narrow what the index gives: a statement checks the ticket's own columns,
so a document that is some seconds old shows nobody what is not theirs.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, select

from hub.search.asking import tag_name
from hub.search.words import COMMON, normal, words
from hub.tickets import references
from hub.tickets.models import Message, Tag, Ticket
from hub.tickets.people import Contact, Identity

PAUSE = "_"
EVERY = "_a"
#: Words that keep their place. Behind it a word is found, but in no phrase: PostgreSQL counts no
#: further (https://www.postgresql.org/docs/15/textsearch-limitations.html).
MOST_PLACES = 16_000
#: What different words may take of the 1 MB that PostgreSQL has for a document.
MOST_BYTES = 700_000


@dataclass(frozen=True, slots=True)
class Document:
    """What the index keeps of a ticket, as it was changed last at `updated_at`. `words` stand in
    their order; `loose` ones have no place."""

    ticket_id: int
    updated_at: datetime
    words: Sequence[str]
    loose: Sequence[str]


def of(connection: Connection, ticket_ids: Sequence[int], zone: tzinfo) -> list[Document]:
    """The documents of these tickets, in four statements however many there are. `zone`: where
    days begin."""
    tickets = connection.execute(
        select(*_COLUMNS, Contact.name.label("contact"))
        .join(Ticket.contact)
        .where(Ticket.id.in_(ticket_ids))
    ).all()
    texts = _texts(connection, ticket_ids)
    names = _names(connection, {row.contact_id for row in tickets})
    tags = _tags(connection, ticket_ids)
    return [
        _document(row, texts[row.id], [row.contact, *names[row.contact_id]], tags[row.id], zone)
        for row in tickets
    ]


_COLUMNS = (
    Ticket.id,
    Ticket.subject,
    Ticket.state,
    Ticket.channel,
    Ticket.language,
    Ticket.department_id,
    Ticket.contact_id,
    Ticket.opened_at,
    Ticket.received_at,
    Ticket.updated_at,
)


def _texts(connection: Connection, ticket_ids: Sequence[int]) -> dict[int, list[str]]:
    """The messages that are not deleted, notes too, the last first: of a thread that is too long
    for the index, the beginning goes."""
    query = (
        select(Message.ticket_id, Message.text)
        .where(Message.ticket_id.in_(ticket_ids), Message.deleted_at.is_(None))
        .order_by(Message.ticket_id, Message.posted_at.desc(), Message.id.desc())
    )
    found: dict[int, list[str]] = defaultdict(list)
    for ticket_id, text in connection.execute(query):
        found[ticket_id].append(text)
    return found


def _names(connection: Connection, contact_ids: Iterable[int]) -> dict[int, list[str]]:
    query = (
        select(Identity.contact_id, Identity.name, Identity.handle)
        .where(Identity.contact_id.in_(contact_ids))
        .order_by(Identity.id)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for contact_id, name, handle in connection.execute(query):
        found[contact_id] += [name, handle]
    return found


def _tags(connection: Connection, ticket_ids: Sequence[int]) -> dict[int, list[str]]:
    query = select(Tag.ticket_id, Tag.name).where(Tag.ticket_id.in_(ticket_ids)).order_by(Tag.name)
    found: dict[int, list[str]] = defaultdict(list)
    for ticket_id, name in connection.execute(query):
        found[ticket_id].append(name)
    return found


def _document(
    row: Any, texts: Sequence[str], names: Sequence[str], tags: Sequence[str], zone: tzinfo
) -> Document:
    names = list(dict.fromkeys(filter(None, names)))
    number = references.reference(row.opened_at, row.id).split("-")[1]
    said = [row.subject, *names, *tags, f"{row.id} {number}", *texts]
    ordered = [*_people(names), *_in_order(said)]
    loose = [*(f"_t{tag_name(tag)}" for tag in tags), *_facets(row, zone)]
    return _within_limits(row, ordered, loose)


def _people(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        for word in words(normal(name)):
            yield f"_p{word.folded}"
        yield PAUSE


def _in_order(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for word in words(normal(text)):
            if word.folded not in COMMON:
                yield word.stem
        yield PAUSE


def _facets(row: Any, zone: tzinfo) -> Iterator[str]:
    day = row.received_at.astimezone(zone)
    yield EVERY
    yield f"_d{row.department_id}"
    yield f"_s{row.state}"
    yield f"_c{row.channel}"
    if row.language:
        yield f"_g{row.language}"
    yield f"_y{day.year}"
    yield f"_m{day.year}{day.month:02d}"


def _within_limits(row: Any, ordered: Sequence[str], loose: Sequence[str]) -> Document:
    """A thread of thousands of messages is cut; most are far from it."""
    if len(ordered) > MOST_PLACES:
        further = dict.fromkeys(ordered[MOST_PLACES:])
        loose = [*loose, *(word for word in further if word != PAUSE)]
        ordered = ordered[:MOST_PLACES]
    if sum(map(len, ordered)) + sum(map(len, loose)) > MOST_BYTES // 8:
        ordered, loose = _kept(ordered, loose)
    return Document(row.id, row.updated_at, ordered, loose)


def _kept(ordered: Sequence[str], loose: Sequence[str]) -> tuple[list[str], list[str]]:
    """What fits. The facets come first: without them a ticket is lost to those who look for it."""
    left, known = MOST_BYTES, set[str]()

    def fits(word: str) -> bool:
        nonlocal left
        if word not in known and left > 0:
            known.add(word)
            left -= len(word.encode()) + 12
        return word in known

    kept_loose = [word for word in loose[:64] if fits(word)]
    kept = [word for word in ordered if fits(word)]
    return kept, [*kept_loose, *(word for word in loose[64:] if fits(word))]
