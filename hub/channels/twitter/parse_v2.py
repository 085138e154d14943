"""Read the objects of X's API version 2: posts and direct messages that it was asked for, and the
same in deliveries of the X Activity API and of filtered streams.

Deliveries and guides speak of tweets (`referenced_tweets`, `note_tweet`), newer answers of posts
(`referenced_posts`, `note_post`): both are read everywhere. What comes is described at
docs.x.com/x-api/fundamentals/data-dictionary and docs.x.com/x-api/activity/event-payloads.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from hub.channels.base import Ignored, Parsed, RemoteFile
from hub.channels.twitter import plain_text
from hub.channels.twitter.attachments import LEFT_OUT, included_files
from hub.channels.twitter.messages import (
    DirectMessage,
    Post,
    Reference,
    history,
    of_direct_message,
    of_post,
)
from hub.channels.twitter.plain_text import Link, Wording
from hub.channels.twitter.reading import either, id_of, other_party, person, written_at
from hub.channels.untrusted import Unreadable, guarded, mapping, sequence, text

Json = Mapping[str, Any]

#: Who comes and goes in a conversation of several people.
NOT_MESSAGES = frozenset({"ParticipantsJoin", "ParticipantsLeave"})


def post_value(post: Any, includes: Json, account_id: str) -> Parsed:
    """What a post that X was asked for is to the account `account_id`: InboundMessage, Edited,
    Echo or Ignored, or Unknown when it cannot be read. `includes`: the objects that came along."""
    return guarded(lambda: read_post(mapping(post), includes, account_id), post)


def dm_value(event: Any, includes: Json, account_id: str) -> Parsed:
    """What a direct message event that X was asked for is to the account `account_id`:
    InboundMessage, Echo or Ignored, or Unknown when it cannot be read."""
    return guarded(lambda: _direct_message(mapping(event), includes, account_id), event)


def read_post(post: Json, includes: Json, account: str, event: str = "") -> Parsed:
    """As post_value. Raises Unreadable.

    `event`: the name of the activity it came with, which tells what the post leaves out: in a
    reply or quote, that the account wrote the other post.
    """
    seen = _post(post, includes, account)
    if seen.author.external_id == account:
        return of_post(seen, account)
    if event == "post.mention.create":
        seen = replace(seen, mention="text")  # X leaves automatic mentions out of these
    if event == "post.reply.create":
        seen = replace(seen, answers=_by(account, seen.answers))
    if event == "post.quote.create":
        seen = replace(seen, quotes=_by(account, seen.quotes))
    return of_post(seen, account)


def _by(account: str, seen: Reference | None) -> Reference | None:
    if seen is None or seen.author_id is not None:
        return seen
    return replace(seen, author_id=account)


def _post(post: Json, includes: Json, account: str) -> Post:
    external_id, author_id = id_of(post), id_of(post, "author_id")
    if external_id is None or author_id is None:
        raise Unreadable("a post without id or author")
    wording = _wording(post, includes, account)
    versions = sequence(either(post, "edit_history_tweet_ids", "edit_history_post_ids"))
    return Post(
        history=history(external_id, versions),
        author=person(author_id, *_with_id(_users(includes), author_id)),
        created_at=written_at(external_id, post.get("created_at")),
        text=wording.text,
        mention=wording.mention,
        files=_files(post, includes, wording.links),
        conversation_id=id_of(post, "conversation_id"),
        answers=_answered(post, includes),
        quotes=_reference(post, includes, "quoted"),
        is_repost=any(_referenced(post, kind) for kind in ("retweeted", "reposted")),
    )


def _answered(post: Json, includes: Json) -> Reference | None:
    found = _reference(post, includes, "replied_to")
    author_id = id_of(post, "in_reply_to_user_id")
    return replace(found, author_id=found.author_id or author_id) if found else None


def _reference(post: Json, includes: Json, kind: str) -> Reference | None:
    """The post that this one refers to, with what came along of it."""
    external_id = _referenced(post, kind)
    if external_id is None:
        return None
    for other in _with_id(_posts(includes), external_id):
        if author_id := id_of(other, "author_id"):
            words = _wording(other, includes, "").text
            return Reference(external_id=external_id, author_id=author_id, text=words)
    return Reference(external_id=external_id)


def _referenced(post: Json, kind: str) -> str | None:
    for found in map(mapping, sequence(either(post, "referenced_tweets", "referenced_posts"))):
        if found.get("type") == kind:
            return id_of(found)
    if kind != "replied_to":
        return None
    return id_of(post, "in_reply_to_tweet_id") or id_of(post, "in_reply_to_post_id")


def _wording(post: Json, includes: Json, account: str) -> Wording:
    note = mapping(either(post, "note_tweet", "note_post"))
    entities = (note.get("entities"), post.get("entities"))
    named, quoted = plain_text.links(*entities), _referenced(post, "quoted")
    beginning = text(post.get("text"))
    tagged = [one for one in plain_text.mentioned(*entities) if id_of(one) == account]
    ours = person(account, *tagged, *_with_id(_users(includes), account))
    return Wording(
        words=text(note.get("text")) or beginning,
        beginning=beginning,
        start=next(iter(sequence(post.get("display_text_range"))), None),
        is_reply=_referenced(post, "replied_to") is not None,
        links=named,
        own=plain_text.leading_to(quoted, named) | plain_text.leading_to(id_of(post), named),
        unnamed=bool(_media_keys(post)) + bool(quoted),
        handles=frozenset({ours.handle}),
        is_tagged=bool(tagged),
    )


def _files(post: Json, includes: Json, named: tuple[Link, ...]) -> tuple[RemoteFile, ...] | None:
    """None when X left them out: their objects come only when they are asked for."""
    keys = _media_keys(post)
    if not keys and any(link.is_media for link in named):
        return None
    return included_files(keys, sequence(includes.get("media")))


def _media_keys(found: Json) -> list[Any]:
    return sequence(mapping(found.get("attachments")).get("media_keys"))


def _direct_message(event: Json, includes: Json, account: str) -> Parsed:
    kind = text(event.get("event_type"))
    if kind in NOT_MESSAGES:
        return Ignored(what=kind)
    external_id, sender = id_of(event), id_of(event, "sender_id")
    if kind not in {"", "MessageCreate"} or external_id is None or sender is None:
        raise Unreadable("a direct message event of no known kind, or without id or sender")
    keys, named = _media_keys(event), plain_text.links(event.get("entities"))
    files = included_files(keys, sequence(includes.get("media")))
    message = DirectMessage(
        external_id=external_id,
        sender=person(sender, *_with_id(_users(includes), sender)),
        recipient=other_party(event.get("dm_conversation_id"), sender),
        sent_at=written_at(external_id, event.get("created_at")),
        text=plain_text.plain(text(event.get("text")), named, unnamed=bool(keys)),
        files=(LEFT_OUT,) if files is None else files,
    )
    return of_direct_message(message, account)


def _users(includes: Json) -> Iterator[Json]:
    """The people that came along, out of the `data` that some deliveries wrap each of them in."""
    for user in map(mapping, sequence(includes.get("users"))):
        yield mapping(user.get("data")) or user


def _posts(includes: Json) -> Iterator[Json]:
    for name in ("tweets", "posts"):
        yield from map(mapping, sequence(includes.get(name)))


def _with_id(objects: Iterable[Json], external_id: str) -> Iterator[Json]:
    return (found for found in objects if id_of(found) == external_id)
