"""Ask X for what is new: for councils without webhooks, and as the net under those that have
them, since X delivers neither replies to replies nor what it could not deliver for a day.

Three lists are read, each with its own part of the cursor and its own limit at X: posts that
mention the account, its own posts (what left without X's confirmation, and what was written in
X's own tools), and direct messages. A list that X wants left alone does not stop the others.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from hub import clock
from hub.channels.base import (
    AccountBroken,
    ChannelError,
    OutcomeUnknown,
    Polled,
    Refused,
    RetryLater,
)
from hub.channels.twitter.client import AccountApi
from hub.channels.twitter.direct_messages import DirectMessages
from hub.channels.twitter.reading import instant
from hub.channels.twitter.scopes import may
from hub.channels.twitter.timeline import State, Timeline
from hub.channels.untrusted import mapping

MENTIONS = "mentions"
OWN_POSTS = "posts"
DIRECT = "direct_messages"
Source = Timeline | DirectMessages

#: What an account may lack for direct messages alone, and go on without them.
PERMISSIONS = frozenset({"access_level", "permission"})
#: How long such a list is left alone.
PERMISSION_PAUSE = timedelta(hours=1)


def poll(api: AccountApi, cursor: Mapping[str, Any]) -> Iterator[Polled]:
    """Read the lists whose time has come, page by page.

    Raises AccountBroken, or RetryLater when X cannot be reached, at once; what stopped one list
    alone, once the others are read.
    """
    states: dict[str, State] = {name: dict(mapping(part)) for name, part in cursor.items()}
    stopped: ChannelError | None = None
    for name, source in sources(api).items():
        if _must_wait(states.get(name, {})):
            continue
        try:
            for values, state in source.steps(states.get(name, {})):
                states[name] = state
                yield Polled(values=values, cursor=dict(states))
        except ChannelError as error:
            until = _pause(name, error)
            if until is None:
                stopped = stopped or error
                continue
            states[name] = {**states.get(name, {}), "not_before": until}
            yield Polled(values=(), cursor=dict(states))
    if stopped:
        raise stopped


def sources(api: AccountApi) -> dict[str, Source]:
    """The lists that this account may read."""
    account_id = api.account.external_id
    path = f"users/{account_id}"
    found: dict[str, Source] = {
        MENTIONS: Timeline(api=api, account_id=account_id, path=f"{path}/mentions"),
        OWN_POSTS: Timeline(api=api, account_id=account_id, path=f"{path}/tweets"),
    }
    if may(api.account, "dm.read"):
        found[DIRECT] = DirectMessages(api=api, account_id=account_id)
    return found


def _must_wait(state: State) -> bool:
    until = instant(state.get("not_before"))
    return until is not None and until > clock.now()


def _pause(name: str, error: ChannelError) -> str | None:
    """Until when to leave a list alone, None when the error is no reason to. Raises what stops
    the others too."""
    if isinstance(error, RetryLater) and error.at:
        return error.at.isoformat()
    if name == DIRECT and isinstance(error, AccountBroken) and error.code in PERMISSIONS:
        return (clock.now() + PERMISSION_PAUSE).isoformat()
    if isinstance(error, Refused | OutcomeUnknown) or error.code == "unclear":
        return None
    raise error
