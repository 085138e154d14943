"""Finding tickets. A few statements, whatever is asked for and however much there is."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from babel import Locale
from flask import current_app
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from hub.accounts.languages import LANGUAGES as PAGE_LANGUAGES
from hub.accounts.models import Role, User
from hub.channels import registry
from hub.clock import now
from hub.extensions import db
from hub.routing.models import FALLBACK, Department
from hub.search import asking, engines
from hub.search.documents import EVERY
from hub.search.engines import Engine
from hub.search.question import Chosen, Names, Phrase, Question
from hub.search.words import folded
from hub.tickets import queries as tickets
from hub.tickets import references
from hub.tickets.languages import LANGUAGES
from hub.tickets.models import State, Ticket

#: The number in a reference has so many digits, and more from the millionth ticket on.
DIGITS, MOST_DIGITS = 6, 18
#: No ticket is older.
FIRST_YEAR = 2000
#: So many of the newest tickets are looked at before the index is asked for what has no words: a
#: state or a channel that many tickets have.
NEAR = 30_000
#: States as people call them, beside their own names.
STATES = {
    "nouveau": State.NEW,
    "nouvelle": State.NEW,
    "ouvert": State.OPEN,
    "ouverte": State.OPEN,
    "attente": State.WAITING,
    "en attente": State.WAITING,
    "clos": State.CLOSED,
    "close": State.CLOSED,
    "ferme": State.CLOSED,
    "fermee": State.CLOSED,
}


def ask(text: str) -> Question:
    """What somebody asks for, with the names that this council has. One statement."""
    return asking.ask(text, _names(), _local_day(now()))


def find(
    asked: Question,
    *,
    by: User | None,
    limit: int,
    below: int | None = None,
    also: Sequence[ColumnElement[bool]] = (),
) -> list[int]:
    """The ids of the tickets that fit, the last opened first: those below `below`, at most
    `limit`. `by`: who may read them (None: a tool that may read all). `also`: further conditions
    on Ticket. A question that asks for nothing finds nothing."""
    if not asked.asks:
        return []
    if below is None:
        below = (db.session.scalar(select(func.max(Ticket.id))) or 0) + 1
    conditions = [*_conditions(asked), *also]
    if by is None or by.may(Role.SUPERVISOR):
        return _found(asked, None, conditions, below=below, limit=limit)
    listed = [*conditions, tickets.listed_for(by)]
    ids = _found(asked, _departments_of(by), listed, below=below, limit=limit)
    if consulted := tickets.consulted(by):
        ids += _among(asked, consulted, [*conditions, Ticket.id < below], limit=limit)
    return sorted(set(ids), reverse=True)[:limit]


def _found(
    asked: Question,
    departments: Sequence[int] | None,
    conditions: Sequence[ColumnElement[bool]],
    *,
    below: int,
    limit: int,
) -> list[int]:
    if not asked.asks_the_index:
        return _named(Ticket.id < below, *conditions, limit=limit)
    ids: list[int] = []
    if not asked.asks_for_words:
        near = (Ticket.id < below, Ticket.id >= below - NEAR)
        ids, below = _named(*near, *conditions, limit=limit), below - NEAR
        if len(ids) == limit:
            return ids
    engine = engines.of(db.session.connection())
    for reading in engine.readings(_text(engine, asked, departments), conditions, below=below):
        ids += db.session.scalars(reading.limit(limit - len(ids)))
        if len(ids) == limit:
            break
    return ids


def _among(
    asked: Question,
    ticket_ids: Sequence[int],
    conditions: Sequence[ColumnElement[bool]],
    *,
    limit: int,
) -> list[int]:
    if not asked.asks_the_index:
        return _named(Ticket.id.in_(ticket_ids), *conditions, limit=limit)
    engine = engines.of(db.session.connection())
    reading = engine.reading_among(_text(engine, asked, None), conditions, ticket_ids)
    return list(db.session.scalars(reading.limit(limit)))


def _named(*conditions: ColumnElement[bool], limit: int) -> list[int]:
    """Tickets of which the reference is told: their own columns are enough."""
    query = select(Ticket.id).where(*conditions).order_by(Ticket.id.desc())
    return list(db.session.scalars(query.limit(limit)))


# --- What the index is asked ------------------------------------------------------------------


def _text(engine: Engine, asked: Question, departments: Sequence[int] | None) -> str:
    """The question as the engine reads it. `departments`: those whose tickets are looked through
    (None: all)."""
    wanted = [_phrase(engine, phrase) for phrase in asked.wanted]
    wanted += [_name(engine, phrase) for phrase in asked.by]
    wanted += [engine.phrase([f"_t{tag}"], begins=False) for tag in asked.tags]
    for facets in _facets(asked, departments):
        wanted.append(engine.any_of([engine.phrase([facet], begins=False) for facet in facets]))
    unwanted = [_phrase(engine, phrase) for phrase in asked.unwanted]
    unwanted += [_name(engine, phrase) for phrase in asked.not_by]
    unwanted += [engine.phrase([f"_t{tag}"], begins=False) for tag in asked.not_tags]
    return engine.all_of(wanted or [engine.phrase([EVERY], begins=False)], unwanted)


def _phrase(engine: Engine, phrase: Phrase) -> str:
    whole = engine.phrase(phrase.stems, begins=False)
    if not phrase.begins:
        return whole
    begun = [*phrase.stems[:-1], phrase.folded[-1]]  # a stem may be shorter than what was typed
    return engine.any_of([engine.phrase(begun, begins=True), whole])


def _name(engine: Engine, phrase: Phrase) -> str:
    return engine.phrase([f"_p{word}" for word in phrase.folded], begins=phrase.begins)


def _facets(asked: Question, departments: Sequence[int] | None) -> Iterator[list[str]]:
    """What narrows the search in the index itself. The statement checks all of it again."""
    if departments is not None:
        yield [f"_d{key}" for key in departments]
    for letter, chosen in zip("dscg", _chosen(asked).values(), strict=True):
        if chosen.these:
            yield [f"_{letter}{value}" for value in sorted(chosen.these)]
    if asked.after or asked.before:
        yield list(_months(asked.after, asked.before))


def _months(after: date | None, before: date | None) -> Iterator[str]:
    """The years and months from one day to another."""
    first = max(after or date.min, date(FIRST_YEAR, 1, 1))
    last = (before or _local_day(now()) + timedelta(days=366)) - timedelta(days=1)
    month, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    while month <= end:
        year, index = divmod(month, 12)
        if index == 0 and month + 11 <= end:
            yield f"_y{year}"
            month += 12
        else:
            yield f"_m{year}{index + 1:02d}"
            month += 1
    yield "_m"  # that there is one, where the days are in the wrong order


# --- What the tickets are asked ----------------------------------------------------------------


def _conditions(asked: Question) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for column, chosen in _chosen(asked).items():
        key = int if column is Ticket.department_id else str
        if chosen.these:
            found.append(column.in_(sorted(map(key, chosen.these))))
        if chosen.not_those:
            found.append(column.not_in(sorted(map(key, chosen.not_those))))
    if asked.after:
        found.append(Ticket.received_at >= _beginning_of(asked.after))
    if asked.before:
        found.append(Ticket.received_at < _beginning_of(asked.before))
    found += [Ticket.id == references.number(reference) for reference in asked.references]
    found += [_begins(year, digits) for year, digits in asked.beginnings]
    return found


def _chosen(asked: Question) -> dict[InstrumentedAttribute, Chosen]:  # type: ignore[type-arg]
    """In the order of the letters d, s, c, g that their words of the index begin with."""
    return {
        Ticket.department_id: asked.departments,
        Ticket.state: asked.states,
        Ticket.channel: asked.channels,
        Ticket.language: asked.languages,
    }


def _begins(year: int, digits: str) -> ColumnElement[bool]:
    """Tickets whose references begin with this year and these digits."""
    ranges = [
        Ticket.id.between(int(digits) * 10**more, (int(digits) + 1) * 10**more - 1)
        for more in range(max(DIGITS - len(digits), 0), MOST_DIGITS - len(digits) + 1)
        if more == DIGITS - len(digits) or not digits.startswith("0")
    ]
    first, last = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    return and_(or_(*ranges), Ticket.opened_at >= first, Ticket.opened_at < last)


def _beginning_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=_zone()).astimezone(UTC)


def _departments_of(user: User) -> list[int]:
    """Those whose tickets `tickets.listed_for` lets through."""
    mine = or_(Department.id.in_(user.department_ids), Department.slug == FALLBACK)
    return list(db.session.scalars(select(Department.id).where(mine).order_by(Department.id)))


# --- Names --------------------------------------------------------------------------------------


def _names() -> Names:
    departments: dict[str, str] = {}
    for key, slug, name in db.session.execute(
        select(Department.id, Department.slug, Department.name).order_by(Department.id.desc())
    ):
        departments |= {folded(name): str(key), folded(slug): str(key)}
    channels = registry.all_channels().items()
    return Names(
        departments=departments,
        channels={folded(text): slug for slug, c in channels for text in (str(c.label), slug)},
        states={**{str(s): str(s) for s in State}, **{k: str(s) for k, s in STATES.items()}},
        languages={
            folded(name): code
            for code in LANGUAGES
            for name in (code, *(Locale(page).languages[code] for page in PAGE_LANGUAGES))
        },
    )


def _local_day(instant: datetime) -> date:
    return instant.astimezone(_zone()).date()


def _zone() -> tzinfo:
    zone: tzinfo = current_app.config["HUB"].timezone
    return zone
