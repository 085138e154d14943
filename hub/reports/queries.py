"""Reading what the reports count."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from hub.channels import registry
from hub.extensions import db
from hub.regrouping.queries import is_folded
from hub.reports.periods import Period
from hub.reports.response_times import Row, TicketTimes, row, rows
from hub.routing.models import Department
from hub.tickets.models import Ticket

Grouping = Literal["department", "channel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """First-response times of one period: a row for each group, and all tickets together."""

    period: Period
    by_department: list[Row]
    by_channel: list[Row]
    total: Row

    def by(self, grouping: Grouping) -> list[Row]:
        return self.by_department if grouping == "department" else self.by_channel


def response_times(period: Period) -> Report:
    """The report of the tickets received in this period. Two statements."""
    tickets = _tickets(period)
    return Report(
        period=period,
        by_department=rows(tickets, lambda ticket: ticket.department, _department_names()),
        by_channel=rows(tickets, lambda ticket: ticket.channel, _channel_names()),
        total=row("", "", tickets),
    )


def _tickets(period: Period) -> list[TicketTimes]:
    found = db.session.execute(
        select(
            Department.slug,
            Ticket.channel,
            Ticket.received_at,
            Ticket.first_reply_at,
            Ticket.waiting_since,
            Ticket.closed_at,
        )
        .join(Ticket.department)
        .where(
            Ticket.received_at >= period.start,
            Ticket.received_at < period.end,
            ~is_folded(Ticket.id),
        )
    )
    return [
        TicketTimes(
            department=slug,
            channel=channel,
            received_at=received_at,
            first_reply_at=first_reply_at,
            waiting_since=waiting_since,
            closed_at=closed_at,
        )
        for slug, channel, received_at, first_reply_at, waiting_since, closed_at in found
    ]


def _department_names() -> dict[str, str]:
    """Slug -> name, in the council's order; those no longer active too."""
    found = db.session.execute(
        select(Department.slug, Department.name).order_by(Department.position, Department.name)
    )
    return {slug: name for slug, name in found}  # noqa: C416  (rows are not pairs to mypy)


def _channel_names() -> dict[str, str]:
    return {slug: str(channel.label) for slug, channel in registry.all_channels().items()}
