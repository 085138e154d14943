"""Posts, people, media and direct messages in the shape of version 2 (X API v2 data dictionary).

Everything is built with the names of "tweet"; `renamed` turns them into those of "post".
"""

from datetime import datetime
from typing import Any

from hub.sandbox.x.account_activity import film
from hub.sandbox.x.identities import ACCOUNT_ID
from hub.sandbox.x.teller import Teller
from hub.sandbox.x.text import Told, is_long, short_link
from hub.sandbox.x.values import EDIT_WINDOW, MOST_EDITS, Media, Message, Naming, Person, Post

Json = dict[str, Any]
#: What "tweet" became between May and August 2026.
_POST_NAMES = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "referenced_tweets": "referenced_posts",
    "in_reply_to_tweet_id": "in_reply_to_post_id",
    "note_tweet": "note_post",
    "tweets": "posts",
}
#: How much of a long post stands in `text`.
_CUT = 252


def iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def renamed(value: Any, naming: Naming) -> Any:
    """The same JSON under the names in force."""
    if naming == "tweet":
        return value
    if isinstance(value, list):
        return [renamed(item, naming) for item in value]
    if isinstance(value, dict):
        return {_POST_NAMES.get(name, name): renamed(item, naming) for name, item in value.items()}
    return value


def old_name(name: str) -> str:
    """The name with "tweet" of a field asked for by its name with "post"."""
    return {new: old for old, new in _POST_NAMES.items()}.get(name, name)


def post(teller: Teller, post: Post) -> Json:
    """A post with every field; those without a value are left out."""
    told = teller.told(post)
    parent = teller.store.post(post.reply_to) if post.reply_to else None
    versions = teller.store.versions(post.first_id)
    found: Json = {
        "id": post.id,
        "text": _text(teller, post, told),
        "author_id": post.author_id,
        "created_at": iso(post.created_at),
        "conversation_id": post.conversation_id,
        "display_text_range": [told.start, told.end],
        "edit_history_tweet_ids": versions,
        "edit_controls": _edit_controls(post, len(versions)),
        "entities": entities(told),
        "public_metrics": _metrics(teller, versions),
        "reply_settings": post.reply_settings,
        "possibly_sensitive": False,
        "lang": "fr",
        "source": post.source,
    }
    if parent:
        found["in_reply_to_tweet_id"] = parent.id
        found["in_reply_to_user_id"] = parent.author_id
    if references := _references(post):
        found["referenced_tweets"] = references
    if media := teller.media(post):
        found["attachments"] = {"media_keys": [one.key for one in media]}
    if is_long(post.text):
        found["note_tweet"] = _note(told)
    return found


def person(person: Person) -> Json:
    account = person.id == ACCOUNT_ID
    return {
        "id": person.id,
        "username": person.handle,
        "name": person.name,
        "protected": person.protected,
        "verified": account,
        "verified_type": "government" if account else "none",
        "description": "",
        "url": "",
        "profile_image_url": "https://pbs.twimg.com/profile_images/1/normal.jpg",
        "created_at": iso(person.created_at),
        "public_metrics": {"followers_count": 41, "following_count": 97, "tweet_count": 122},
    }


def media(teller: Teller, media: Media, url: str = "") -> Json:
    """`url` says where it is, when that is not its public address."""
    found: Json = {
        "media_key": media.key,
        "type": media.kind,
        "width": 1200,
        "height": 630,
    }
    if media.kind == "photo":
        found["url"] = url or teller.address(media)
    else:
        found["preview_image_url"] = teller.still(media)
        found["variants"] = film(teller, media, "bit_rate")
        found["duration_ms"] = 3000
    if media.alt_text:
        found["alt_text"] = media.alt_text
    return found


def message(teller: Teller, said: Message) -> Json:
    """An event of a conversation."""
    told = teller.told_message(said)
    found: Json = {
        "id": said.id,
        "event_type": "MessageCreate",
        "text": told.text,
        "sender_id": ACCOUNT_ID if said.from_account else said.person_id,
        "dm_conversation_id": conversation_id(said.person_id),
        "created_at": iso(said.created_at),
        "entities": entities(told),
    }
    if medium := teller.store.media(said.media):
        found["attachments"] = {"media_keys": [medium.key]}
    return found


def conversation_id(person_id: str) -> str:
    """The smaller id first."""
    return "-".join(sorted((person_id, ACCOUNT_ID), key=int))


def entities(told: Told) -> Json:
    """What is marked in a text. Kinds of which there is none are left out."""
    found = {
        "urls": [
            {
                "start": link.start,
                "end": link.end,
                "url": link.url,
                "expanded_url": link.expanded,
                "display_url": link.display,
            }
            for link in told.links
        ],
        "mentions": [
            {
                "start": one.start,
                "end": one.end,
                "username": one.person.handle,
                "id": one.person.id,
            }
            for one in told.mentions
        ],
        "hashtags": [{"start": one.start, "end": one.end, "tag": one.tag} for one in told.hashtags],
    }
    return {name: items for name, items in found.items() if items}


def _text(teller: Teller, post: Post, told: Told) -> str:
    if original := teller.post(post.repost_of):
        return f"RT @{teller.person(original.author_id).handle}: {told.text}"
    if not is_long(post.text):
        return told.text
    whole = f"https://x.com/i/web/status/{post.id}"
    return f"{told.text[:_CUT]}… {short_link(whole)}"


def _note(told: Told) -> Json:
    """The whole of a long post, without the links to its media."""
    tails = [link for link in told.links if link.kind == "media"]
    end = tails[0].start - 1 if tails else len(told.text)
    found: Json = {"text": told.text[:end]}
    marked = Told(
        text=found["text"],
        links=[link for link in told.links if link.kind != "media"],
        mentions=told.mentions,
        hashtags=told.hashtags,
    )
    if entities(marked):
        found["entities"] = entities(marked)
    return found


def _references(post: Post) -> list[Json]:
    kinds = (
        ("replied_to", post.reply_to),
        ("quoted", post.quote_of),
        ("retweeted", post.repost_of),
    )
    return [{"type": kind, "id": post_id} for kind, post_id in kinds if post_id]


def _edit_controls(post: Post, versions: int) -> Json:
    return {
        "edits_remaining": MOST_EDITS + 1 - versions,
        "is_edit_eligible": post.reply_to is None,
        "editable_until": iso(post.created_at + EDIT_WINDOW),
    }


def _metrics(teller: Teller, versions: list[str]) -> Json:
    none = dict.fromkeys(
        ("retweet_count", "reply_count", "quote_count", "bookmark_count", "impression_count"), 0
    )
    return none | {"like_count": len(teller.store.likes(versions))}
