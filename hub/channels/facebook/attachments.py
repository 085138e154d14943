"""Pictures and files of public texts and of Messenger.

What cannot be copied keeps its place through a label: a code ("unsupported", "link", "location",
"empty", "unavailable"; in words under `Channel.sentences["file_" + code]`), followed where there
is more to say by ": " and the platform's own words.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from hub.channels.base import FileKind, RemoteFile
from hub.channels.untrusted import file_name, identifier, mapping, sequence, text, web_address

#: A message without text or attachment: deleted at once, or a kind Meta does not hand out.
EMPTY = RemoteFile(kind="file", label="empty")
THUMB = "👍"
#: The "like" button of Messenger is a sticker in three sizes.
THUMB_STICKERS = frozenset({"369239263222822", "369239343222814", "369239383222810"})
COPIED: dict[str, FileKind] = {
    "image": "image",
    "audio": "audio",
    "video": "video",
    "file": "file",
    "sticker": "sticker",
}
SHARED = frozenset({"fallback", "ig_post", "ig_reel", "post", "reel"})


def public_files(value: Mapping[str, Any]) -> tuple[RemoteFile, ...]:
    """Files of a comment or of a visitor's post.

    A photo post gives its picture in `link`, several in `photos`; everywhere else `link` is
    what the person shared, or the page of the picture.
    """
    several = sequence(value.get("photos"))
    if several:
        return tuple(_file("image", photo) for photo in several)
    item, link = value.get("item"), value.get("link")
    if photo := value.get("photo") or (link if item == "photo" else None):
        return (_file("image", photo),)
    if video := value.get("video") or (link if item == "video" else None):
        return (_file("video", video),)
    shared = text(link)
    return (_noted("link", shared),) if shared and shared not in text(value.get("message")) else ()


def messenger_content(words: str, attachments: Iterable[Any]) -> tuple[str, tuple[RemoteFile, ...]]:
    """Text and files of a Messenger message, never both empty. A thumb becomes text."""
    kept = _without_twins(attachments)
    thumbs = [attachment for attachment in kept if _sticker_id(attachment) in THUMB_STICKERS]
    files = tuple(_attachment(attachment) for attachment in kept if attachment not in thumbs)
    words = words or (THUMB if thumbs else "")
    return words, files or (() if words else (EMPTY,))


def _without_twins(attachments: Iterable[Any]) -> list[Any]:
    """One attachment for each sticker, in the order given.

    In 2026 Meta moved stickers from type "image" to type "sticker" and for three months sent
    both for one sticker, under the same sticker id or the same address. The one that says it
    is a sticker stays.
    """
    numbered = list(enumerate(attachments))
    kept: dict[int, Any] = {}
    seen: set[str] = set()
    for place, attachment in sorted(numbered, key=lambda pair: _sticker_id(pair[1]) is None):
        marks = _sticker_marks(attachment)
        if not marks & seen:
            kept[place] = attachment
        seen |= marks
    return [kept[place] for place in sorted(kept)]


def _sticker_marks(attachment: Any) -> set[str]:
    kind, payload = mapping(attachment).get("type"), mapping(mapping(attachment).get("payload"))
    if kind not in {"image", "sticker"}:
        return set()
    return {mark for mark in (_sticker_id(attachment), web_address(payload.get("url"))) if mark}


def _sticker_id(attachment: Any) -> str | None:
    return identifier(mapping(mapping(attachment).get("payload")).get("sticker_id"))


def _attachment(attachment: Any) -> RemoteFile:
    kind = text(mapping(attachment).get("type"))
    payload = mapping(mapping(attachment).get("payload"))
    if kind in COPIED:
        copied = "sticker" if _sticker_id(attachment) else COPIED[kind]
        return _file(copied, payload.get("url"))
    if kind in SHARED:
        words = [text(mapping(attachment).get(key) or payload.get(key)) for key in ("title", "url")]
        return _noted("link" if kind == "fallback" else "unsupported", _shared(kind, words))
    if kind == "location":
        return _noted("location", _place(payload))
    detail = " ".join((kind, text(payload.get("template_type")))).strip()
    return _noted("unsupported", detail or "?")


def _shared(kind: str, words: list[str]) -> str:
    said = " ".join(word for word in words if word)
    return said if kind == "fallback" else f"{kind} {said}".strip()


def _place(payload: Mapping[str, Any]) -> str:
    found = mapping(payload.get("coordinates"))
    latitude, longitude = found.get("lat"), found.get("long")
    return f"{latitude}, {longitude}" if latitude is not None and longitude is not None else ""


def _file(kind: FileKind, address: Any) -> RemoteFile:
    url = web_address(address)
    if url is None:
        return RemoteFile(kind=kind, label=f"unavailable: {kind}")
    return RemoteFile(kind=kind, url=url, name=file_name(url))


def _noted(code: str, detail: str) -> RemoteFile:
    return RemoteFile(kind="file", label=f"{code}: {detail}" if detail else code)
