"""Ask a server what is new: mentions of the account, and its own posts (what somebody wrote in
Mastodon itself); and again what has become of posts that were filed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from hub import clock
from hub.channels.base import Deleted, Echo, Parsed, Polled, Refused
from hub.channels.mastodon import parse
from hub.channels.mastodon.client import Server
from hub.channels.untrusted import identifier, instant, mapping, sequence

#: How far back the first question of an account goes.
FIRST_LOOK_BACK = timedelta(hours=24)
#: Private mentions by strangers are filtered for people unless they ask for them.
MENTIONS = {"types[]": "mention", "include_filtered": "true", "limit": "40"}
OWN = {"exclude_reblogs": "true", "limit": "40"}

Read = Callable[[Any, str], Parsed]


def poll(server: Server, account: str, cursor: Mapping[str, Any]) -> Iterator[Polled]:
    """Read both lists on from `cursor`: for each, the id of the newest entry that was filed.
    Raises ChannelError."""
    state = dict(cursor)
    lists: tuple[tuple[str, str, Mapping[str, str], Read], ...] = (
        ("mentions", "v1/notifications", MENTIONS, parse.notification),
        ("posts", _own(account), OWN, parse.post),
    )
    for name, path, query, read in lists:
        for entries in _pages(server, path, query, state.get(name)):
            state[name] = _newest(entries)
            yield Polled(values=[read(entry, account) for entry in entries], cursor=dict(state))


def own_posts(server: Server, account: str, *, after: str) -> Iterator[Echo]:
    """The account's own posts since the post with the id `after`. Raises ChannelError."""
    for entries in _pages(server, _own(account), OWN, after):
        posts = (parse.post(entry, account) for entry in entries)
        yield from (post for post in posts if isinstance(post, Echo))


def look(server: Server, account: str, external_ids: Sequence[str]) -> Iterator[Parsed]:
    """Each post as it now stands, or Deleted. Raises ChannelError."""
    for external_id in external_ids:
        if not external_id.isalnum():
            continue  # no server gives such an id, and it becomes part of an address
        try:
            yield parse.post(server.get(f"v1/statuses/{external_id}"), account)
        except Refused as error:
            if error.code == "gone":
                yield Deleted(account=account, external_id=external_id, deleted_at=clock.now())


def _own(account: str) -> str:
    return f"v1/accounts/{parse.own_id(account)}/statuses"


def _pages(
    server: Server, path: str, query: Mapping[str, str], newest: str | None
) -> Iterator[list[Any]]:
    """Page after page of what is newer, each oldest first (`min_id` pages forwards). Without
    `newest` the last page, as far as it is recent."""
    if newest is None:
        entries = sequence(server.get(path, query))[::-1]
        if recent := [entry for entry in entries if _is_recent(entry)]:
            yield recent
        return
    after: str | None = newest
    while after and (entries := sequence(server.get(path, {**query, "min_id": after}))[::-1]):
        yield entries
        after = None if _newest(entries) == after else _newest(entries)


def _newest(entries: Sequence[Any]) -> str | None:
    return identifier(mapping(entries[-1]).get("id"))


def _is_recent(entry: Any) -> bool:
    """In doubt yes: what has no date is kept aside rather than passed over."""
    at = instant(mapping(entry).get("created_at"))
    return at is None or at >= clock.now() - FIRST_LOOK_BACK
