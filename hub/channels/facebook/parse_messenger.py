"""Read Messenger: what a person writes to the page, and what the page writes back.

`sender` and `recipient` are swapped in echoes, and either may be missing in receipts.
A person is known by a page-scoped id (PSID), the same for one page only.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from hub.channels.base import (
    Author,
    Deleted,
    Echo,
    Edited,
    Ignored,
    InboundMessage,
    Parsed,
    Receipt,
    RemoteFile,
)
from hub.channels.facebook.attachments import messenger_content
from hub.channels.untrusted import (
    LONGEST_NAME,
    Unreadable,
    first_instant,
    identifier,
    mapping,
    sequence,
    text,
)

LONGEST_MID = 240
MARK = "outbox:"
#: Known events that are neither words nor about the hub's own words.
NOT_MESSAGES = (
    "account_linking",
    "app_roles",
    "optin",
    "pass_thread_control",
    "reaction",
    "referral",
    "request_thread_control",
    "take_thread_control",
    "typing",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """One item of `messaging` or `standby`, and where it came."""

    value: Mapping[str, Any]
    account: str
    app_id: str
    sent_at: Any

    def party(self, name: str) -> str | None:
        return identifier(mapping(self.value.get(name)).get("id"))

    @property
    def from_page(self) -> bool:
        return self.party("sender") == self.account

    @property
    def person(self) -> str:
        """The PSID of the citizen, on whichever side. Raises Unreadable."""
        found = self.party("recipient" if self.from_page else "sender")
        if found is None or found == self.account:
            raise Unreadable("the item does not say who the person is")
        return found

    @property
    def conversation(self) -> str:
        return f"messenger:{self.person}"

    @property
    def at(self) -> datetime:
        return first_instant(self.value.get("timestamp"), self.sent_at)


def read(value: Mapping[str, Any], account: str, app_id: str, sent_at: Any) -> Parsed:
    """One item of Messenger. Raises Unreadable.

    `sent_at`: the `time` of its entry, for items without a timestamp.
    """
    item = _Item(value=value, account=account, app_id=app_id, sent_at=sent_at)
    for name, reader in READERS.items():
        if isinstance(value.get(name), dict):
            return reader(item, value[name])
    for name in NOT_MESSAGES:
        if name in value:
            return Ignored(what=name)
    raise Unreadable("a Messenger item of no known kind")


def _message(item: _Item, message: Mapping[str, Any]) -> Parsed:
    mid = _mid(item, message)
    if message.get("is_deleted") is True:
        return Deleted(account=item.account, external_id=mid, deleted_at=item.at)
    words = text(message.get("text")) or text(mapping(message.get("quick_reply")).get("payload"))
    content = messenger_content(words, sequence(message.get("attachments")))
    if item.from_page or message.get("is_echo") is True:
        return _echo(item, mid, message, content)
    answered = identifier(mapping(message.get("reply_to")).get("mid"), LONGEST_MID)
    return _inbound(item, mid, content, answered)


def _postback(item: _Item, postback: Mapping[str, Any]) -> Parsed:
    """A pressed button: what it said on it is what the person says."""
    words = text(postback.get("title")) or text(postback.get("payload"))
    content = messenger_content(words, ())
    if item.from_page:
        return Ignored(what="own postback")
    return _inbound(item, _mid(item, postback), content, None)


def _edit(item: _Item, edit: Mapping[str, Any]) -> Parsed:
    """An edit brings the whole new text, and neither files nor the time of the original."""
    mid = _mid(item, edit)
    content = messenger_content(text(edit.get("text")), ())
    if item.from_page:
        return _echo(item, mid, edit, content)
    return Edited(message=_inbound(item, mid, content, None), edited_at=item.at)


def _delivery(item: _Item, receipt: Mapping[str, Any]) -> Parsed:
    return _receipt(item, receipt, "delivered")


def _read_by_person(item: _Item, receipt: Mapping[str, Any]) -> Parsed:
    return _receipt(item, receipt, "read")


def _policy(item: _Item, policy: Mapping[str, Any]) -> Parsed:
    """Meta warns or blocks the page: nothing for a ticket, all the more for a supervisor."""
    action, reason = text(policy.get("action")), text(policy.get("reason"))
    raise Unreadable(f"Meta applies its policy to the page: {action or '?'} ({reason or '?'})")


#: In this order: an item with a message is a message, whatever comes along.
READERS: dict[str, Callable[[_Item, Mapping[str, Any]], Parsed]] = {
    "message": _message,
    "postback": _postback,
    "message_edit": _edit,
    "delivery": _delivery,
    "read": _read_by_person,
    "policy_enforcement": _policy,
}

Content = tuple[str, tuple[RemoteFile, ...]]


def _inbound(item: _Item, mid: str, content: Content, reply_to: str | None) -> InboundMessage:
    name = text(mapping(item.value.get("sender")).get("name"))[:LONGEST_NAME]
    return InboundMessage(
        account=item.account,
        external_id=mid,
        conversation=item.conversation,
        visibility="private",
        author=Author(external_id=item.person, name=name),
        text=content[0],
        posted_at=item.at,
        reply_to=reply_to,
        files=content[1],
    )


def _echo(item: _Item, mid: str, message: Mapping[str, Any], content: Content) -> Echo:
    """What the page wrote: this hub, another app, or somebody in Meta's own inbox."""
    if not item.from_page:
        raise Unreadable("an echo whose sender is not the page")
    return Echo(
        account=item.account,
        external_id=mid,
        visibility="private",
        text=content[0],
        posted_at=item.at,
        conversation=item.conversation,
        reply_to=identifier(mapping(message.get("reply_to")).get("mid"), LONGEST_MID),
        marker=_marker(item.app_id, message),
        files=content[1],
    )


def _marker(app_id: str, message: Mapping[str, Any]) -> str:
    """The marker of one of our own messages. Another app's metadata is not ours to read."""
    sender, metadata = identifier(message.get("app_id")), text(message.get("metadata"))
    if sender and app_id and sender != app_id:
        return ""
    return metadata.removeprefix(MARK) if metadata.startswith(MARK) else ""


def _receipt(
    item: _Item, receipt: Mapping[str, Any], status: Literal["delivered", "read"]
) -> Parsed:
    if item.from_page:
        return Ignored(what=f"{status} by the page")
    until = first_instant(receipt.get("watermark"), item.value.get("timestamp"), item.sent_at)
    return Receipt(account=item.account, conversation=item.conversation, status=status, until=until)


def _mid(item: _Item, part: Mapping[str, Any]) -> str:
    """The id of the message; where Meta gives none (old postbacks), one made of who, when and
    what, so that a repeated delivery has the same."""
    if found := identifier(part.get("mid"), LONGEST_MID):
        return found
    seed = json.dumps([item.party("sender"), item.value.get("timestamp"), part], sort_keys=True)
    return f"made:{sha256(seed.encode()).hexdigest()[:32]}"
