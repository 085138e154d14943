"""Answers that leave later. Cancelling one is cancelling any answer (inbox.cancel)."""

from flask import Blueprint, abort, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.accounts.access import requires
from hub.accounts.models import Role
from hub.accounts.session import me
from hub.database import LARGEST_ID
from hub.inbox.entrance import back_to, ticket_to_work_on
from hub.outbox import scheduling
from hub.outbox.cancelling import LeftAlready
from hub.tickets import queries as tickets

blueprint = Blueprint("scheduling", __name__)


@blueprint.post("/tickets/<reference>/replies/<int:message_id>/send-now")
@requires(Role.AGENT)
def send_now(reference: str, message_id: int) -> ResponseReturnValue:
    """Let an answer that was put off leave at once."""
    found = ticket_to_work_on(reference)
    message = tickets.reply_of(found, min(message_id, LARGEST_ID)) or abort(404)
    try:
        scheduling.send_now(message, by=me())
    except LeftAlready:
        flash(_("The answer is not put off any more."), "info")
    return back_to(found, f"message-{message.id}")
