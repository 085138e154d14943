"""How the databases would run a statement."""

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from hub.extensions import db


def whole_reads_of(table: str, *readings: Callable[[], object]) -> list[str]:
    """Plans of the statements on this table that would read all of it, although they need not."""
    whole = rf"SCAN {table}$|Seq Scan on {table}\b"
    return [plan for plan in plans_of(table, *readings) if re.search(whole, plan, re.MULTILINE)]


def plans_of(table: str, *readings: Callable[[], object]) -> list[str]:
    """Plans of the statements that these readings make on this table.

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
    return [_plan(statement, parameters) for statement, parameters in statements]


def _plan(statement: str, parameters: Any) -> str:
    connection = db.session.connection()
    explain = "EXPLAIN QUERY PLAN "
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN "
    lines = connection.exec_driver_sql(explain + statement, parameters)
    return "\n".join(str(line[-1]) for line in lines)
