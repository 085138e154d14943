"""Which fields and expansions a caller wants, and the objects cut to that (X API v2, Fields and
Expansions)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.sandbox.x import objects, rules
from hub.sandbox.x.identities import ACCOUNT_ID
from hub.sandbox.x.teller import Teller
from hub.sandbox.x.values import Media, Message, Naming, Post

Json = dict[str, Any]

#: Parameter -> the fields it may name, those that come unasked first.
_POST_FIELDS = (
    "id", "text", "edit_history_tweet_ids", "attachments", "author_id", "context_annotations",
    "conversation_id", "created_at", "display_text_range", "edit_controls", "entities", "geo",
    "in_reply_to_tweet_id", "in_reply_to_user_id", "lang", "note_tweet", "possibly_sensitive",
    "public_metrics", "referenced_tweets", "reply_settings", "source", "withheld",
)  # fmt: skip
_USER_FIELDS = (
    "id", "name", "username", "created_at", "description", "entities", "location",
    "profile_image_url", "protected", "public_metrics", "url", "verified", "verified_type",
)  # fmt: skip
_MEDIA_FIELDS = (
    "media_key", "type", "alt_text", "duration_ms", "height", "preview_image_url",
    "public_metrics", "url", "variants", "width",
)  # fmt: skip
_MESSAGE_FIELDS = (
    "id", "event_type", "text", "attachments", "created_at", "dm_conversation_id", "entities",
    "participant_ids", "referenced_tweets", "sender_id",
)  # fmt: skip
_EXPANSIONS = frozenset(
    {
        "author_id", "attachments.media_keys", "attachments.poll_ids", "edit_history_tweet_ids",
        "entities.mentions.username", "geo.place_id", "in_reply_to_user_id",
        "referenced_tweets.id", "referenced_tweets.id.author_id", "sender_id", "participant_ids",
        "pinned_tweet_id",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Selection:
    """What a caller wants to see, under the names in force."""

    naming: Naming
    post: frozenset[str]
    user: frozenset[str]
    media: frozenset[str]
    message: frozenset[str]
    expansions: frozenset[str]


def read(query: Mapping[str, str], naming: Naming) -> Selection:
    """Raises XError for names that X does not know, or knows no longer."""
    other = "post" if naming == "tweet" else "tweet"
    if f"{other}.fields" in query:
        raise rules.invalid(
            f"The query parameter [{other}.fields] is not one of [id,ids,{naming}.fields,"
            "expansions,user.fields,media.fields]",
            **{f"{other}.fields": query[f"{other}.fields"]},
        )
    expansions = {_old(name, naming) for name in _names(query, "expansions")}
    for name in expansions - _EXPANSIONS:
        raise rules.invalid(f"The `expansions` query parameter value [{name}] is not valid")
    return Selection(
        naming=naming,
        post=_fields(query, f"{naming}.fields", _POST_FIELDS, 3, naming),
        user=_fields(query, "user.fields", _USER_FIELDS, 3, naming),
        media=_fields(query, "media.fields", _MEDIA_FIELDS, 2, naming),
        message=_fields(query, "dm_event.fields", _MESSAGE_FIELDS, 3, naming),
        expansions=frozenset(expansions),
    )


@dataclass(frozen=True)
class Cutter:
    """Builds the answers of one selection from one open transaction."""

    teller: Teller
    selection: Selection

    def posts(self, posts: Sequence[Post], *, one: bool = False) -> Json:
        """`data` and `includes` for some posts; `one`: the data is the object itself."""
        data = [_cut(objects.post(self.teller, post), self.selection.post) for post in posts]
        includes = {
            "tweets": self._referenced(posts),
            "users": self._users(self._concerned(posts)),
            "media": self._media(media for post in posts for media in self.teller.media(post)),
        }
        return self._answer(data, includes, one)

    def messages(self, messages: Sequence[Message], *, one: bool = False) -> Json:
        wanted = self.selection.message
        data = [_cut(objects.message(self.teller, said), wanted) for said in messages]
        senders: dict[str, None] = {}
        if "sender_id" in self.selection.expansions:
            senders = dict.fromkeys(
                ACCOUNT_ID if said.from_account else said.person_id for said in messages
            )
        includes = {"users": self._users(senders), "media": self._private_media(messages)}
        return self._answer(data, includes, one)

    def person(self, person_id: str) -> Json:
        person = objects.person(self.teller.person(person_id))
        return {"data": _cut(person, self.selection.user)}

    def _answer(self, data: list[Json], includes: Json, one: bool) -> Json:
        answer: Json = {"data": data[0] if one else data}
        if found := {name: items for name, items in includes.items() if items}:
            answer["includes"] = found
        renamed: Json = objects.renamed(answer, self.selection.naming)
        return renamed

    def _referenced(self, posts: Iterable[Post]) -> list[Json]:
        if not self.selection.expansions & {
            "referenced_tweets.id",
            "referenced_tweets.id.author_id",
        }:
            return []
        ids = dict.fromkeys(
            other
            for post in posts
            for other in (post.reply_to, post.quote_of, post.repost_of)
            if other
        )
        found = [self.teller.post(post_id) for post_id in ids]
        return [
            _cut(objects.post(self.teller, post), self.selection.post) for post in found if post
        ]

    def _concerned(self, posts: Iterable[Post]) -> list[str]:
        """Ids of the people that the expansions bring in."""
        ids: list[str] = []
        for post in posts:
            parent = self.teller.store.post(post.reply_to) if post.reply_to else None
            if "author_id" in self.selection.expansions:
                ids.append(post.author_id)
            if "in_reply_to_user_id" in self.selection.expansions and parent:
                ids.append(parent.author_id)
            if "entities.mentions.username" in self.selection.expansions:
                ids += [*post.addressed, *post.mentioned]
        return ids

    def _users(self, ids: Iterable[str]) -> list[Json]:
        people = [self.teller.person(person_id) for person_id in dict.fromkeys(ids)]
        return [_cut(objects.person(person), self.selection.user) for person in people]

    def _media(self, media: Iterable[Media]) -> list[Json]:
        if "attachments.media_keys" not in self.selection.expansions:
            return []
        return [_cut(objects.media(self.teller, one), self.selection.media) for one in media]

    def _private_media(self, messages: Iterable[Message]) -> list[Json]:
        """Their pictures are not public: the address asks for the account's access."""
        if "attachments.media_keys" not in self.selection.expansions:
            return []
        found = [(said, self.teller.store.media(said.media)) for said in messages if said.media]
        return [
            _cut(
                objects.media(self.teller, media, self.teller.private_address(said)),
                self.selection.media,
            )
            for said, media in found
            if media
        ]


def _names(query: Mapping[str, str], parameter: str) -> list[str]:
    return [name.strip() for name in query.get(parameter, "").split(",") if name.strip()]


def _fields(
    query: Mapping[str, str], parameter: str, known: Sequence[str], unasked: int, naming: Naming
) -> frozenset[str]:
    asked = {_old(name, naming) for name in _names(query, parameter)}
    for name in asked - set(known):
        raise rules.invalid(
            f"The `{parameter}` query parameter value [{name}] is not one of [{','.join(known)}]",
            **{parameter: name},
        )
    return frozenset({*known[:unasked], *asked})


def _old(name: str, naming: Naming) -> str:
    """Fields are known here by their names with "tweet"."""
    if naming == "tweet":
        return name
    head, dot, rest = name.partition(".")
    return objects.old_name(head) + dot + rest


def _cut(whole: Json, wanted: frozenset[str]) -> Json:
    return {name: value for name, value in whole.items() if name in wanted}
