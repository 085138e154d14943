"""Reading the history of all tickets on, each line, whatever order the lines were committed in.

SQLite commits in the order of the ids. PostgreSQL does not: a line may become visible after later
ones. Every transaction that writes a line holds its ticket before, and so has got its number by
then; so once all that were open at an instant have ended, no line can come below the highest id
that was seen at that instant. Lines are read when they are first seen, and once more at that time:
what is made of a line twice must have no second effect. Nothing hangs on how long a transaction
takes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Select, func, select, text

from hub.database import insert_unless_there
from hub.extensions import db
from hub.inbox.notifications.models import Reader
from hub.plain_rows import plain_rows
from hub.tickets.models import Event

NAME = "notifications"
#: Lines that are read in one transaction, so that other writers come in between.
HANDFUL = 500

#: Makes something of the lines with ids above the first number and up to the second.
Work = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Transactions:
    """The transactions of the database: all below `ended` have, and all from `next` on are still to
    begin. None where lines are committed in order."""

    ended: int
    next: int

    def have_passed(self, horizon: int) -> bool:
        """Have all ended that had begun at `horizon`? A horizon that lies ahead was noted in
        another database, before a move or a restore, whose lines are all here."""
        return self.ended >= horizon or self.next < horizon


def is_behind() -> bool:
    """Is there something to read? Two or three small statements."""
    found = db.session.get(Reader, NAME, populate_existing=True)
    if found is None or found.reached < _newest():
        return True
    return found.bound is not None and _has_settled(found, _transactions())


def begin() -> None:
    """Start at the present end, unless it was begun before: what happened before nobody is told.
    Commits."""
    end = _newest()
    values = {"name": NAME, "position": end, "reached": end}
    db.session.execute(insert_unless_there(Reader, db.engine.dialect, **values))
    db.session.commit()


def read_on(work: Work) -> bool:
    """Read a handful of lines, unless somebody else does. Commits what `work` does with how far it
    came. True when there is more."""
    query = select(Reader).where(Reader.name == NAME).with_for_update(skip_locked=True)
    reader = db.session.scalar(query.execution_options(populate_existing=True))
    if reader is None:
        db.session.rollback()
        return False
    now = _transactions()
    if reader.bound is not None and _has_settled(reader, now):
        work(reader.position, reader.bound)
        reader.position, reader.bound, reader.horizon = reader.bound, None, None
    newest = _end_of_handful(reader.reached)
    work(reader.reached, newest)
    reader.reached = newest
    _note_horizon(reader)
    is_more = newest < _newest()
    db.session.commit()
    return is_more


def _note_horizon(reader: Reader) -> None:
    now = _transactions()
    if now is None:
        reader.position = reader.reached
    elif reader.bound is None and reader.position < reader.reached:
        reader.bound, reader.horizon = reader.reached, now.next


def _has_settled(reader: Reader, now: Transactions | None) -> bool:
    return now is None or reader.horizon is None or now.have_passed(reader.horizon)


def _transactions() -> Transactions | None:
    if db.engine.dialect.name != "postgresql":
        return None
    snapshot = "pg_current_snapshot()"
    row = db.session.execute(
        text(
            f"SELECT pg_snapshot_xmin({snapshot})::text::bigint,"
            f" pg_snapshot_xmax({snapshot})::text::bigint"
        )
    ).one()
    return Transactions(*row)


def _newest() -> int:
    return plain_rows(_last_line()).scalar_one() or 0


@cache
def _last_line() -> Select[int | None]:
    return select(func.max(Event.id))


def _end_of_handful(after: int) -> int:
    """The id of the last line of the next handful; `after` itself where there is none."""
    handful = select(Event.id).where(Event.id > after).order_by(Event.id).limit(HANDFUL)
    return db.session.scalar(select(func.max(handful.subquery().c.id))) or after
