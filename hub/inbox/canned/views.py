"""Canned replies: finding one while writing, and the pages on which they are written."""

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.accounts.access import requires
from hub.accounts.models import Role
from hub.accounts.session import me
from hub.database import LARGEST_ID
from hub.extensions import db
from hub.inbox.canned import actions, filling, queries
from hub.inbox.canned.actions import ShortcutTaken
from hub.inbox.canned.filling import Values
from hub.inbox.canned.forms import CannedReplyForm
from hub.inbox.canned.models import CannedReply
from hub.inbox.entrance import ticket_to_work_on
from hub.routing import queries as routing
from hub.routing.models import Department

blueprint = Blueprint("canned", __name__)

#: What the preview of the settings page is filled with.
EXAMPLE = Values(
    first_name="Nolwenn",
    surname="Tanguy",
    reference="2026-004217-K",
    service="Transports",
    agent="Claire Morvan",
    date="3 novembre 2026",
    link="https://hub.example/suivi/k3J9…",
)


# --- While writing ----------------------------------------------------------------------------


@blueprint.get("/tickets/<reference>/canned-replies")
@requires(Role.AGENT)
def choose(reference: str) -> ResponseReturnValue:
    """Those that fit a ticket, filled: for the list that opens while somebody writes, and as a page
    of their own."""
    found = ticket_to_work_on(reference)
    replies = queries.for_ticket(found, me())
    if "HX-Request" in request.headers:
        return jsonify(replies=replies)
    words = request.args.get("q", "")[:100]
    return render_template(
        "inbox/canned/choose.html",
        ticket=found,
        words=words,
        replies=queries.matching(replies, words),
        may_write=me().may(Role.SUPERVISOR),
    )


# --- Writing them -----------------------------------------------------------------------------


@blueprint.get("/settings/canned-replies")
@requires(Role.SUPERVISOR)
def canned_replies() -> ResponseReturnValue:
    """All that this person may see, switched off ones too."""
    return render_template(
        "inbox/canned/list.html",
        replies=queries.editable_by(me()),
        may_change=lambda reply: queries.may_change(me(), reply),
        may_add=bool(_departments()) or me().may(Role.ADMIN),
    )


@blueprint.route("/settings/canned-replies/new", methods=["GET", "POST"])
@requires(Role.SUPERVISOR)
def new() -> ResponseReturnValue:
    """Write one."""
    form = CannedReplyForm().offer(_departments(), for_all=me().may(Role.ADMIN))
    if not form.validate_on_submit() or _wants_preview():
        return _page(form)
    try:
        reply = actions.add(form.values())
    except ShortcutTaken:
        return _shortcut_taken(form)
    flash(_("“%(title)s” was added.", title=reply.title), "success")
    return redirect(url_for(".canned_replies"))


@blueprint.route("/settings/canned-replies/<int:key>", methods=["GET", "POST"])
@requires(Role.SUPERVISOR)
def edit(key: int) -> ResponseReturnValue:
    """Change one."""
    reply = _mine(key)
    form = CannedReplyForm(obj=reply, data=_chosen(reply))
    form.offer(_departments(reply), for_all=me().may(Role.ADMIN))
    if not form.validate_on_submit() or _wants_preview():
        return _page(form, reply)
    try:
        actions.change(reply, form.values())
    except ShortcutTaken:
        return _shortcut_taken(form, reply)
    flash(_("“%(title)s” was changed.", title=reply.title), "success")
    return redirect(url_for(".canned_replies"))


@blueprint.post("/settings/canned-replies/<int:key>/switch")
@requires(Role.SUPERVISOR)
def switch(key: int) -> ResponseReturnValue:
    """Offer one to agents, or not any more."""
    reply, active = _mine(key), request.form.get("active") == "yes"
    actions.switch(reply, active=active)
    said = _("“%(title)s” is offered again.") if active else _("“%(title)s” is no longer offered.")
    flash(said % {"title": reply.title}, "success")
    return redirect(url_for(".canned_replies"))


# --- Steps of the above -----------------------------------------------------------------------


def _mine(key: int) -> CannedReply:
    """One that this person may change; 404 for any other."""
    found = db.session.get(CannedReply, key) if key <= LARGEST_ID else None
    if found is None or not queries.may_change(me(), found):
        abort(404)
    return found


def _departments(reply: CannedReply | None = None) -> list[Department]:
    """Those this person may offer it in; the one that has it is among them."""
    is_admin = me().may(Role.ADMIN)
    found = [one for one in routing.departments() if is_admin or one.id in me().department_ids]
    own = reply.department if reply else None
    return found if own is None or own in found else [*found, own]


def _chosen(reply: CannedReply) -> dict[str, str]:
    return {"department_id": str(reply.department_id or "")}


def _wants_preview() -> bool:
    return "preview" in request.form


def _page(form: CannedReplyForm, reply: CannedReply | None = None) -> ResponseReturnValue:
    examples = [
        filling.fill(text, values)
        for values in (EXAMPLE, Values(**_always_known()))
        for text in (form.body.data or "", form.plain_body.data or "")
    ]
    page = render_template(
        "inbox/canned/edit.html",
        form=form,
        reply=reply,
        variables=filling.SHOWN,
        examples=examples,
        has_errors=bool(form.errors),
    )
    return page, 422 if form.errors else 200


def _always_known() -> dict[str, str]:
    """An example of somebody who gave no name and has no tracking page."""
    names = ("reference", "service", "agent", "date")
    return {name: getattr(EXAMPLE, name) for name in names}


def _shortcut_taken(form: CannedReplyForm, reply: CannedReply | None = None) -> ResponseReturnValue:
    form.shortcut.errors = [_("Another canned reply has this shortcut already.")]
    return _page(form, reply)
