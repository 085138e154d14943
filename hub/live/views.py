"""The stream that open pages listen to, and what they say about their people."""

import re

from flask import Blueprint, Flask, Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import ServiceUnavailable

from hub.accounts.access import requires
from hub.accounts.models import Role
from hub.live import actions, watcher
from hub.live.stream import stream

#: A page that found no place asks again after so many seconds.
FULL_SECONDS = 30
#: What a page calls itself.
PAGE = re.compile("[a-z0-9]{8,24}", re.ASCII)

blueprint = Blueprint("live", __name__)
blueprint.record_once(lambda state: watcher.install(state.app))  # type: ignore[arg-type]


@blueprint.get("/live")
@requires(Role.AGENT)
def events() -> ResponseReturnValue:
    """What happens to the tickets this person may see, as it happens."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    watching = watcher.watcher()
    if watching.is_full:
        raise ServiceUnavailable(retry_after=FULL_SECONDS)
    return Response(
        stream(app, watching, current_user.get_id(), _after()),
        mimetype="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@blueprint.post("/live/presence")
@requires(Role.AGENT)
def presence() -> ResponseReturnValue:
    """An open page says that its person looks at a ticket, writes there, or leaves it."""
    page, doing = request.form.get("page", ""), request.form.get("doing", "")
    if not PAGE.fullmatch(page) or doing not in {"looking", "writing", "leaving"}:
        abort(400)
    noted = actions.note_presence(
        current_user,
        request.form.get("ticket", ""),
        page,
        writing=doing == "writing",
        leaves=doing == "leaving",
    )
    return ("", 204) if noted else abort(404)


def _after() -> int | None:
    """The last event the page knows: what the browser remembers of an earlier stream, else what
    the page was made with."""
    text = request.headers.get("Last-Event-ID") or request.args.get("after", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
