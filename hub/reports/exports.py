"""Reports as files for a spreadsheet."""

import csv
import io
from collections.abc import Sequence

from hub.reports.queries import Report
from hub.reports.response_times import Row

#: What makes a spreadsheet take a cell for a formula (OWASP, "CSV Injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    "group",
    "key",
    "name",
    "received",
    "answered",
    "median_seconds",
    "p90_seconds",
    "waiting",
    "oldest_waiting_since",
    "closed_without_answer",
)


def response_times_csv(report: Report) -> str:
    """The whole report, one line for each department, each channel, and the total. Semicolons,
    and a mark of UTF-8 at the start: French spreadsheets open it with a double click."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in report.by_department:
        writer.writerow(_cells("department", row))
    for row in report.by_channel:
        writer.writerow(_cells("channel", row))
    writer.writerow(_cells("total", report.total))
    return "\ufeff" + out.getvalue()


def inert(text: str) -> str:
    """A text that no spreadsheet runs: an apostrophe before whatever looks like a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _cells(group: str, row: Row) -> Sequence[str | int | None]:
    oldest = row.oldest_waiting_since
    return (
        group,
        inert(row.key),
        inert(row.name),
        row.received,
        row.answered,
        row.median_seconds,
        row.p90_seconds,
        row.waiting,
        oldest.isoformat(timespec="seconds") if oldest else None,
        row.closed_without_answer,
    )
