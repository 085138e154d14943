"""Asking others about a ticket, following it, and whose names can be typed."""

from flask import Blueprint, abort, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.accounts.access import requires
from hub.accounts.models import Role
from hub.accounts.session import me
from hub.database import LARGEST_ID
from hub.inbox.colleagues import names
from hub.inbox.colleagues.forms import ConsultForm
from hub.inbox.colleagues.names import Name
from hub.inbox.entrance import back_to, ticket_to_read, ticket_to_work_on
from hub.inbox.pages import Typed
from hub.inbox.showing import show, vocabulary
from hub.tickets import consulting, following
from hub.tickets import queries as tickets
from hub.tickets.actions import NotAllowedNow
from hub.tickets.consulting import AskedAlready

#: How many names are offered while one is typed.
OFFERED = 8

blueprint = Blueprint("colleagues", __name__)
blueprint.context_processor(vocabulary)


@blueprint.post("/tickets/<reference>/consultations")
@requires(Role.AGENT)
def consult(reference: str) -> ResponseReturnValue:
    """Ask a colleague or a department, who then see the ticket."""
    found = ticket_to_work_on(reference)
    form = ConsultForm()
    asked = _asked(form) if form.validate_on_submit() else None
    if asked is None:
        return show(found, typed=Typed(consult=form), status=422)
    question = form.question.data.replace("\x00", "").strip()
    try:
        consulting.consult(found, question, asked=asked.who, by=me())
    except AskedAlready:
        flash(_("%(name)s is asked already, or has the ticket.", name=asked.name), "info")
    except NotAllowedNow:
        flash(_("The ticket is closed: reopen it first."), "warning")
    else:
        flash(_("%(name)s is asked, and sees the ticket now.", name=asked.name), "success")
    return back_to(found, "colleagues")


@blueprint.post("/tickets/<reference>/consultations/<int:consultation_id>/end")
@requires(Role.AGENT)
def end(reference: str, consultation_id: int) -> ResponseReturnValue:
    """Say that they need not answer any more, or that one has answered."""
    found = ticket_to_read(reference)
    consultation = consulting.consultation(found, min(consultation_id, LARGEST_ID)) or abort(404)
    if not consulting.may_end(me(), consultation, found):
        abort(403)
    asker = consultation.asked_by.name
    consulting.end(consultation, by=me())
    if tickets.may_see(me(), found):
        return back_to(found, "colleagues")
    flash(_("%(name)s is told that you are done. You do not see the ticket any more.", name=asker))
    return redirect(url_for("inbox.queue"), 303)


@blueprint.post("/tickets/<reference>/follow")
@requires(Role.AGENT)
def follow(reference: str) -> ResponseReturnValue:
    """Be told what happens to it."""
    found = ticket_to_read(reference)
    following.follow(found, me())
    return back_to(found)


@blueprint.post("/tickets/<reference>/unfollow")
@requires(Role.AGENT)
def unfollow(reference: str) -> ResponseReturnValue:
    """Be told no longer."""
    found = ticket_to_read(reference)
    following.unfollow(found, me())
    return back_to(found)


@blueprint.get("/colleagues")
@requires(Role.AGENT)
def suggestions() -> ResponseReturnValue:
    """Whose names begin with what was typed."""
    found = names.suggested(request.args.get("q", "")[:120], OFFERED)
    return jsonify([{"handle": n.handle, "name": n.name, "detail": n.detail} for n in found])


def _asked(form: ConsultForm) -> Name | None:
    """Who bears the name that was typed, oneself left out. None with the reason in the form."""
    found = [name for name in names.bearing(form.asked.data) if name.who != me()]
    if len(found) == 1:
        return found[0]
    if found:
        handles = ", ".join(name.handle for name in found)
        form.asked.errors = [_("Several are called so. Write one of: %(names)s", names=handles)]
    else:
        form.asked.errors = [_("Nobody is called so. Write a name as it stands in the list.")]
    return None
