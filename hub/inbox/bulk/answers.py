"""Writing one answer to many: a text, what it will be, and sending it once that was looked at."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.accounts.access import requires
from hub.accounts.models import Role
from hub.accounts.session import me
from hub.inbox.bulk import actions, answering, choosing, queries
from hub.inbox.bulk.answering import Forecast
from hub.inbox.bulk.models import BulkJob
from hub.inbox.bulk.views import job_of
from hub.inbox.canned import filling
from hub.inbox.entrance import back_to, ticket_to_work_on

blueprint = Blueprint("bulk_answers", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What stands in the form. `mark`: of what was looked at before."""

    text: str = ""
    mode: str = "same"
    close: bool = False
    mark: str = ""
    error: str = ""


@blueprint.post("/tickets/<reference>/answer-publication")
@requires(Role.AGENT)
def under_publication(reference: str) -> ResponseReturnValue:
    """Answer all open tickets under the publication of this one."""
    found = ticket_to_work_on(reference)
    if found.publication_id is None:
        return back_to(found)
    draft = actions.draft_answer(choosing.under_publication(me(), found.publication_id), by=me())
    return redirect(url_for(".compose", job_id=draft.id), 303)


@blueprint.get("/bulk/<int:job_id>/answer")
@requires(Role.AGENT)
def compose(job_id: int) -> ResponseReturnValue:
    """Where the answer is written."""
    found = job_of(job_id)
    if found.begun_at is not None:
        return redirect(url_for("bulk.job", job_id=found.id), 303)
    return _show(found, Written())


@blueprint.post("/bulk/<int:job_id>/answer")
@requires(Role.AGENT)
def send(job_id: int) -> ResponseReturnValue:
    """Show what it will be; send it when this is what was looked at."""
    found = job_of(job_id)
    written = _written()
    if written.error:
        return _show(found, written, status=422)
    if request.form.get("then") != "send" or written.mark != answering.mark(
        written.text, written.mode
    ):
        return _show(found, written, look=True)
    if actions.send_answer(found, text=written.text, mode=written.mode, close=written.close):
        flash(_("The answers leave one after the other."), "success")
    return redirect(url_for("bulk.job", job_id=found.id), 303)


def _written() -> Written:
    text = request.form.get("text", "").replace("\x00", "").replace("\r\n", "\n")
    mode = request.form.get("mode", "")
    return Written(
        text=text,
        mode=mode,
        close=request.form.get("close") == "yes",
        mark=request.form.get("mark", ""),
        error=answering.problem(text, mode),
    )


def _show(
    found: BulkJob, written: Written, *, look: bool = False, status: int = 200
) -> ResponseReturnValue:
    tickets = queries.chosen(found, me())
    forecast: Forecast | None = None
    if look:
        forecast = answering.forecast(tickets, written.text, written.mode, by=me())
    return render_template(
        "inbox/bulk/answer.html",
        job=found,
        tickets=tickets,
        written=written,
        forecast=forecast,
        mark=answering.mark(written.text, written.mode),
        most=choosing.MOST_ANSWERED,
        variables=filling.SHOWN,
    ), status
