"""Pictures of files, and what can be played. The files themselves are downloads."""

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from hub.accounts.access import requires
from hub.accounts.models import Role
from hub.accounts.session import me
from hub.database import LARGEST_ID
from hub.inbox import queries
from hub.tickets import downloads
from hub.tickets.models import Attachment, FileState

blueprint = Blueprint("attachments", __name__, url_prefix="/attachments")


@blueprint.get("/<int:attachment_id>/pictures/<int:number>")
@requires(Role.AGENT)
def picture(attachment_id: int, number: int) -> ResponseReturnValue:
    """The thumbnail of a file (0), or a page of a document (from 1)."""
    return downloads.as_picture(_stored(attachment_id), number)


@blueprint.get("/<int:attachment_id>/media")
@requires(Role.AGENT)
def media(attachment_id: int) -> ResponseReturnValue:
    """A film or a recording, for the player of the page."""
    return downloads.as_media(_stored(attachment_id))


def _stored(attachment_id: int) -> Attachment:
    """The file, or 404 when there is no copy of it or this person may not see its ticket."""
    found = queries.attachment(me(), min(attachment_id, LARGEST_ID))
    return found if found and found.state == FileState.STORED else abort(404)
