"""The door for platforms. A request verifies, keeps the bytes, rings and answers; nothing else."""

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from hub.accounts.access import guarded
from hub.channels import registry
from hub.channels.base import BadHandshake, BadSignature, Channel, NotOurs
from hub.extensions import csrf
from hub.intake import deliveries
from hub.queue import ring

MOST_BYTES = 1024 * 1024

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")
csrf.exempt(blueprint)


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
    """Take one delivery. 503 tells the platform to try again."""
    channel = _channel(slug)
    if (request.content_length or 0) > MOST_BYTES:
        return _say(413, "A delivery has at most 1 MiB.")
    body = request.stream.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        return _say(413, "A delivery has at most 1 MiB.")
    try:
        channel.verify(dict(request.headers), body)
        channel.check_envelope(body)
        delivery_id = deliveries.store(slug, body)
    except BadSignature:
        return _say(401, "The signature is missing or wrong.")
    except NotOurs as error:
        return _say(400, str(error))
    except OperationalError:
        return _say(503, "Storage is out of reach. Send it again.")
    if delivery_id is not None:
        ring("process_delivery", delivery_id)
    return _say(200, "Kept.")


def _channel(slug: str) -> Channel:
    channel = registry.all_channels().get(slug)
    if channel is None or not channel.receives_hooks:
        abort(404)
    return channel


def _say(code: int, sentence: str) -> Response:
    return Response(sentence, status=code, mimetype="text/plain")
