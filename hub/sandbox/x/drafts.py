"""What somebody is about to post, and how it becomes a post."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from hub.sandbox.x import text
from hub.sandbox.x.identities import ACCOUNT_ID
from hub.sandbox.x.rules import problem
from hub.sandbox.x.store import Store
from hub.sandbox.x.values import Media, Post, ReplySettings


@dataclass(frozen=True, kw_only=True)
class Draft:
    """`excluded`: ids of people whom X shall not mention before this answer."""

    author: str
    text: str
    reply_to: str | None = None
    quote_of: str | None = None
    repost_of: str | None = None
    media: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    reply_settings: ReplySettings = "everyone"
    source: str = "X Web App"


def existing(store: Store, post_id: str) -> Post:
    """Raises XError when it is deleted or never was."""
    post = store.post(post_id)
    if post is None or post.deleted_at is not None:
        raise problem(404, "Not Found", f"There is no post {post_id}.")
    return post


def make(store: Store, draft: Draft) -> Post:
    """The post, not yet kept. Raises XError when what it answers or quotes is gone."""
    others = (draft.reply_to, draft.quote_of, draft.repost_of)
    parent, *_ = [existing(store, post_id) if post_id else None for post_id in others]
    new_id, words = store.new_id(), unicodedata.normalize("NFC", draft.text)
    return Post(
        id=new_id,
        first_id=new_id,
        author_id=draft.author,
        text=words,
        created_at=store.now(),
        conversation_id=parent.conversation_id if parent else new_id,
        addressed=_addressed(parent, draft),
        mentioned=mentioned(store, words),
        reply_to=draft.reply_to,
        quote_of=draft.quote_of,
        repost_of=draft.repost_of,
        media=draft.media,
        reply_settings=draft.reply_settings,
        source=draft.source,
    )


def mentioned(store: Store, words: str) -> tuple[str, ...]:
    return text.mentioned(words, store.person_by_handle)


def concerns_account(store: Store, post: Post) -> bool:
    """Does Account Activity tell the council's account of it?"""
    if ACCOUNT_ID in (post.author_id, *post.addressed, *post.mentioned):
        return True
    others = [store.post(one) for one in (post.reply_to, post.quote_of, post.repost_of) if one]
    return any(other is not None and other.author_id == ACCOUNT_ID for other in others)


def own_media(store: Store, names: Sequence[str], prefix: str = "tweet_") -> tuple[str, ...]:
    """Keep some of the sandbox's own files as media for posts ("tweet_") or messages ("dm_");
    gives their ids."""
    made = [_own_medium(store, name, prefix) for name in names if name]
    for media in made:
        store.add_media(media)
    return tuple(media.id for media in made)


def _own_medium(store: Store, name: str, prefix: str) -> Media:
    film = name.endswith(".mp4")
    return Media(
        id=store.new_id(),
        category=f"{prefix}{'video' if film else 'image'}",
        media_type="video/mp4" if film else "image/jpeg",
        created_at=store.now(),
        size=0,
        state="succeeded",
        picture=name,
    )


def _addressed(parent: Post | None, draft: Draft) -> tuple[str, ...]:
    """Whom X mentions before an answer: its author, and all whom that post mentions."""
    if parent is None:
        return ()
    people = dict.fromkeys((parent.author_id, *parent.addressed, *parent.mentioned))
    return tuple(one for one in people if one not in (draft.author, *draft.excluded))
