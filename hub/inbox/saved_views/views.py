"""Keeping lists, and the page where they are named, ordered and deleted."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.accounts.access import requires
from hub.accounts.models import Role
from hub.accounts.session import me
from hub.database import LARGEST_ID
from hub.extensions import db
from hub.inbox import reach
from hub.inbox.addresses import address
from hub.inbox.saved_views import actions, pages, queries
from hub.inbox.saved_views.forms import RenameForm, SaveForm
from hub.inbox.saved_views.models import SavedView
from hub.inbox.selection import Selection

blueprint = Blueprint("saved_views", __name__, url_prefix="/inbox/saved")

#: What a button of the page does to a list.
CHANGES: dict[str, Callable[[SavedView], None]] = {
    "up": lambda view: actions.move(view, -1),
    "down": lambda view: actions.move(view, 1),
    "delete": actions.delete,
}


@blueprint.get("")
@requires(Role.AGENT)
def index() -> ResponseReturnValue:
    """The lists that the person sees in the left column."""
    within = reach.of(me())
    return render_template(
        "inbox/saved_views/index.html",
        saved=[
            (view, pages.selection(view), queries.may_change(me(), view))
            for view in queries.of(me(), within)
        ],
        department_names={found.id: found.name for found in within.departments},
        address=address,
        rename=RenameForm(formdata=None),
    )


@blueprint.post("")
@requires(Role.AGENT)
def save() -> ResponseReturnValue:
    """Keep the list whose address the form carries."""
    within, selection = reach.of(me()), Selection.of(request.form).at_start()
    form = SaveForm()
    form.shared.choices = pages.may_share_with(within)
    if not form.validate_on_submit():
        for problem in [*form.name.errors, *form.shared.errors]:
            flash(problem, "warning")
        return redirect(address(selection), 303)
    department = next((d.id for d in within.active if d.slug == form.shared.data), None)
    try:
        actions.save(selection, _plain(form.name.data), by=me(), department_id=department)
    except actions.TooMany:
        flash(_("You keep %(most)s lists already. Delete one first.", most=actions.MOST), "warning")
    else:
        flash(_("The list is kept in the left column."), "success")
    return redirect(address(selection), 303)


@blueprint.post("/<int:view_id>/name")
@requires(Role.AGENT)
def rename(view_id: int) -> ResponseReturnValue:
    """Give it another name."""
    view, form = _changeable(view_id), RenameForm()
    if form.validate_on_submit():
        actions.rename(view, _plain(form.name.data))
    else:
        for problem in form.name.errors:
            flash(problem, "warning")
    return redirect(url_for(".index"), 303)


@blueprint.post("/<int:view_id>")
@requires(Role.AGENT)
def change(view_id: int) -> ResponseReturnValue:
    """Move it up or down, or delete it."""
    act = CHANGES.get(request.form.get("act", "")) or abort(400)
    act(_changeable(view_id))
    return redirect(url_for(".index"), 303)


def _plain(text: str) -> str:
    return " ".join(text.replace("\x00", "").split())


def _changeable(view_id: int) -> SavedView:
    """The list, or 404 when this person may not change it."""
    view = db.session.get(SavedView, min(view_id, LARGEST_ID))
    if view is None or not queries.may_change(me(), view):
        abort(404)
    return view
