"""Read posts and direct messages in the shape of X's version 1.1: deliveries of the Account
Activity API, and direct messages of the X Activity API too.

What comes is described at docs.x.com/x-api/account-activity/introduction and, for long posts, in
the data dictionary of version 1.1.
"""

from collections.abc import Mapping
from typing import Any

from hub.channels.base import Ignored, Parsed, RemoteFile
from hub.channels.twitter import plain_text
from hub.channels.twitter.attachments import attached_files, media_files
from hub.channels.twitter.messages import (
    DirectMessage,
    Post,
    Reference,
    history,
    of_direct_message,
    of_post,
)
from hub.channels.twitter.plain_text import Wording
from hub.channels.twitter.reading import id_of, person, written_at
from hub.channels.untrusted import Unreadable, mapping, sequence, text

Json = Mapping[str, Any]


def post(found: Json, account: str) -> Parsed:
    """One item of `tweet_create_events`. Raises Unreadable."""
    seen = _post(found, account)
    if _is_about_others(seen, account):
        return Ignored(what="quote of somebody else's post")
    return of_post(seen, account)


def direct_message(found: Json, account: str, users: Json) -> Parsed:
    """One item of `direct_message_events`. `users`: those that came along, by id. Raises
    Unreadable."""
    created = mapping(found.get("message_create"))
    external_id, sender = id_of(found), id_of(created, "sender_id")
    if external_id is None or sender is None:
        raise Unreadable("a direct message event of no known kind, or without id or sender")
    data = mapping(created.get("message_data"))
    message = DirectMessage(
        external_id=external_id,
        sender=person(sender, users.get(sender)),
        recipient=id_of(created.get("target"), "recipient_id"),
        sent_at=written_at(external_id, found.get("created_timestamp")),
        text=_private_text(data),
        files=attached_files(mapping(data.get("attachment"))),
    )
    return of_direct_message(message, account)


def _private_text(data: Json) -> str:
    """The words, or what the button meant that the person pressed."""
    media = mapping(mapping(data.get("attachment")).get("media"))
    found = plain_text.links(data.get("entities"), {"media": [media]})
    pressed = mapping(data.get("quick_reply_response"))
    return plain_text.plain(text(data.get("text")), found) or text(pressed.get("metadata"))


def _is_about_others(post: Post, account: str) -> bool:
    """A quote that has nothing to do with the account. When the quoted post is gone, X does not
    say whose it was, and the quote counts."""
    quoted = post.quotes.author_id if post.quotes else None
    answered = post.answers.author_id if post.answers else None
    is_for_others = quoted is not None and account not in {quoted, answered}
    return is_for_others and post.mention == "no" and post.author.external_id != account


def _post(found: Json, account: str) -> Post:
    external_id, author = id_of(found), mapping(found.get("user"))
    author_id = id_of(author)
    if external_id is None or author_id is None:
        raise Unreadable("a post without id or author")
    wording = _wording(found, external_id, account)
    return Post(
        history=history(external_id, _versions(found)),
        author=person(author_id, author),
        created_at=written_at(external_id, found.get("created_at"), found.get("timestamp_ms")),
        text=wording.text,
        mention=wording.mention,
        files=_files(found),
        conversation_id=id_of(found, "conversation_id"),
        answers=_answered(found),
        quotes=_quoted(found),
        is_repost=bool(found.get("retweeted_status")),
        is_cut=_is_cut(found),
    )


def _versions(found: Json) -> list[Any]:
    told = mapping(found.get("edit_history"))
    return [told.get("initial_tweet_id"), *sequence(told.get("edit_tweet_ids"))]


def _answered(found: Json) -> Reference | None:
    answered = id_of(found, "in_reply_to_status_id")
    if answered is None:
        return None  # `in_reply_to_user_id` alone: a post that begins with somebody's handle
    return Reference(external_id=answered, author_id=id_of(found, "in_reply_to_user_id"))


def _quoted(found: Json) -> Reference | None:
    """The quoted post. It comes whole, unless it is gone."""
    quoted = mapping(found.get("quoted_status"))
    external_id = id_of(found, "quoted_status_id") or id_of(quoted)
    if external_id is None:
        return None
    author_id = id_of(quoted.get("user"))
    words = "" if _is_cut(quoted) else _wording(quoted, external_id, "").text
    return Reference(external_id=external_id, author_id=author_id, text=words)


def _wording(found: Json, external_id: str, account: str) -> Wording:
    whole, entities = _whole(found), _entities(found)
    words = text(whole.get("full_text")) or text(whole.get("text"))
    named = plain_text.links(*entities)
    permalink = text(mapping(found.get("quoted_status_permalink")).get("url"))
    added = [
        plain_text.leading_to(post_id, named)
        for post_id in (external_id, id_of(found, "quoted_status_id"))
    ]
    tagged = [one for one in plain_text.mentioned(*entities) if id_of(one) == account]
    handles = [text(one.get("screen_name")) for one in tagged]
    if id_of(found, "in_reply_to_user_id") == account:
        handles.append(text(found.get("in_reply_to_screen_name")))
    return Wording(
        words=words,
        beginning=words,
        start=next(iter(sequence(whole.get("display_text_range"))), None),
        is_reply=id_of(found, "in_reply_to_status_id") is not None,
        links=named,
        own=frozenset({permalink}).union(*added),
        unnamed=0,
        handles=frozenset(handles),
        is_tagged=bool(tagged),
    )


def _whole(found: Json) -> Json:
    """Where the whole text is: a long post has only its beginning at the top."""
    extended = mapping(found.get("extended_tweet"))
    return extended if text(extended.get("full_text")) else found


def _is_cut(found: Json) -> bool:
    return found.get("truncated") is True and _whole(found) is found and "full_text" not in found


def _entities(found: Json) -> list[Any]:
    """What explains the text: all that comes with the whole of it, then what comes with its
    beginning. Of several pictures `entities` shows the first, and calls a film a picture."""
    holders = (_whole(found), found)
    return [holder.get(name) for holder in holders for name in ("extended_entities", "entities")]


def _files(found: Json) -> tuple[RemoteFile, ...] | None:
    if _is_cut(found):
        return None
    for entities in map(mapping, _entities(found)):
        if media := sequence(entities.get("media")):
            return media_files(media)
    return ()
