"""The pages of changes of many tickets: choosing what to do, how far it has come, stopping it."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.accounts.access import requires
from hub.accounts.models import Role
from hub.accounts.session import me
from hub.inbox.addresses import address, last_selection
from hub.inbox.bulk import actions, choosing, queries, wording, working
from hub.inbox.bulk.asking import Asked, Chosen, Incomplete, asked
from hub.inbox.bulk.models import Action, BulkJob, ItemState
from hub.inbox.planning import instants
from hub.inbox.selection import Selection
from hub.queue import ring
from hub.routing import queries as routing

blueprint = Blueprint("bulk", __name__, url_prefix="/bulk")

#: So few tickets are changed before the answer to the browser.
AT_ONCE = 25


@blueprint.get("/actions")
@requires(Role.AGENT)
def menus() -> ResponseReturnValue:
    """What can be done, for the bar of a list; asked for once something is ticked."""
    return render_template("inbox/bulk/_menus.html", **_offered())


@blueprint.get("/count")
@requires(Role.AGENT)
def count() -> ResponseReturnValue:
    """How many tickets a list holds, in words."""
    chosen = Chosen(Selection.of(request.args).at_start(), all_of_it=True)
    return render_template("inbox/bulk/_count.html", **_counted(chosen))


@blueprint.post("/choose")
@requires(Role.AGENT)
def choose() -> ResponseReturnValue:
    """Choose what to do with the tickets that were ticked: without script, this is the way."""
    chosen = Chosen.of(request.form)
    if chosen.is_empty:
        flash(_("Tick the tickets first."), "warning")
        return redirect(address(chosen.selection), 303)
    return _show_choices(chosen)


@blueprint.post("")
@requires(Role.AGENT)
def begin() -> ResponseReturnValue:
    """Do it: few tickets at once, more by a worker. All of a list is asked about once more."""
    chosen = Chosen.of(request.form)
    if chosen.is_empty:
        flash(_("Tick the tickets first."), "warning")
        return redirect(address(chosen.selection), 303)
    try:
        wanted = asked(request.form)
    except Incomplete as problem:
        return _show_choices(chosen, problem=problem.reason, status=422)
    if wanted.action == Action.ANSWER:
        draft = actions.draft_answer(chosen.ids(me()), by=me())
        return redirect(url_for("bulk_answers.compose", job_id=draft.id), 303)
    if chosen.all_of_it and request.form.get("confirmed") != "yes":
        return _ask(chosen, wanted)
    job = actions.begin(wanted.action, chosen.ids(me()), by=me(), **wanted.args)
    return _work_on(job, chosen)


@blueprint.get("")
@requires(Role.AGENT)
def jobs() -> ResponseReturnValue:
    """What this person did to many tickets last."""
    return render_template("inbox/bulk/jobs.html", jobs=queries.recent(me()), bulk=wording)


@blueprint.get("/<int:job_id>")
@requires(Role.AGENT)
def job(job_id: int) -> ResponseReturnValue:
    """How far it has come, what was not done, and why."""
    found = job_of(job_id)
    if found.begun_at is None:
        return redirect(url_for("bulk_answers.compose", job_id=found.id), 303)
    is_part = "HX-Request" in request.headers
    template = "inbox/bulk/_report.html" if is_part else "inbox/bulk/report.html"
    return render_template(template, **_report(found))


@blueprint.post("/<int:job_id>/stop")
@requires(Role.AGENT)
def stop(job_id: int) -> ResponseReturnValue:
    """Do no more of it, and take back the answers that have not left."""
    actions.stop(job_of(job_id))
    return redirect(url_for(".job", job_id=job_id), 303)


def job_of(job_id: int) -> BulkJob:
    """The job, or 404 when it is not this person's to see."""
    return queries.job(me(), job_id) or abort(404)


# --- Steps of the above ---------------------------------------------------------------------------


def _offered() -> dict[str, Any]:
    return {
        "colleagues": queries.colleagues(me()),
        "department_choices": routing.departments(),
        "later": instants,
    }


def _counted(chosen: Chosen) -> dict[str, Any]:
    number = choosing.count(chosen.ids(me()))
    return {"number": min(number, choosing.MOST), "has_more": number > choosing.MOST}


def _show_choices(chosen: Chosen, *, problem: str = "", status: int = 200) -> ResponseReturnValue:
    return render_template(
        "inbox/bulk/choose.html",
        chosen=chosen,
        problem=problem,
        back=address(chosen.selection),
        **_counted(chosen),
        **_offered(),
    ), status


def _ask(chosen: Chosen, wanted: Asked) -> ResponseReturnValue:
    """Before all of a list is changed."""
    typed = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in {"csrf_token", "ticket"}
    ]
    return render_template(
        "inbox/bulk/confirm.html",
        what=wording.action_name(BulkJob(action=wanted.action, args=dict(wanted.args))),
        typed=typed,
        back=address(chosen.selection),
        **_counted(chosen),
    )


def _work_on(job: BulkJob, chosen: Chosen) -> ResponseReturnValue:
    tally = queries.tally(job)
    gone = 0 if chosen.all_of_it else len(set(chosen.references)) - tally.all
    if gone:
        flash(_("Some of the tickets are no longer in your departments."), "warning")
    if tally.all > AT_ONCE:
        ring("work_on_bulk_job", job.id)
        return redirect(url_for(".job", job_id=job.id), 303)
    working.work_off(job)
    tally = queries.tally(job)
    if tally.done < tally.all:
        return redirect(url_for(".job", job_id=job.id), 303)
    flash(wording.outcome(tally.done), "success")
    return redirect(address(chosen.selection), 303)


def _report(found: BulkJob) -> dict[str, Any]:
    tally = queries.tally(found)
    state = _shown_state(tally)
    rows, following = queries.items(found, state, after=_after())
    return {
        "job": found,
        "tally": tally,
        "state": state,
        "rows": rows,
        "following": following,
        "bulk": wording,
        "states": [name for name in ItemState if tally.states.get(name)],
        "is_under_way": found.done_at is None or bool(_unsettled(tally)),
        "back": address(last_selection()),
    }


def _after() -> int:
    """The ticket that the page before ended with."""
    text = request.args.get("after", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _unsettled(tally: queries.Tally) -> int:
    """Answers of which the page will soon have more to tell."""
    return sum(tally.deliveries.get(name, 0) for name in ("pending", "sending", "waiting"))


def _shown_state(tally: queries.Tally) -> ItemState:
    """What was asked for; else what needs somebody first."""
    asked_for = request.args.get("state", "")
    if asked_for in set(ItemState):
        return ItemState(asked_for)
    first = (ItemState.REFUSED, ItemState.DONE, ItemState.PENDING, ItemState.STOPPED)
    return next((name for name in first if tally.states.get(name)), ItemState.DONE)
