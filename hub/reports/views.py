"""The pages of the supervisors' reports."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.accounts.access import requires
from hub.accounts.models import Role
from hub.clock import now
from hub.reports import exports, queries
from hub.reports.forms import PeriodForm

blueprint = Blueprint("reports", __name__, url_prefix="/reports")


@blueprint.get("")
@requires(Role.SUPERVISOR)
def response_times() -> ResponseReturnValue:
    """First-response times of a period, by department and by channel."""
    form = PeriodForm(request.args)
    period = form.period(today=_today(), zone=_zone())
    page = render_template(
        "reports/response_times.html",
        form=form,
        report=queries.response_times(period) if period else None,
        presets=_presets(_today()),
        has_errors=bool(form.errors),
    )
    return page, 200 if period else 422


@blueprint.get("/response-times.csv")
@requires(Role.SUPERVISOR)
def response_times_csv() -> ResponseReturnValue:
    """The same as a file."""
    period = PeriodForm(request.args).period(today=_today(), zone=_zone())
    if period is None:
        abort(422)
    name = f"response-times_{period.first}_{period.last}.csv"
    return Response(
        exports.response_times_csv(queries.response_times(period)),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _zone() -> ZoneInfo:
    zone: ZoneInfo = current_app.config["HUB"].timezone
    return zone


def _today() -> date:
    return now().astimezone(_zone()).date()


def _presets(today: date) -> list[tuple[str, date, date]]:
    """The periods people ask for most: (words, first day, last day)."""
    first_of_month = today.replace(day=1)
    last_of_before = first_of_month - timedelta(days=1)
    return [
        (_("Last 7 days"), today - timedelta(days=6), today),
        (_("Last 30 days"), today - timedelta(days=29), today),
        (_("This month"), first_of_month, today),
        (_("Last month"), last_of_before.replace(day=1), last_of_before),
        (_("This year"), today.replace(month=1, day=1), today),
    ]
