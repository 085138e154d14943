"""The stream that open pages listen to."""

from flask import Blueprint, Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from hub.accounts.access import requires
from hub.accounts.models import Role
from hub.live import watcher
from hub.live.stream import stream

blueprint = Blueprint("live", __name__)
blueprint.record_once(lambda state: watcher.install(state.app))  # type: ignore[arg-type]


@blueprint.get("/live")
@requires(Role.AGENT)
def events() -> ResponseReturnValue:
    """What happens to the tickets this person may see, as it happens."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return Response(
        stream(app, watcher.watcher(), current_user.get_id(), _after()),
        mimetype="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _after() -> int | None:
    """The last event the page knows: what the browser remembers of an earlier stream, else what
    the page was made with."""
    text = request.headers.get("Last-Event-ID") or request.args.get("after", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
