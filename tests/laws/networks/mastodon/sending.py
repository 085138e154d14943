"""Say a reply on Mastodon: a post that names the citizen, under what they wrote."""

from datetime import timedelta

from hub import clock
from hub.channels.base import OutboundMessage, Refused, RetryLater, Sent
from hub.channels.mastodon.client import Server
from hub.channels.mastodon.polling import own_posts
from hub.channels.mastodon.ways import length, room
from hub.channels.untrusted import identifier

#: Servers keep the key of a post for an hour; what is tried again later is looked for first.
KEY_LASTS = timedelta(minutes=50)
#: Official replies are in French.
LANGUAGE = "fr"


def send(server: Server, account: str, message: OutboundMessage) -> Sent:
    """Publish the reply, or this part of it. Raises AccountBroken, Refused, or RetryLater: with
    the message's marker as its key it is said once however often it is sent."""
    target = message.target
    handle, answered = target.get("handle", ""), message.previous or target.get("status_id", "")
    if not answered or not handle.startswith("@"):
        raise Refused("bad_target")
    if not message.text.strip():
        raise Refused("empty")
    if length(message.text) > room(handle):
        raise Refused("too_long", f"{length(message.text)} of {room(handle)}")
    external_id = _found(server, account, message, answered) or _posted(server, message, answered)
    is_private = message.visibility == "private"
    return Sent(
        external_id=external_id,
        conversation=f"direct:{target.get('author_id', '')}" if is_private else None,
    )


def _posted(server: Server, message: OutboundMessage, answered: str) -> str:
    fields = {
        "status": f"{message.target['handle']} {message.text}",
        "in_reply_to_id": answered,
        "visibility": message.target.get("visibility", "direct"),
        "language": LANGUAGE,
    }
    external_id = identifier(server.post("v1/statuses", fields, key=message.marker).get("id"))
    if external_id is None:
        raise RetryLater("no_answer", "the answer has no id")
    return external_id


def _found(server: Server, account: str, message: OutboundMessage, answered: str) -> str | None:
    """The id of this very reply, should an earlier call that lost its answer have published it
    and its key be forgotten."""
    if message.tried_at is None or clock.now() - message.tried_at < KEY_LASTS:
        return None
    wanted = " ".join(message.text.split())
    for post in own_posts(server, account, after=answered):
        if post.reply_to == answered and " ".join(post.text.split()) == wanted:
            return post.external_id
    return None
