"""Asking a platform to hide a citizen's public message, or to show it again."""

from flask import Blueprint, abort, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.accounts.access import requires
from hub.accounts.models import Role
from hub.accounts.session import me
from hub.database import LARGEST_ID
from hub.inbox import queries
from hub.inbox.entrance import back_to, ticket_to_work_on
from hub.inbox.form_values import typed
from hub.outbox.hiding import actions
from hub.outbox.hiding.actions import CannotHide

blueprint = Blueprint("hiding", __name__)

LONGEST = 1000


@blueprint.post("/tickets/<reference>/messages/<int:message_id>/hiding")
@requires(Role.AGENT)
def ask(reference: str, message_id: int) -> ResponseReturnValue:
    """Have it hidden (`hidden`=yes) or shown again, with the reason that the history keeps."""
    found = ticket_to_work_on(reference)
    message = queries.message_of(found, min(message_id, LARGEST_ID)) or abort(404)
    reason = " ".join(typed("reason").split())[:LONGEST]
    if not reason:
        flash(_("Nothing was done: write why, the history must say it."), "warning")
        return back_to(found, f"message-{message.id}")
    hidden = request.form.get("hidden") != "no"
    try:
        actions.ask(found, message, hidden=hidden, reason=reason, by=me())
    except CannotHide:
        flash(_("This message is so already, or cannot be hidden."), "info")
    return back_to(found, f"message-{message.id}")
