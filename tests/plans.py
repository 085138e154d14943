"""How the databases would run a statement."""

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from hub.extensions import db


def whole_reads_of(table: str, *readings: Callable[[], object]) -> list[str]:
    """Plans of the statements on this table that would read all of it, although they need not.

    PostgreSQL reads a small table whole by choice, so it is told to prefer an index.
    """
    statements: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if re.search(rf"FROM {table}\b", statement):
            statements.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        for reading in readings:
            reading()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert statements, f"nothing was read of {table}"
    plans = [_plan(statement, parameters) for statement, parameters in statements]
    whole = rf"SCAN {table}$|Seq Scan on {table}\b"
    return [plan for plan in plans if re.search(whole, plan, re.MULTILINE)]


def _plan(statement: str, parameters: Any) -> str:
    connection = db.session.connection()
    explain = "EXPLAIN QUERY PLAN "
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN "
    lines = connection.exec_driver_sql(explain + statement, parameters)
    return "\n".join(str(line[-1]) for line in lines)
