"""Say a reply on X: in public under the citizen's post, or in a direct message."""

import time
from collections.abc import Mapping
from typing import Any

from hub.channels.base import OutboundMessage, OutcomeUnknown, Refused, Sent
from hub.channels.twitter.client import AccountApi
from hub.channels.twitter.length import weighted_length
from hub.channels.twitter.media import Pause, upload
from hub.channels.twitter.scopes import may
from hub.channels.twitter.terms import Terms
from hub.channels.twitter.ways import POST_LIMIT
from hub.channels.untrusted import identifier, mapping


def send(
    api: AccountApi,
    message: OutboundMessage,
    terms: Terms,
    *,
    pause: Pause = time.sleep,
) -> Sent:
    """Publish or send the reply, or this part of it. Raises ChannelError; nothing is tried twice.

    The terms are checked again: a reply may have waited since its way was chosen. `pause` waits
    for so many seconds.
    """
    mode = message.target.get("mode")
    if mode == "reply":
        return _reply(api, message, terms, pause)
    if mode == "dm":
        return _direct_message(api, message, terms, pause)
    raise Refused("bad_target", f"mode {mode!r}")


def _reply(api: AccountApi, message: OutboundMessage, terms: Terms, pause: Pause) -> Sent:
    answered = message.previous or wanted_id(message.target, "post_id")
    _check_text(message, weighted_length(message.text), POST_LIMIT)
    summoned = message.target.get("summoned", "")
    if message.previous is None and not terms.takes_replies_to(summoned):
        raise Refused("not_summoned", "the post neither names nor quotes the account")
    body: dict[str, Any] = {"reply": {"in_reply_to_tweet_id": answered}}
    if message.text.strip():
        body["text"] = message.text
    if media_ids := upload(api, message.files, "tweet", terms.post_files, pause=pause):
        body["media"] = {"media_ids": media_ids}
    try:
        answer = api.post("tweets", body)
    except Refused as error:
        if error.code == "refused" and _may_lack_summons(summoned, terms):
            raise Refused("not_summoned", error.detail) from error
        raise
    except OutcomeUnknown as error:
        if error.code == "duplicate" and message.tried_at is None:
            raise Refused("said_already", error.detail) from error
        raise  # an earlier try of this one may have arrived
    return Sent(external_id=_id_given(answer, "id"))


def _direct_message(api: AccountApi, message: OutboundMessage, terms: Terms, pause: Pause) -> Sent:
    person = wanted_id(message.target, "user_id")
    longest = terms.longest_message_with_file if message.files else terms.longest_message
    _check_text(message, len(message.text), longest)
    if not may(api.account, "dm.write"):
        raise Refused("permission_missing", "the scope dm.write was not granted")
    body: dict[str, Any] = {"text": message.text} if message.text.strip() else {}
    if media_ids := upload(api, message.files, "dm", terms.message_files, pause=pause):
        body["attachments"] = [{"media_id": media_id} for media_id in media_ids]
    try:
        answer = api.post(f"dm_conversations/with/{person}/messages", body)
    except Refused as error:
        if error.code == "refused":  # X names the reason of few refusals
            raise Refused("dm_refused", error.detail) from error
        raise
    return Sent(external_id=_id_given(answer, "dm_event_id"), conversation=f"dm:{person}")


def _may_lack_summons(summoned: str, terms: Terms) -> bool:
    """X gives no reason for some refusals; where the post does not plainly name the account, this
    is the likely one."""
    return terms.access.replies_need_summons and summoned != "explicit"


def _check_text(message: OutboundMessage, length: int, limit: int) -> None:
    if not (message.text.strip() or message.files):
        raise Refused("empty")
    if length > limit:
        raise Refused("too_long", f"{length} of {limit}")


def wanted_id(target: Mapping[str, str], name: str) -> str:
    """An id out of a target; it becomes part of an address, so nothing but an id may pass. Raises
    Refused."""
    found = target.get(name, "")
    if not (found.isascii() and found.isdecimal()):
        raise Refused("bad_target", f"no {name}")
    return found


def _id_given(answer: Mapping[str, Any], name: str) -> str:
    """X took it, but without its id nobody can tell it from its echo: look on X."""
    external_id = identifier(mapping(answer.get("data")).get(name))
    if external_id is None:
        raise OutcomeUnknown("unclear", "the answer has no id")
    return external_id
