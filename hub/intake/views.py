"""The door for platforms. A request verifies, keeps the bytes, rings and answers; nothing else."""

import structlog
from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from hub.accounts.access import guarded
from hub.channels import registry
from hub.channels.base import BadHandshake, BadSignature, Channel, NotOurs
from hub.extensions import csrf, db, limiter
from hub.intake import deliveries
from hub.intake.doorway import Doorway, TooMany
from hub.outages import RETRY_SECONDS, is_outage
from hub.queue import ring_soon

log = structlog.get_logger()

MOST_BYTES = 1024 * 1024
#: After so many seconds a platform that found no room may try again.
BUSY_SECONDS = 5

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")
csrf.exempt(blueprint)
limiter.exempt(blueprint)  # what limits it is the doorway
_doorway = Doorway()


@blueprint.get("/<slug>")
@guarded
def handshake(slug: str) -> ResponseReturnValue:
    """Prove to the platform that this address is ours."""
    try:
        body, media_type = _channel(slug).handshake(request.args)
    except BadHandshake:
        return _say(403, "This request does not carry the token that was agreed.")
    return Response(body, mimetype=media_type)


@blueprint.post("/<slug>")
@guarded
def receive(slug: str) -> ResponseReturnValue:
    """Take one delivery. 503 tells the platform to try again, and so does the 500 of a mistake
    of ours."""
    channel = _channel(slug)
    if (request.content_length or 0) > MOST_BYTES:
        return _say(413, "A delivery has at most 1 MiB.")
    body = request.stream.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        return _say(413, "A delivery has at most 1 MiB.")
    try:
        with _doorway.passing():
            return _keep(channel, body)
    except TooMany:
        log.warning("delivery refused, too many at once", channel=slug)
        return _later("Too many deliveries at once. Send it again.", BUSY_SECONDS)


def _keep(channel: Channel, body: bytes) -> Response:
    try:
        channel.verify(dict(request.headers), body)
        channel.check_envelope(body)
        delivery_id = deliveries.store(channel.slug, body)
    except BadSignature:
        return _say(401, "The signature is missing or wrong.")
    except NotOurs as error:
        return _say(400, str(error))
    except Exception as error:
        if not is_outage(error):
            raise
        return _refuse(error)
    if delivery_id is not None:
        ring_soon("process_delivery", delivery_id)
    return _say(200, "Kept.")


def _channel(slug: str) -> Channel:
    channel = registry.all_channels().get(slug)
    if channel is None or not channel.receives_hooks:
        abort(404)
    return channel


def _refuse(error: Exception) -> Response:
    """Nothing of it is kept, or nobody can know: either way the platform sends it again, and the
    same bytes are one delivery."""
    log.error("delivery refused, storage out of reach", error=str(error))
    db.session.rollback()
    return _later("Storage is out of reach. Send it again.", RETRY_SECONDS)


def _later(sentence: str, seconds: int) -> Response:
    answer = _say(503, sentence)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _say(code: int, sentence: str) -> Response:
    return Response(sentence, status=code, mimetype="text/plain")
