"""What the Account Activity API pushes: the shape of version 1.1 (Account Activity API,
Activity data object structure)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from hub.sandbox.values import milliseconds
from hub.sandbox.x.identities import ACCOUNT_ID
from hub.sandbox.x.teller import Teller
from hub.sandbox.x.text import Link, Told, is_long, short_link
from hub.sandbox.x.values import Media, Message, Person, Post

Json = dict[str, Any]
#: How much of a long post stands before the ellipsis and the link.
_CUT = 116


def date(at: datetime) -> str:
    return at.strftime("%a %b %d %H:%M:%S +0000 %Y")


def rounded(number: str) -> int:
    """An id as a number of JavaScript: the last digits are lost, as in X's own examples."""
    return int(Decimal(repr(float(number))))


def post_created(teller: Teller, post: Post) -> Json:
    """A post by the account, or one that mentions, answers, quotes or reposts it."""
    event: Json = {"for_user_id": ACCOUNT_ID}
    if post.author_id != ACCOUNT_ID:
        event["user_has_blocked"] = False
    return event | {"tweet_create_events": [tweet(teller, post)]}


def post_deleted(post: Post, at: datetime) -> Json:
    """Only what the account itself deletes is told."""
    status = {"id": post.id, "user_id": post.author_id}
    gone = {"status": status, "timestamp_ms": str(milliseconds(at))}
    return {"for_user_id": ACCOUNT_ID, "tweet_delete_events": [gone]}


def liked(teller: Teller, post: Post, person: Person, at: datetime) -> Json:
    """The time counts as a number here, and as text in posts."""
    like = {
        "id": short_link(f"{post.id}{person.id}").rsplit("/", 1)[-1],
        "created_at": date(at),
        "timestamp_ms": milliseconds(at),
        "favorited_status": tweet(teller, post),
        "user": user(person),
    }
    return {"for_user_id": ACCOUNT_ID, "favorite_events": [like]}


def message(teller: Teller, said: Message) -> Json:
    """A direct message, in either direction."""
    return {
        "for_user_id": ACCOUNT_ID,
        "direct_message_events": [message_event(teller, said)],
        "apps": {"3033300": {"id": "3033300", "name": "X for iPhone", "url": "https://x.com"}},
        "users": {
            person_id: _message_user(teller.person(person_id))
            for person_id in (said.person_id, ACCOUNT_ID)
        },
    }


def read(teller: Teller, person: Person, last_id: str, at: datetime) -> Json:
    """A person has read what the account wrote."""
    event = {
        "created_timestamp": str(milliseconds(at)),
        "sender_id": person.id,
        "target": {"recipient_id": ACCOUNT_ID},
        "last_read_event_id": last_id,
    }
    return {
        "for_user_id": ACCOUNT_ID,
        "direct_message_mark_read_events": [event],
        "users": {person.id: _message_user(person)},
    }


def revoked(app_id: str, at: datetime) -> Json:
    """The account has taken its permission back."""
    revoke = {
        "date_time": f"{at:%Y-%m-%dT%H:%M:%S}+00:00",
        "target": {"app_id": app_id},
        "source": {"user_id": ACCOUNT_ID},
    }
    return {"user_event": {"revoke": revoke}}


def message_event(teller: Teller, said: Message) -> Json:
    """One item of direct_message_events: X Activity carries it in the same shape."""
    sender, recipient = said.person_id, ACCOUNT_ID
    if said.from_account:
        sender, recipient = recipient, sender
    told = teller.told_message(said)
    data: Json = {"text": told.text, "entities": entities(told)}
    if said.media:
        data["attachment"] = {"type": "media", "media": _private_media(teller, said, told)}
    return {
        "type": "message_create",
        "id": said.id,
        "created_timestamp": str(milliseconds(said.created_at)),
        "message_create": {
            "target": {"recipient_id": recipient},
            "sender_id": sender,
            "source_app_id": "3033300",
            "message_data": data,
        },
    }


def tweet(teller: Teller, post: Post) -> Json:
    """A post with everything in it. Numbers of ids are rounded: only the texts are true."""
    told, media = teller.told(post), teller.media(post)
    original = teller.post(post.repost_of)
    long = is_long(post.text)
    found: Json = {
        "created_at": date(post.created_at),
        "id": rounded(post.id),
        "id_str": post.id,
        **(_cut(post, told) if long else _whole(teller, told, media)),
        "source": f'<a href="https://x.com" rel="nofollow">{post.source}</a>',
        "truncated": long,
        **_in_reply_to(teller, post, told),
        "user": user(teller.person(post.author_id)),
        "geo": None,
        "coordinates": None,
        "place": None,
        "contributors": None,
        "is_quote_status": post.quote_of is not None,
        "quote_count": 0,
        "reply_count": 0,
        "retweet_count": 0,
        "favorite_count": len(teller.store.likes(teller.store.versions(post.first_id))),
        "favorited": False,
        "retweeted": False,
        "filter_level": "low",
        "lang": "fr",
        "timestamp_ms": str(milliseconds(post.created_at)),
    }
    if long:
        found["extended_tweet"] = {"full_text": told.text} | _extended(teller, told, media)
    if original:
        found["text"] = f"RT @{teller.person(original.author_id).handle}: {found['text']}"
        found["retweeted_status"] = tweet(teller, original)
    return found | _quote(teller, post, told) | _history(teller, post)


def user(person: Person) -> Json:
    """An author. Many fields have been empty for years, and are told all the same."""
    return {
        "id": rounded(person.id),
        "id_str": person.id,
        "name": person.name,
        "screen_name": person.handle,
        "location": None,
        "url": None,
        "description": None,
        "protected": person.protected,
        "verified": person.id == ACCOUNT_ID,
        "followers_count": 41,
        "friends_count": 97,
        "statuses_count": 122,
        "created_at": date(person.created_at),
        "lang": None,
        "default_profile": True,
        "default_profile_image": False,
        "profile_image_url_https": "https://pbs.twimg.com/profile_images/1/normal.jpg",
        "following": None,
    }


def entities(told: Told, media: list[Json] | None = None) -> Json:
    """What is marked in a text."""
    found: Json = {
        "hashtags": [
            {"text": one.tag, "indices": [one.start, one.end]} for one in told.hashtags
        ],
        "urls": [_url(link) for link in told.links if link.kind == "typed"],
        "user_mentions": [
            {
                "screen_name": one.person.handle,
                "name": one.person.name,
                "id": rounded(one.person.id),
                "id_str": one.person.id,
                "indices": [one.start, one.end],
            }
            for one in told.mentions
        ],
        "symbols": [],
    }  # fmt: skip
    if media:
        found["media"] = media
    return found


def _url(link: Link) -> Json:
    return {
        "url": link.url,
        "expanded_url": link.expanded,
        "display_url": link.display,
        "indices": [link.start, link.end],
    }


def _whole(teller: Teller, told: Told, media: list[Media]) -> Json:
    return {"text": told.text} | _extended(teller, told, media)


def _extended(teller: Teller, told: Told, media: list[Media]) -> Json:
    """`entities` shows the first media only and calls a film a photo; `extended_entities` tells
    the truth."""
    found = [_medium(teller, one, told) for one in media]
    first = [{k: v for k, v in found[0].items() if k != "video_info"} | {"type": "photo"}] if (
        found
    ) else []  # fmt: skip
    told_so: Json = {
        "display_text_range": [told.start, told.end],
        "entities": entities(told, first),
    }
    return told_so | ({"extended_entities": {"media": found}} if found else {})


def _medium(teller: Teller, media: Media, told: Told) -> Json:
    link = next(link for link in told.links if link.kind == "media")
    found = _url(link) | {
        "id": rounded(media.id),
        "id_str": media.id,
        "media_url_https": teller.still(media),
        "type": media.kind,
    }
    if media.alt_text:
        found["ext_alt_text"] = media.alt_text
    if media.kind != "photo":
        found["video_info"] = {"variants": film(teller, media, "bitrate")}
    return found


def film(teller: Teller, media: Media, rate: str) -> list[Json]:
    """The variants of a film: one to stream, and two files of which the second is better. `rate`
    is what the bit rate is called."""
    url = teller.address(media)
    return [
        {"content_type": "application/x-mpegURL", "url": f"{url}?tag=stream"},
        {"content_type": "video/mp4", "url": f"{url}?tag=small", rate: 256000},
        {"content_type": "video/mp4", "url": url, rate: 2176000},
    ]


def _private_media(teller: Teller, said: Message, told: Told) -> Json:
    media = teller.store.media(said.media)
    kind = media.kind if media else "photo"
    link = next(link for link in told.links if link.kind == "media")
    found = _url(link) | {
        "id": rounded(said.media),
        "id_str": said.media,
        "media_url_https": teller.private_address(said),
        "type": kind,
    }
    if media and kind != "photo":
        found["video_info"] = {"variants": film(teller, media, "bitrate")}
    return found


def _cut(post: Post, told: Told) -> Json:
    """A long post begins here and stands whole in `extended_tweet`."""
    whole = f"https://x.com/i/web/status/{post.id}"
    start = told.text[:_CUT]
    begun = Told(text=f"{start}… {short_link(whole)}", end=len(start) + 1)
    begun.links = [Link(len(start) + 2, len(begun.text), short_link(whole), whole, "x.com/i/web…")]
    begun.mentions = [one for one in told.mentions if one.end <= len(start)]
    return {
        "text": begun.text,
        "display_text_range": [0, len(begun.text)],
        "entities": entities(begun),
    }


def _in_reply_to(teller: Teller, post: Post, told: Told) -> Json:
    """The answered post and its author; a post that begins with a handle names that person."""
    parent = teller.store.post(post.reply_to) if post.reply_to else None
    person = teller.person(parent.author_id) if parent else None
    if parent is None and told.mentions and told.mentions[0].start == 0:
        person = told.mentions[0].person
    return {
        "in_reply_to_status_id": rounded(parent.id) if parent else None,
        "in_reply_to_status_id_str": parent.id if parent else None,
        "in_reply_to_user_id": rounded(person.id) if person else None,
        "in_reply_to_user_id_str": person.id if person else None,
        "in_reply_to_screen_name": person.handle if person else None,
    }


def _quote(teller: Teller, post: Post, told: Told) -> Json:
    if post.quote_of is None:
        return {}
    found: Json = {
        "quoted_status_id": rounded(post.quote_of),
        "quoted_status_id_str": post.quote_of,
    }
    if quoted := teller.post(post.quote_of):
        found["quoted_status"] = tweet(teller, quoted)
    for link in told.links:
        if link.kind == "quote":
            words = {"url": link.url, "expanded": link.expanded, "display": link.display}
            found["quoted_status_permalink"] = words
    return found


def _history(teller: Teller, post: Post) -> Json:
    """An edited post names its first version (Edit posts, v1.1 fields)."""
    versions = teller.store.versions(post.first_id)
    edited = versions[: versions.index(post.id) + 1]
    if len(edited) == 1:
        return {}
    return {
        "edit_history": {"initial_tweet_id": edited[0], "edit_tweet_ids": edited},
        "edit_controls": {"edits_remaining": str(6 - len(edited)), "is_edit_eligible": True},
    }


def _message_user(person: Person) -> Json:
    return {
        "id": person.id,
        "created_timestamp": str(milliseconds(person.created_at)),
        "name": person.name,
        "screen_name": person.handle,
        "protected": person.protected,
        "verified": person.id == ACCOUNT_ID,
        "followers_count": 12,
        "friends_count": 30,
        "statuses_count": 455,
        "profile_image_url_https": "https://pbs.twimg.com/profile_images/1/normal.jpg",
    }
