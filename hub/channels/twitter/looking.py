"""Ask X what it says now about posts and people it has named.

Posts that were deleted, protected or withheld must be gone here within 24 hours of it being known
(X's developer agreement), and X pushes none of that: only asking tells. What is erased here does
not come back, so X is believed where it speaks of single posts, and doubted where what it says may
be about the account, or a fault of its own.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from hub import clock
from hub.channels.base import (
    AccountBroken,
    Author,
    Deleted,
    Echo,
    Parsed,
    Publication,
    Refused,
    RetryLater,
)
from hub.channels.twitter.client import AccountApi, Api, AppApi
from hub.channels.twitter.errors import problem_type
from hub.channels.twitter.fields import PERSON, POST, ask, ask_list
from hub.channels.twitter.messages import PERMALINK
from hub.channels.twitter.parse_v2 import post_value
from hub.channels.untrusted import identifier, mapping, sequence, text

Json = Mapping[str, Any]

#: As many posts as one question may name.
AT_ONCE = 100
#: Ends of a problem's type: the post is gone; whoever asked may not see it.
GONE = frozenset({"resource-not-found"})
UNSEEN = frozenset({"not-authorized-for-resource"})
#: More posts than this are not believed to be gone at once where X shows nothing else.
BELIEVED_AT_ONCE = 10
DOUBT_PAUSE = timedelta(hours=1)


def look(api: AccountApi, external_ids: Sequence[str]) -> Iterator[Parsed]:
    """What has become of up to 100 posts. Raises ChannelError; RetryLater also where X seems to
    have lost them all.

    A post that was edited has a new id and names the old ones: X gives the version it is asked
    for, so the newest is asked for besides.
    """
    asked = [post_id for post_id in external_ids if post_id.isdecimal()][:AT_ONCE]
    if not asked:
        return
    page = _posts(api, asked)
    posts = {text(post.get("id")): post for post in map(mapping, sequence(page.get("data")))}
    gone = _absent(page, asked, GONE) + _hidden_from_all(api, _absent(page, asked, UNSEEN))
    if len(gone) > BELIEVED_AT_ONCE and not posts and not _sees_mentions(api):
        at = clock.now() + DOUBT_PAUSE
        raise RetryLater("unclear", f"X shows none of {len(gone)} posts, nor others", at=at)
    yield from (_deleted(post_id, api) for post_id in gone)
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


def _posts(api: Api, ids: Sequence[str]) -> Json:
    return ask(api, "tweets", {**POST, "ids": ",".join(ids)}, partial=True)


def _values(page: Json, posts: Sequence[Json], api: AccountApi) -> Iterator[Parsed]:
    includes = mapping(page.get("includes"))
    for post in posts:
        yield post_value(post, includes, api.account.external_id)


def _absent(page: Json, asked: Sequence[str], kinds: Collection[str]) -> list[str]:
    """The posts that X does not show for one of these reasons. Problems of what is beside them
    (an author, a picture) name other ids and mean nothing here."""
    problems = map(mapping, sequence(page.get("errors")))
    named = [
        identifier(problem.get("resource_id")) or identifier(problem.get("value"))
        for problem in problems
        if problem_type(problem) in kinds
    ]
    return [post_id for post_id in asked if post_id in named]


def _hidden_from_all(api: AccountApi, unseen: Sequence[str]) -> list[str]:
    """Those of the posts hidden from the account that are hidden from everybody: their authors
    protect them. Whoever has only blocked the council still says them in public, and an account
    that has lost its rights sees nothing at all. Only the app can tell; without its bearer token,
    or where X refuses that, no post counts as hidden."""
    if not (unseen and api.settings.bearer_token):
        return []
    try:
        page = _posts(AppApi(api.settings), unseen)
    except (AccountBroken, Refused):
        return []  # the app's trouble and not the account's: its check tells
    return _absent(page, unseen, GONE | UNSEEN)


def _sees_mentions(api: AccountApi) -> bool:
    """Does X show the account anything at all that people wrote to it?"""
    page = ask_list(api, f"users/{api.account.external_id}/mentions", {"max_results": "5"})
    return bool(sequence(page.get("data")))


def _deleted(post_id: str, api: AccountApi) -> Deleted:
    return Deleted(account=api.account.external_id, external_id=post_id, deleted_at=clock.now())


def _newest(post: Json) -> str:
    """The id of the newest version: the history runs from the oldest."""
    history = sequence(post.get("edit_history_tweet_ids") or post.get("edit_history_post_ids"))
    return text(history[-1]) if history else text(post.get("id"))
