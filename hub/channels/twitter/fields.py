"""What is asked about a post or a direct message, under the names that X takes.

Between two versions of its interface description X renamed tweets to posts in the parameters of
some addresses and announced nothing. The older names are sent first; where they are refused, the
newer ones are.
"""

from collections.abc import Mapping
from typing import Any

from hub.channels.base import Refused, RetryLater
from hub.channels.twitter.client import Api

_PEOPLE = {"user.fields": "id,name,username"}
_MEDIA = {"media.fields": "alt_text,media_key,preview_image_url,type,url,variants"}

POST = {
    "tweet.fields": (
        "attachments,author_id,conversation_id,created_at,display_text_range,"
        "edit_history_tweet_ids,entities,in_reply_to_user_id,note_tweet,referenced_tweets,text"
    ),
    "expansions": "attachments.media_keys,author_id,referenced_tweets.id",
    **_PEOPLE,
    **_MEDIA,
}
DIRECT_MESSAGE = {
    "dm_event.fields": (
        "attachments,created_at,dm_conversation_id,entities,event_type,id,referenced_tweets,"
        "sender_id,text"
    ),
    "expansions": "attachments.media_keys,sender_id",
    **_PEOPLE,
    **_MEDIA,
}
PERSON = _PEOPLE

RENAMED = {
    "tweet.fields": "post.fields",
    "edit_history_tweet_ids": "edit_history_post_ids",
    "note_tweet": "note_post",
    "referenced_tweets": "referenced_posts",
}


def ask(
    api: Api, path: str, query: Mapping[str, str], *, partial: bool = False
) -> Mapping[str, Any]:
    """`Api.get`, under the names that X takes from this caller. Raises as it does."""
    if api.post_names:
        return api.get(path, with_post_names(query), partial=partial)
    try:
        return api.get(path, query, partial=partial)
    except Refused as error:
        if not _names_a_field(error):
            raise
    api.post_names = True
    return api.get(path, with_post_names(query), partial=partial)


def ask_list(api: Api, path: str, query: Mapping[str, str]) -> Mapping[str, Any]:
    """`ask` for a page of a list. Raises RetryLater for an answer that is none: taken for the
    last page, it would hide what the pages after it hold."""
    page = ask(api, path, query)
    if "meta" not in page and "data" not in page:
        raise RetryLater("unclear", "the answer is no list")
    return page


def with_post_names(query: Mapping[str, str]) -> dict[str, str]:
    """The same question with posts for tweets."""
    return {_renamed(name): _renamed(value) for name, value in query.items()}


def _renamed(words: str) -> str:
    for old, new in RENAMED.items():
        words = words.replace(old, new)
    return words


def _names_a_field(error: Refused) -> bool:
    return error.code == "invalid" and any(old in error.detail for old in RENAMED)
