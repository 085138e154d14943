"""Who else is at a ticket, as its page shows it."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from hub.accounts.access import requires
from hub.accounts.models import Role
from hub.accounts.session import me
from hub.inbox.entrance import ticket_to_read
from hub.live import presence

blueprint = Blueprint("presence", __name__)


@blueprint.get("/tickets/<reference>/presence")
@requires(Role.AGENT)
def line(reference: str) -> ResponseReturnValue:
    """The line in the head of an open page, renewed."""
    found = ticket_to_read(reference)
    present = presence.others_at(found, me())
    return render_template("inbox/presence/_line.html", ticket=found, present=present)
