"""Say a reply on Facebook, by the way its target names."""

from collections.abc import Mapping
from typing import Any

from hub.channels.base import OutboundMessage, OutcomeUnknown, Refused, Sent, WindowClosed
from hub.channels.facebook.client import Graph
from hub.channels.facebook.parse_feed import comment_id
from hub.channels.facebook.parse_messenger import LONGEST_MID, MARK
from hub.channels.facebook.ways import (
    COMMENT_LIMIT,
    HUMAN_AGENT,
    MESSENGER_LIMIT,
    length,
    messenger_tag,
    private_reply_is_open,
    written_at,
)
from hub.channels.untrusted import identifier


def send(graph: Graph, page_id: str, message: OutboundMessage, *, human_agent: bool) -> Sent:
    """Publish or send the reply. Raises ChannelError; nothing is tried twice.

    Length and time are checked again: a reply may have waited since the agent chose its way.
    What the hub says by itself never claims to be written by a human.
    """
    human_agent = human_agent and message.context.get("automatic") != "yes"
    mode = message.target.get("mode")
    _check_length(message.text, COMMENT_LIMIT if mode == "comment" else MESSENGER_LIMIT)
    if mode == "comment":
        return _comment(graph, message)
    if mode == "private_reply":
        return _only_private_reply(graph, page_id, message)
    if mode == "messenger":
        return _message(graph, page_id, _messenger(message, human_agent))
    raise Refused("bad_target", f"mode {mode!r}")


def _check_length(text: str, limit: int) -> None:
    if not text.strip():
        raise Refused("empty")
    if length(text) > limit:
        raise Refused("too_long", f"{length(text)} of {limit}")


def _comment(graph: Graph, message: OutboundMessage) -> Sent:
    answered = wanted_id(message.target, "object_id")
    body = graph.post(f"{answered}/comments", {"message": message.text})
    return Sent(external_id=_id_given(comment_id(body.get("id"))))


def _message(graph: Graph, page_id: str, body: Mapping[str, Any]) -> Sent:
    answer = graph.post_json(f"{page_id}/messages", body)
    recipient = identifier(answer.get("recipient_id"))
    return Sent(
        external_id=_id_given(identifier(answer.get("message_id"), LONGEST_MID)),
        conversation=f"messenger:{recipient}" if recipient else None,
    )


def _only_private_reply(graph: Graph, page_id: str, message: OutboundMessage) -> Sent:
    """Meta takes one for each comment. That it has one already may mean that an earlier try of
    this one arrived."""
    try:
        return _message(graph, page_id, _private_reply(message))
    except Refused as error:
        if error.code == "already_replied" and message.tried_at:
            raise OutcomeUnknown("duplicate", error.detail) from error
        raise


def _messenger(message: OutboundMessage, human_agent: bool) -> dict[str, Any]:
    tag = message.target.get("tag", "")
    if wrote_at := written_at(message.target):
        needed = messenger_tag(wrote_at, human_agent=human_agent)
        if needed is None:
            raise WindowClosed("window_closed", f"the person wrote last at {wrote_at}")
        tag = needed
    if tag == HUMAN_AGENT and not human_agent:
        raise WindowClosed("window_closed", "the human agent feature cannot be used")
    kind = {"messaging_type": "MESSAGE_TAG", "tag": tag} if tag else {"messaging_type": "RESPONSE"}
    return {
        "recipient": {"id": wanted_id(message.target, "psid")},
        **kind,
        "message": _marked(message),
    }


def _private_reply(message: OutboundMessage) -> dict[str, Any]:
    wrote_at = written_at(message.target)
    if wrote_at and not private_reply_is_open(wrote_at):
        raise WindowClosed("not_replyable", f"written at {wrote_at}")
    name = "post_id" if "post_id" in message.target else "comment_id"
    return {"recipient": {name: wanted_id(message.target, name)}, "message": _marked(message)}


def _marked(message: OutboundMessage) -> dict[str, str]:
    """The text, with our own id for Meta to give back in the echo."""
    return {"text": message.text, "metadata": f"{MARK}{message.marker}"}


def wanted_id(target: Mapping[str, str], name: str) -> str:
    """An id out of a target; it becomes part of an address, so nothing but an id may pass. Raises
    Refused."""
    found = target.get(name, "")
    if not (found.isascii() and found.replace("_", "").isalnum()):
        raise Refused("bad_target", f"no {name}")
    return found


def _id_given(external_id: str | None) -> str:
    """Meta took it, but without its id nobody can tell it from its echo: look on the page."""
    if external_id is None:
        raise OutcomeUnknown("unclear", "the answer has no id")
    return external_id
