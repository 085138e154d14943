"""Write what was read from the Graph API as the delivery would have been written."""

from collections.abc import Mapping
from typing import Any

from hub.channels.untrusted import identifier, mapping, sequence, text

Json = Mapping[str, Any]


def post_as_delivered(post: Json, post_id: str) -> dict[str, Any]:
    """A post read from the feed, as its `feed` change would say it."""
    attachments = sequence(mapping(post.get("attachments")).get("data"))
    parts = [
        part
        for attachment in map(mapping, attachments)
        for part in sequence(mapping(attachment.get("subattachments")).get("data")) or [attachment]
    ]
    return {
        "item": "status",
        "verb": "add",
        "post_id": post_id,
        "from": post.get("from"),
        "message": post.get("message"),
        "created_time": post.get("created_time"),
        **_media(parts),
    }


def comment_as_delivered(comment: Json, post: Json, post_id: str) -> dict[str, Any]:
    """A comment read from the feed, as its `feed` change would say it."""
    return {
        "item": "comment",
        "verb": "add",
        "post_id": post_id,
        "comment_id": comment.get("id"),
        "parent_id": mapping(comment.get("parent")).get("id") or post_id,
        "from": comment.get("from"),
        "message": comment.get("message"),
        "created_time": comment.get("created_time"),
        "post": {"permalink_url": post.get("permalink_url"), "message": post.get("message")},
        **_media([comment["attachment"]] if comment.get("attachment") else []),
    }


def _media(attachments: list[Any]) -> dict[str, Any]:
    """Pictures, or a film, or a shared link, under the names deliveries use."""
    parts = [mapping(attachment) for attachment in attachments]
    pictures = [source for part in parts if (source := _picture(part))]
    if len(pictures) > 1:
        return {"photos": pictures}
    if pictures:
        return {"photo": pictures[0]}
    for part in parts:
        film = mapping(part.get("media")).get("source")
        return {"video": film} if film else {"link": part.get("url")}
    return {}


def _picture(attachment: Json) -> str:
    """The address of a photo, sticker or moving picture; "" for films and shared pages, whose
    picture is only a preview."""
    kind = text(attachment.get("type")) or text(attachment.get("media_type"))
    if "video" in kind or kind in {"share", "link"}:
        return ""
    return text(mapping(mapping(attachment.get("media")).get("image")).get("src"))


def message_as_delivered(message: Json, talk: Json, page_id: str) -> dict[str, Any]:
    """A message read from a conversation, as Messenger would deliver it."""
    sender = mapping(message.get("from"))
    person = next(
        (
            party
            for party in map(mapping, sequence(mapping(talk.get("participants")).get("data")))
            if identifier(party.get("id")) != page_id
        ),
        None,
    )
    by_page = identifier(sender.get("id")) == page_id
    return {
        "sender": sender or person,
        "recipient": person if by_page else {"id": page_id},
        "timestamp": message.get("created_time"),
        "message": {
            "mid": message.get("id"),
            "text": message.get("message"),
            "attachments": _attachments(message),
            "is_echo": by_page,
        },
    }


def _attachments(message: Json) -> list[dict[str, Any]]:
    files = [
        _attachment(mapping(file))
        for file in sequence(mapping(message.get("attachments")).get("data"))
    ]
    if sticker := message.get("sticker"):
        files.append({"type": "sticker", "payload": {"url": sticker}})
    return files


def _attachment(file: Json) -> dict[str, Any]:
    for kind, holder in (("image", "image_data"), ("video", "video_data")):
        if url := mapping(file.get(holder)).get("url"):
            return {"type": kind, "payload": {"url": url}}
    is_audio = text(file.get("mime_type")).startswith("audio/")
    return {"type": "audio" if is_audio else "file", "payload": {"url": file.get("file_url")}}
