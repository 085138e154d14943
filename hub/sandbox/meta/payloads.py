"""What Meta's webhooks carry: one function for each kind of item (Page and Messenger webhooks)."""

from datetime import datetime
from typing import Any

from hub.sandbox.meta.identities import PAGE_ID, PAGE_NAME
from hub.sandbox.meta.values import AppSettings, Comment, Message, Person, Post
from hub.sandbox.values import milliseconds

Json = dict[str, Any]


def graph_date(when: datetime) -> str:
    """Graph's ISO form, without a colon in the offset."""
    return when.strftime("%Y-%m-%dT%H:%M:%S+0000")


def permalink(post_id: str) -> str:
    return f"https://www.facebook.com/{PAGE_ID}/posts/{post_id.split('_')[1]}"


def feed_entry(value: Json, sent_at: datetime) -> Json:
    """An entry of `changes`; its time counts seconds."""
    change = {"field": "feed", "value": value}
    return {"id": PAGE_ID, "time": milliseconds(sent_at) // 1000, "changes": [change]}


def messaging_entry(*items: Json, sent_at: datetime, key: str = "messaging") -> Json:
    """An entry of `messaging` (or `standby`); its time counts milliseconds."""
    return {"id": PAGE_ID, "time": milliseconds(sent_at), key: list(items)}


def comment_value(
    app: AppSettings, comment: Comment, post: Post, author: Person | None, verb: str
) -> Json:
    """The `value` of a comment's change. `author` is None for the page's own comments."""
    value: Json = {
        "from": _from(author),
        "post": _post_summary(post),
        "post_id": post.id,
        "comment_id": comment.id,
        "parent_id": comment.parent_id or post.id,
        "created_time": milliseconds(comment.created_at) // 1000,
        "item": "comment",
        "verb": verb,
    }
    if verb == "remove":
        value["from"] = {"id": value["from"]["id"]}
        return value
    if comment.text:
        value["message"] = comment.text
    if comment.picture:
        value["photo"] = app.file_url(comment.picture)
    if verb == "edited" and comment.edited_at:
        value["edited_time"] = milliseconds(comment.edited_at) // 1000
    if verb in {"hide", "unhide"}:
        value["is_hidden"] = comment.hidden
    return value


def post_value(app: AppSettings, post: Post, author: Person | None, verb: str) -> Json:
    """The `value` of a post's change, by the page (`author` None) or a visitor."""
    value: Json = {
        "from": _from(author),
        "post_id": post.id,
        "created_time": milliseconds(post.created_at) // 1000,
        "item": "photo" if post.picture else "status",
        "published": 1,
        "verb": verb,
    }
    if post.text:
        value["message"] = post.text
    if post.picture:
        value |= {"link": app.file_url(post.picture), "photo_id": post.id.split("_")[1]}
    return value


def message_item(message: Message) -> Json:
    """A Messenger item: what the person wrote, or the echo of what the page wrote."""
    content: Json = {"mid": message.mid}
    if message.from_page:
        content["is_echo"] = True
        if message.app_id:
            content["app_id"] = int(message.app_id)
        if message.metadata:
            content["metadata"] = message.metadata
    if message.text:
        content["text"] = message.text
    if message.attachments:
        content["attachments"] = list(message.attachments)
    if message.reply_to:
        content["reply_to"] = {"mid": message.reply_to}
    return _item(message, message=content)


def postback_item(message: Message, payload: str) -> Json:
    """A pressed button."""
    content = {"mid": message.mid, "title": message.text, "payload": payload}
    return _item(message, postback=content)


def edit_item(message: Message, at: datetime) -> Json:
    content = {"mid": message.mid, "text": message.text, "num_edit": message.edits}
    return _item(message, message_edit=content) | {"timestamp": milliseconds(at)}


def reaction_item(psid: str, mid: str, reaction: str, emoji: str, at: datetime) -> Json:
    content = {"reaction": reaction, "emoji": emoji, "action": "react", "mid": mid}
    return _inbound(psid) | {"timestamp": milliseconds(at), "reaction": content}


def delivery_item(message: Message) -> Json:
    """The person's phone has the page's message."""
    content = {"mids": [message.mid], "watermark": milliseconds(message.created_at)}
    return _inbound(message.psid) | {"delivery": content}


def read_item(psid: str, at: datetime) -> Json:
    """The person has read all until `at`."""
    count = milliseconds(at)
    return _inbound(psid) | {"timestamp": count, "read": {"watermark": count}}


def _item(message: Message, /, **content: Json) -> Json:
    ends = _inbound(message.psid)
    if message.from_page:
        ends = {"sender": ends["recipient"], "recipient": ends["sender"]}
    return ends | {"timestamp": milliseconds(message.created_at)} | content


def _inbound(psid: str) -> Json:
    return {"sender": {"id": psid}, "recipient": {"id": PAGE_ID}}


def _from(author: Person | None) -> Json:
    if author is None:
        return {"id": PAGE_ID, "name": PAGE_NAME}
    return {"id": author.id, "name": author.name}


def _post_summary(post: Post) -> Json:
    return {
        "status_type": "added_photos" if post.picture else "mobile_status_update",
        "is_published": True,
        "updated_time": graph_date(post.created_at),
        "permalink_url": permalink(post.id),
        "promotion_status": "inactive",
        "id": post.id,
    }
