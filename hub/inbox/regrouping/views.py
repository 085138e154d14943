"""Merging, splitting and linking tickets: small pages that work without script."""

from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.accounts.access import requires
from hub.accounts.models import Role
from hub.accounts.session import me
from hub.database import LARGEST_ID
from hub.inbox.entrance import back_to, ticket_to_work_on
from hub.inbox.regrouping import queries, wording
from hub.inbox.regrouping.forms import LinkForm, MergeForm, SplitForm
from hub.inbox.showing import vocabulary
from hub.regrouping import actions
from hub.regrouping.models import LinkKind
from hub.regrouping.refusals import CannotRegroup
from hub.tickets import queries as tickets
from hub.tickets.models import Ticket

blueprint = Blueprint("regrouping", __name__)
blueprint.context_processor(vocabulary)


@blueprint.route("/tickets/<reference>/merge", methods=["GET", "POST"])
@requires(Role.AGENT)
def merge(reference: str) -> ResponseReturnValue:
    """Put all messages of the ticket into another one of the same person."""
    found = ticket_to_work_on(reference)
    form, offered = MergeForm(), queries.mergeable(found, me())
    _offer(form, offered)
    target = _chosen(form) if form.validate_on_submit() else None
    if target is not None:
        try:
            actions.merge(found, target, _reason(form), by=me())
        except CannotRegroup as problem:
            form.refuse(wording.refusal(problem))
        else:
            flash(_("The messages are in %(name)s now.", name=target.reference), "success")
            return back_to(target)
    return _page("merge", found, form, offered)


@blueprint.route("/tickets/<reference>/split", methods=["GET", "POST"])
@requires(Role.AGENT)
def split(reference: str) -> ResponseReturnValue:
    """Put some messages into a ticket of their own."""
    found = ticket_to_work_on(reference)
    form, chosen, error = SplitForm(), _ticked(), ""
    if form.validate_on_submit():
        try:
            made = actions.split(found, chosen, _reason(form), by=me())
        except CannotRegroup as problem:
            error = wording.refusal(problem)
        else:
            flash(_("The messages are in %(name)s now.", name=made.reference), "success")
            return back_to(made)
    page = render_template(
        "inbox/regrouping/split.html",
        ticket=found,
        form=form,
        messages=queries.messages(found),
        chosen=chosen,
        error=error,
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/tickets/<reference>/link", methods=["GET", "POST"])
@requires(Role.AGENT)
def link(reference: str) -> ResponseReturnValue:
    """Note that another ticket belongs to this one."""
    found = ticket_to_work_on(reference)
    form, offered = LinkForm(), queries.linkable(found, me())
    _offer(form, offered)
    other = _chosen(form) if form.validate_on_submit() else None
    if other is not None:
        try:
            actions.link(found, other, LinkKind(form.kind.data), by=me())
        except CannotRegroup as problem:
            form.refuse(wording.refusal(problem))
        else:
            return back_to(found, "related")
    return _page("link", found, form, offered)


@blueprint.post("/tickets/<reference>/unlink")
@requires(Role.AGENT)
def unlink(reference: str) -> ResponseReturnValue:
    """Take a link away."""
    found = ticket_to_work_on(reference)
    other = _workable(request.form.get("other", ""))
    if other is None:
        abort(404)
    actions.unlink(found, other, by=me())
    return back_to(found)


@blueprint.post("/tickets/<reference>/regroupings/<int:number>/undo")
@requires(Role.AGENT)
def undo(reference: str, number: int) -> ResponseReturnValue:
    """Bring the messages back where they were."""
    found = ticket_to_work_on(reference)
    done = queries.regrouping_of(found, min(number, LARGEST_ID)) or abort(404)
    if not all(tickets.works_on(me(), one) for one in (done.from_ticket, done.into_ticket)):
        flash(_("The other ticket is in a department that you do not work in."), "warning")
        return back_to(found)
    try:
        actions.undo(done, by=me())
    except CannotRegroup as problem:
        flash(wording.refusal(problem), "warning")
        return back_to(found)
    flash(_("The messages are back where they were."), "success")
    return redirect(url_for("inbox.ticket", reference=done.from_ticket.reference), 303)


# --- Steps of the above ---------------------------------------------------------------------------


def _offer(form: MergeForm | LinkForm, offered: Sequence[Ticket]) -> None:
    form.other.choices = [(ticket.reference, ticket.reference) for ticket in offered]


def _chosen(form: MergeForm | LinkForm) -> Ticket | None:
    """The other ticket, when this person works on it; else the form says so."""
    if not form.chosen:
        form.refuse(_("Choose a ticket, or write its reference."))
        return None
    found = _workable(form.chosen)
    if found is None:
        form.refuse(_("There is no ticket with this reference in your departments."))
    return found


def _workable(reference: str) -> Ticket | None:
    found = tickets.by_reference(reference)
    return found if found and tickets.works_on(me(), found) else None


def _reason(form: MergeForm | SplitForm) -> str:
    return (form.reason.data or "").replace("\x00", "").strip()


def _ticked() -> list[int]:
    texts = request.form.getlist("message")
    return [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 19]


def _page(
    name: str, found: Ticket, form: MergeForm | LinkForm, offered: Sequence[Ticket]
) -> ResponseReturnValue:
    page = render_template(
        f"inbox/regrouping/{name}.html",
        ticket=found,
        form=form,
        offered={ticket.reference: ticket for ticket in offered},
    )
    return page, 422 if form.is_submitted() else 200
