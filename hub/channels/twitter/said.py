"""What the account itself has said in the place that a reply was to go to: to find a reply of
which nobody knows whether it was published."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from hub.channels.base import (
    AccountBroken,
    Echo,
    OutboundMessage,
    Parsed,
    Refused,
    RetryLater,
    Unknown,
)
from hub.channels.twitter import direct_messages
from hub.channels.twitter.client import AccountApi
from hub.channels.twitter.fields import DIRECT_MESSAGE, POST
from hub.channels.twitter.parse_v2 import dm_value
from hub.channels.twitter.polling import PERMISSIONS
from hub.channels.twitter.reading import instant
from hub.channels.twitter.scopes import may
from hub.channels.twitter.sending import wanted_id
from hub.channels.twitter.timeline import RESERVE, pages, post_values, wire_time
from hub.channels.untrusted import mapping, sequence

Json = Mapping[str, Any]

#: Each event that is read is paid for, and few are newer than a reply of which nothing is known.
EVENTS = "20"


def said_since(api: AccountApi, message: OutboundMessage, since: datetime) -> Iterator[Parsed]:
    """The account's posts since then, or what it said to the person that a direct message goes
    to. Raises ChannelError: Refused where X does not tell, RetryLater also where its limit is
    near, which is left to polls and checks."""
    mode = message.target.get("mode")
    if mode == "reply":
        found = _posts(api, since)
    elif mode == "dm":
        found = _messages(api, wanted_id(message.target, "user_id"), since)
    else:
        raise Refused("bad_target", f"mode {mode!r}")
    yield from (value for value in found if isinstance(value, Echo | Unknown))


def _posts(api: AccountApi, since: datetime) -> Iterator[Parsed]:
    account_id = api.account.external_id
    query = {**POST, "max_results": "100", "start_time": wire_time(since)}
    for page in _pages(api, f"users/{account_id}/tweets", query, RESERVE):
        yield from post_values(page, account_id)


def _messages(api: AccountApi, person: str, since: datetime) -> Iterator[Parsed]:
    if not may(api.account, "dm.read"):
        raise Refused("cannot-look", "the scope dm.read was not granted")
    try:
        yield from _events(api, f"dm_conversations/with/{person}/dm_events", since)
    except AccountBroken as error:
        if error.code in PERMISSIONS:  # of direct messages alone: the account's answers may leave
            raise Refused("cannot-look", error.detail) from error
        raise


def _events(api: AccountApi, path: str, since: datetime) -> Iterator[Parsed]:
    """From the newest to the first that is older: X takes no "since" here."""
    query = {**DIRECT_MESSAGE, "max_results": EVENTS}
    for page in _pages(api, path, query, direct_messages.RESERVE):
        for event in map(mapping, sequence(page.get("data"))):
            written = instant(event.get("created_at"))
            if written and written < since:
                return
            yield dm_value(event, mapping(page.get("includes")), api.account.external_id)


def _pages(api: AccountApi, path: str, query: Mapping[str, str], reserve: int) -> Iterator[Json]:
    """Raises RetryLater before a page that would bring X's limit too near."""

    def stop_near_the_limit() -> None:
        if rest := api.rate.rest_until(reserve):
            raise RetryLater("rate_limited", "X's limit is near", at=rest)

    return pages(api, path, query, before_next=stop_near_the_limit)
