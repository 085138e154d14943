"""Read what happens on a page's wall: comments, visitors' posts, mentions, reviews.

A thread is the post it hangs under; each author in it has a conversation of its own with the
council, so that one person's complaint does not land in another's ticket.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.channels.base import (
    Author,
    Deleted,
    Echo,
    Edited,
    Hidden,
    Ignored,
    InboundMessage,
    Parsed,
    Publication,
    RemoteFile,
)
from hub.channels.facebook.attachments import EMPTY, public_files
from hub.channels.facebook.reading import author
from hub.channels.untrusted import (
    Unreadable,
    first_instant,
    identifier,
    instant,
    mapping,
    text,
)

ADDS = frozenset({"add", ""})  # mentions come without a verb at times
EDITS = frozenset({"edited", "edit", "update"})
REMOVES = frozenset({"remove", "delete"})
HIDES = {"hide": True, "unhide": False}
PASSES = frozenset({"block", "unblock", "follow", "mute"})

POSTS = frozenset({"link", "note", "photo", "post", "status", "video"})
#: Documented items that no citizen writes and nobody answers.
NOT_MESSAGES = frozenset(
    {
        "address",
        "album",
        "connection",
        "coupon",
        "cover",
        "event",
        "experience",
        "group",
        "interest",
        "like",
        "milestone",
        "page",
        "photo-album",
        "picture",
        "platform-story",
        "profile",
        "reaction",
        "relationship-status",
        "share",
        "story",
        "tag",
        "timeline",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """One change, the page it came for, and the `time` of its entry."""

    value: Mapping[str, Any]
    account: str
    sent_at: Any

    def word(self, name: str) -> str:
        return text(self.value.get(name))

    @property
    def created_at(self) -> datetime:
        return first_instant(self.value.get("created_time"), self.sent_at)

    @property
    def happened_at(self) -> datetime:
        """When it was taken down or hidden: `created_time` is that of the text."""
        return first_instant(self.sent_at, self.value.get("created_time"))


def read(value: Mapping[str, Any], account: str, sent_at: Any) -> Parsed:
    """The value of one `feed` or `mention` change. Raises Unreadable.

    `sent_at`: the `time` of its entry, for events that do not tell their own.
    """
    change = _Change(value=value, account=account, sent_at=sent_at)
    item = change.word("item")
    if item == "comment":
        return _comment(change)
    if item in POSTS:
        return _post(change)
    if item in NOT_MESSAGES:
        return Ignored(what=f"{item} {change.word('verb')}".strip())
    raise Unreadable(f"feed item {item!r} is not one the hub reads")


def read_rating(value: Mapping[str, Any], account: str, sent_at: Any) -> Parsed:
    """The value of one `ratings` change: a review with words is a message. Raises Unreadable."""
    item, verb = text(value.get("item")), text(value.get("verb"))
    if item in NOT_MESSAGES:
        return Ignored(what=f"{item} on a review")
    if item not in {"", "rating"}:
        raise Unreadable(f"{item!r} on a review is not something the hub reads")
    if not text(value.get("review_text")) and verb not in REMOVES:
        return Ignored(what="review without words")
    review = dict(value) | {
        "message": value.get("review_text"),
        "post_id": value.get("open_graph_story_id"),
        "sender_id": value.get("reviewer_id"),
        "sender_name": value.get("reviewer_name"),
    }
    return _post(_Change(value=review, account=account, sent_at=sent_at))


def conversation(post_id: str, message_id: str, writer: Author) -> str:
    """The key of a public exchange: the post and the person, or the one message of a person
    whom the platform hides."""
    if writer.external_id is None:
        return f"public:{post_id}:comment:{message_id}"
    return f"public:{post_id}:{writer.external_id}"


def comment_id(value: Any) -> str | None:
    """A comment's id in two parts, `{post}_{comment}`, also when it came in the older three."""
    found = identifier(value)
    return "_".join(found.split("_")[-2:]) if found else None


def _comment(change: _Change) -> Parsed:
    external_id = comment_id(change.value.get("comment_id"))
    if external_id is None:
        raise Unreadable("a comment without comment_id")
    post_id = identifier(change.value.get("post_id")) or external_id.split("_")[0]

    def whole() -> InboundMessage | Echo:
        parent = _parent(change, post_id)
        reply_to = None if parent == external_id else parent
        return _written(change, external_id, post_id, reply_to)

    return _by_verb(change, external_id, whole)


def _post(change: _Change) -> Parsed:
    post_id = identifier(change.value.get("post_id"))
    if post_id is None:
        raise Unreadable("a post without id")

    def whole() -> InboundMessage | Echo | Ignored:
        if author(change.value).external_id == change.account:
            return Ignored(what="own post")
        return _written(change, post_id, post_id, None)

    return _by_verb(change, post_id, whole)


def _by_verb(
    change: _Change, external_id: str, whole: Callable[[], InboundMessage | Echo | Ignored]
) -> Parsed:
    """What happened to a public text: `whole` reads it as it now stands, where it still does."""
    verb, account = change.word("verb"), change.account
    if verb in REMOVES:
        return Deleted(account=account, external_id=external_id, deleted_at=change.happened_at)
    if verb in HIDES:
        hidden, at = HIDES[verb], change.happened_at
        return Hidden(account=account, external_id=external_id, hidden=hidden, at=at)
    if verb in PASSES:
        return Ignored(what=f"{change.word('item')} {verb}")
    if verb not in ADDS | EDITS:
        raise Unreadable(f"verb {verb!r} is not one the hub reads")
    message = whole()
    if verb in EDITS and isinstance(message, InboundMessage):
        edited_at = instant(change.value.get("edited_time")) or change.happened_at
        return Edited(message=message, edited_at=edited_at)
    return message


def _written(
    change: _Change, external_id: str, post_id: str, reply_to: str | None
) -> InboundMessage | Echo:
    """A public text: the citizen's, or the page's own as an Echo."""
    writer = author(change.value)
    words, files = _content(change.value)
    publication = None if external_id == post_id else _publication(change.value, post_id)
    if writer.external_id == change.account:
        return Echo(
            account=change.account,
            external_id=external_id,
            visibility="public",
            text=words,
            posted_at=change.created_at,
            reply_to=reply_to,
            files=files,
            publication=publication,
        )
    return InboundMessage(
        account=change.account,
        external_id=external_id,
        conversation=conversation(post_id, external_id, writer),
        visibility="public",
        author=writer,
        text=words,
        posted_at=change.created_at,
        reply_to=reply_to,
        files=files,
        publication=publication,
    )


def _content(value: Mapping[str, Any]) -> tuple[str, tuple[RemoteFile, ...]]:
    """Text and files, never both empty: a sticker often comes as nothing at all."""
    words, files = text(value.get("message")), public_files(value)
    return words, files or (() if words else (EMPTY,))


def _publication(value: Mapping[str, Any], post_id: str) -> Publication:
    """The post above a comment. Whether it is the page's own, a delivery does not tell."""
    post = mapping(value.get("post"))
    return Publication(
        external_id=post_id,
        permalink=text(post.get("permalink_url")),
        text=text(post.get("message")),
    )


def _parent(change: _Change, post_id: str) -> str | None:
    """The comment this one answers; None at the top of the thread, whose parent is a post."""
    given = identifier(change.value.get("parent_id"))
    if given is None or given in {post_id, *post_id.split("_")}:
        return None
    is_post = given.startswith(f"{change.account}_") and given.count("_") == 1
    return None if is_post else comment_id(given)
