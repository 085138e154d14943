"""Ask X what it says now about posts and people it has named.

Posts that were deleted, protected or withheld must be gone here within 24 hours of it being known
(X's developer agreement), and X pushes none of that: only asking tells.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hub import clock
from hub.channels.base import Author, Deleted, Echo, Parsed, Publication, Refused
from hub.channels.twitter.client import AccountApi
from hub.channels.twitter.errors import problem_type
from hub.channels.twitter.fields import PERSON, POST, ask
from hub.channels.twitter.messages import PERMALINK
from hub.channels.twitter.parse_v2 import post_value
from hub.channels.untrusted import identifier, mapping, sequence, text

Json = Mapping[str, Any]

#: As many posts as one question may name.
AT_ONCE = 100
#: Ends of a problem's type that say: nobody may see this post any more.
TAKEN_AWAY = frozenset({"resource-not-found", "not-authorized-for-resource"})


def look(api: AccountApi, external_ids: Sequence[str]) -> Iterator[Parsed]:
    """What has become of up to 100 posts. Raises ChannelError.

    A post that was edited has a new id and names the old ones: X gives the version it is asked
    for, so the newest is asked for besides.
    """
    asked = [post_id for post_id in external_ids if post_id.isdecimal()][:AT_ONCE]
    if not asked:
        return
    page = _posts(api, asked)
    yield from _gone(page, asked, api)
    posts = {text(post.get("id")): post for post in map(mapping, sequence(page.get("data")))}
    newest = {_newest(post) for post in posts.values()}
    yield from _values(page, [post for post_id, post in posts.items() if post_id in newest], api)
    if unseen := newest - posts.keys():
        page = _posts(api, sorted(unseen))
        yield from _values(page, list(map(mapping, sequence(page.get("data")))), api)


def author(api: AccountApi, user_id: str) -> Author | None:
    """Who this is; None where X does not say. Raises ChannelError for what may pass."""
    if not user_id.isdecimal():
        return None
    try:
        found = mapping(api.get(f"users/{user_id}", PERSON).get("data"))
    except Refused:
        return None
    name, handle = text(found.get("name")), text(found.get("username"))
    if not (name or handle):
        return None
    return Author(external_id=user_id, name=name or handle, handle=handle)


def publication(api: AccountApi, post_id: str) -> Publication | None:
    """What a post of the account says; None when it is gone, or is not the account's. Raises
    ChannelError for what may pass."""
    if not post_id.isdecimal():
        return None
    try:
        page = ask(api, f"tweets/{post_id}", POST)
    except Refused:
        return None
    account_id = api.account.external_id
    value = post_value(mapping(page.get("data")), mapping(page.get("includes")), account_id)
    if not isinstance(value, Echo):
        return None
    return Publication(external_id=post_id, permalink=PERMALINK.format(post_id), text=value.text)


def _posts(api: AccountApi, ids: Sequence[str]) -> Json:
    return ask(api, "tweets", {**POST, "ids": ",".join(ids)}, partial=True)


def _values(page: Json, posts: Sequence[Json], api: AccountApi) -> Iterator[Parsed]:
    includes = mapping(page.get("includes"))
    for post in posts:
        yield post_value(post, includes, api.account.external_id)


def _gone(page: Json, asked: Sequence[str], api: AccountApi) -> Iterator[Deleted]:
    """The posts that X takes away. Problems of what is beside them (an author, a picture) name
    other ids and mean nothing here."""
    for problem in map(mapping, sequence(page.get("errors"))):
        post_id = identifier(problem.get("resource_id")) or identifier(problem.get("value"))
        if post_id and post_id in asked and problem_type(problem) in TAKEN_AWAY:
            yield Deleted(
                account=api.account.external_id, external_id=post_id, deleted_at=clock.now()
            )


def _newest(post: Json) -> str:
    """The id of the newest version: the history runs from the oldest."""
    history = sequence(post.get("edit_history_tweet_ids") or post.get("edit_history_post_ids"))
    return text(history[-1]) if history else text(post.get("id"))
