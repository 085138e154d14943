"""What is new in a list of posts: those that mention the account, or its own.

X lists from the newest, page by page, after a post of ours (`since_id`) or an instant. How far
the hub has come moves only once the last page is filed, because what lies between two pages would
else be lost; until then the state holds the page to go on from.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hub import clock
from hub.channels.base import Parsed, Refused
from hub.channels.twitter.client import Api
from hub.channels.twitter.fields import POST, ask_list
from hub.channels.twitter.parse_v2 import post_value
from hub.channels.twitter.reading import instant, made_at
from hub.channels.untrusted import mapping, sequence, text

State = dict[str, Any]
#: What a page brought, oldest first, and where to go on once it is filed.
Step = tuple[list[Parsed], State]
Json = Mapping[str, Any]

#: How far back the first question of an account goes.
FIRST_LOOK_BACK = timedelta(hours=24)
#: As far back as X's searches reach, should it refuse to go further.
SURE_REACH = timedelta(days=7)
#: Questions of X's window that are left to back-fills and checks.
RESERVE = 10


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """One list of posts. Its state: `since_id` or `start` (what is older is filed or unwanted),
    and in the middle of a reading `token` (the next page) and `newest` (the next `since_id`);
    `not_before` when X wants a pause."""

    api: Api
    account_id: str
    path: str

    def steps(self, state: State) -> Iterator[Step]:
        """Read page after page. Raises ChannelError; go on later from the last state given."""
        state = {name: value for name, value in state.items() if name != "not_before"}
        if not state:
            state = {"start": wire_time(clock.now() - FIRST_LOOK_BACK)}
        while True:
            page, state = self._page(state)
            state = _after(page, state)
            rest = self.api.rate.rest_until(RESERVE) if "token" in state else None
            if rest:
                state["not_before"] = rest.isoformat()
            yield post_values(page, self.account_id), state
            if rest or "token" not in state:
                return

    def _page(self, state: State) -> tuple[Json, State]:
        """A page, and the state it was asked with: an easier one where X refused the first."""
        while True:
            try:
                return ask_list(self.api, self.path, _query(state)), state
            except Refused as error:
                easier = _easier(state) if error.code == "invalid" else None
                if easier is None:
                    raise
                state = easier


def pages(
    api: Api, path: str, query: Mapping[str, str], *, before_next: Callable[[], None]
) -> Iterator[Json]:
    """Page after page of a list, from the newest. `before_next` waits for X's limit, or raises
    what ends the reading."""
    page = ask_list(api, path, query)
    passed = {""}
    while True:
        yield page
        token = next_token(page)
        if token in passed:
            return
        passed.add(token)
        before_next()
        page = ask_list(api, path, {**query, "pagination_token": token})


def post_values(page: Json, account_id: str) -> list[Parsed]:
    """The posts of a page, oldest first."""
    includes = mapping(page.get("includes"))
    posts = [mapping(post) for post in sequence(page.get("data"))]
    return [post_value(post, includes, account_id) for post in reversed(posts)]


def wire_time(at: datetime) -> str:
    """An instant as X's questions take it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def next_token(page: Json) -> str:
    """The key of the next page, "" on the last."""
    return text(mapping(page.get("meta")).get("next_token"))


def ids_of(page: Json) -> list[str]:
    """The ids on a page, in X's order."""
    ids = [text(mapping(item).get("id")) for item in sequence(page.get("data"))]
    return [found for found in ids if found.isdecimal()]


def _query(state: State) -> dict[str, str]:
    query = {**POST, "max_results": "100"}
    if "since_id" in state:
        query["since_id"] = state["since_id"]
    else:
        query["start_time"] = state["start"]
    if "token" in state:
        query["pagination_token"] = state["token"]
    return query


def _after(page: Json, state: State) -> State:
    """The state once this page is filed."""
    known = [state[name] for name in ("newest", "since_id") if name in state]
    newest = max([*known, *ids_of(page)], key=int, default=None)
    token = next_token(page)
    if token and token != state.get("token"):
        unfinished = {**state, "token": token}
        return unfinished if newest is None else {**unfinished, "newest": newest}
    return {"start": state["start"]} if newest is None else {"since_id": newest}


def _easier(state: State) -> State | None:
    """What to ask instead of a question that X refused as badly formed, so that a page or a post
    it no longer knows cannot stop the reading for ever. None: nothing easier is left."""
    if "token" in state:
        return {name: value for name, value in state.items() if name in {"since_id", "start"}}
    sure = clock.now() - SURE_REACH
    if "since_id" in state:
        return {"start": wire_time(made_at(state["since_id"]) or sure)}
    start = instant(state["start"])
    if start and start < sure - timedelta(hours=1):
        return {"start": wire_time(sure)}
    return None
