"""Setting a ticket's priority, putting it aside, and bringing it back."""

from flask import Blueprint, abort, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.accounts.access import requires
from hub.accounts.models import Role
from hub.accounts.session import me
from hub.deadlines.targets import Priority
from hub.formats import exact
from hub.inbox.entrance import back_to, ticket_to_work_on
from hub.inbox.planning import instants
from hub.inbox.planning.instants import NoInstant
from hub.tickets import planning
from hub.tickets.actions import NotAllowedNow

blueprint = Blueprint("planning", __name__)


@blueprint.post("/tickets/<reference>/priority")
@requires(Role.AGENT)
def prioritise(reference: str) -> ResponseReturnValue:
    """Say how soon it should be answered."""
    found = ticket_to_work_on(reference)
    chosen = request.form.get("priority", "")
    if chosen not in set(Priority):
        abort(400)
    planning.prioritise(found, Priority(chosen), by=me())
    return back_to(found)


@blueprint.post("/tickets/<reference>/snooze")
@requires(Role.AGENT)
def snooze(reference: str) -> ResponseReturnValue:
    """Put it aside until an instant."""
    found = ticket_to_work_on(reference)
    try:
        until = instants.chosen(request.form)
        planning.snooze(found, until, by=me())
    except NoInstant as problem:
        flash(problem.reason, "warning")
    except NotAllowedNow:
        flash(_("The ticket is closed: reopen it first."), "warning")
    else:
        flash(_("Put aside until %(instant)s.", instant=exact(until)), "success")
    return back_to(found)


@blueprint.post("/tickets/<reference>/wake")
@requires(Role.AGENT)
def wake(reference: str) -> ResponseReturnValue:
    """Bring it back into the lists now."""
    found = ticket_to_work_on(reference)
    planning.wake(found, by=me())
    return back_to(found)
