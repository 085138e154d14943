"""Reading columns instead of objects.

A session arranges at each run of a statement how its objects are loaded, also where it names none:
145 microseconds for three columns of one row on SQLite, and 51 without the session's part. Pages
and sweeps consist of such statements.
"""

from collections.abc import Mapping
from typing import TypeVarTuple

from sqlalchemy import CursorResult
from sqlalchemy.sql.selectable import TypedReturnsRows

from hub.extensions import db

_Columns = TypeVarTuple("_Columns")


def plain_rows(
    query: TypedReturnsRows[*_Columns], told: Mapping[str, object] | None = None
) -> CursorResult[*_Columns]:
    """The rows of a statement that names columns alone; a mapped class in it gives all its columns,
    not objects. It is `told` the values of its parameters. It sees, as what a session executes
    does, what was changed and not written yet."""
    session = db.session()
    session.flush()
    return session.connection().execute(query, told)


def plain_ids(query: TypedReturnsRows[int], told: Mapping[str, object] | None = None) -> list[int]:
    """The ids that such a statement names, its one column."""
    return list(plain_rows(query, told).scalars())
