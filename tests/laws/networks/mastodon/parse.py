"""From a post, as Mastodon's interface tells it, to the hub's values. Pure.

Entities: docs.joinmastodon.org/entities/Status and /MediaAttachment. Other software of the same
network answers in the same shapes with less in them, so nothing is trusted.
"""

import re
from collections.abc import Mapping
from typing import Any

from hub.channels.base import (
    Author,
    Echo,
    Edited,
    FileKind,
    Ignored,
    InboundMessage,
    Parsed,
    Publication,
    RemoteFile,
    Visibility,
)
from hub.channels.mastodon.plain_text import plain_text
from hub.channels.untrusted import (
    LONGEST_NAME,
    Unreadable,
    file_name,
    first_instant,
    guarded,
    identifier,
    instant,
    mapping,
    sequence,
    text,
    web_address,
)

Json = Mapping[str, Any]

KINDS: Mapping[str, FileKind] = {
    "image": "image",
    "gifv": "video",
    "video": "video",
    "audio": "audio",
}


def notification(raw: Any, account: str) -> Parsed:
    """What an entry of the account's notifications is to the hub. Never raises for content."""
    kind = text(mapping(raw).get("type"))
    if kind != "mention":
        return Ignored(what=f"notification {kind}")
    return post(mapping(raw).get("status"), account)


def post(raw: Any, account: str) -> Parsed:
    """What a post is to `account` (the external id of the council's): a citizen's message, as it
    was first written or edited since, or one of our own. Never raises for content."""
    return guarded(lambda: _post(mapping(raw), account), raw)


def own_id(account: str) -> str:
    """By which id its server knows an account that is connected as `id@host`."""
    return account.partition("@")[0]


def _post(raw: Json, account: str) -> Parsed:
    if raw.get("reblog"):
        return Ignored(what="boost")
    author = mapping(raw.get("account"))
    if identifier(author.get("id")) == own_id(account):
        return _echo(raw, account)
    message = _message(raw, author, account)
    edited_at = instant(raw.get("edited_at"))
    return Edited(message=message, edited_at=edited_at) if edited_at else message


def _message(raw: Json, author: Json, account: str) -> InboundMessage:
    author_id, acct = identifier(author.get("id")), text(author.get("acct"))
    if author_id is None or not acct:
        raise Unreadable("the post does not say who wrote it")
    name = text(author.get("display_name")) or text(author.get("username"))
    reply_to, visibility = identifier(raw.get("in_reply_to_id")), _visibility(raw)
    thread = f"public:{reply_to or _id(raw)}" if visibility == "public" else "direct"
    return InboundMessage(
        account=account,
        external_id=_id(raw),
        conversation=f"{thread}:{author_id}",
        visibility=visibility,
        author=Author(external_id=author_id, name=name[:LONGEST_NAME], handle=f"@{acct}"),
        text=_text(raw, own_id(account)),
        posted_at=first_instant(raw.get("created_at")),
        reply_to=reply_to,
        files=_files(raw),
        publication=_publication(raw, reply_to, account),
        details={"visibility": text(raw.get("visibility"))},
    )


def _echo(raw: Json, account: str) -> Echo:
    people = [mapping(person) for person in sequence(raw.get("mentions"))]
    said = without_mentions(_text(raw), people)
    to = [person_id for person in people if (person_id := identifier(person.get("id")))]
    is_private = _visibility(raw) == "private"
    return Echo(
        account=account,
        external_id=_id(raw),
        visibility=_visibility(raw),
        text=said,
        posted_at=first_instant(raw.get("created_at")),
        conversation=f"direct:{to[0]}" if is_private and len(to) == 1 else None,
        reply_to=identifier(raw.get("in_reply_to_id")),
        files=_files(raw),
    )


def _id(raw: Json) -> str:
    found = identifier(raw.get("id"))
    if found is None:
        raise Unreadable("the post has no id")
    return found


def _visibility(raw: Json) -> Visibility:
    """A post for followers is no public one: an answer that all can read would tell of it."""
    return "public" if raw.get("visibility") in {"public", "unlisted"} else "private"


def _text(raw: Json, addressee: str = "") -> str:
    """The words after a content warning, without the mention of `addressee` before them."""
    people = [mapping(person) for person in sequence(raw.get("mentions"))]
    named = [person for person in people if identifier(person.get("id")) == addressee]
    said = without_mentions(plain_text(text(raw.get("content"))), named)
    return "\n\n".join(part for part in (text(raw.get("spoiler_text")).strip(), said) if part)


def without_mentions(said: str, people: list[Json]) -> str:
    """The text without the names of these people at its beginning. A text of names alone stays."""
    names = {text(person.get(name)) for person in people for name in ("username", "acct")} - {""}
    if not names:
        return said
    either = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.sub(rf"(?i)^(@({either})(?![\w@.-])[\s,:]*)+", "", said) or said


def _files(raw: Json) -> tuple[RemoteFile, ...]:
    return tuple(_file(mapping(found)) for found in sequence(raw.get("media_attachments")))


def _file(found: Json) -> RemoteFile:
    """A file goes by its text alternative, which says more than what servers call it."""
    kind, url = KINDS.get(text(found.get("type")), "file"), web_address(found.get("url"))
    described = " ".join(text(found.get("description")).split())[:LONGEST_NAME]
    if url is None:
        return RemoteFile(kind=kind, label=f"unavailable: {described}".rstrip(": "))
    return RemoteFile(kind=kind, url=url, name=described or file_name(url))


def _publication(raw: Json, reply_to: str | None, account: str) -> Publication | None:
    answered = identifier(raw.get("in_reply_to_account_id"))
    is_ours = reply_to is not None and answered == own_id(account)
    return Publication(external_id=reply_to) if is_ours and reply_to else None
