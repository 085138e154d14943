"""What is new among the account's direct messages.

X lists the events of the last 30 days from the newest and takes no "since"; it allows 15
questions in 15 minutes (docs.x.com/x-api/direct-messages/lookup). So the hub asks every five
minutes, reads until it meets an event it knows, and leaves five questions to others.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hub import clock
from hub.channels.base import Parsed, Refused
from hub.channels.twitter.client import Api
from hub.channels.twitter.fields import DIRECT_MESSAGE, ask_list
from hub.channels.twitter.parse_v2 import dm_value
from hub.channels.twitter.reading import instant
from hub.channels.twitter.timeline import (
    FIRST_LOOK_BACK,
    State,
    Step,
    ids_of,
    next_token,
    wire_time,
)
from hub.channels.untrusted import mapping, sequence

Json = Mapping[str, Any]

PATH = "dm_events"
EVERY = timedelta(minutes=5)
RESERVE = 5
#: Each event that is read is paid for, once a day: where little is new, little is asked.
SMALL_PAGE = "5"
PAGE = "100"
#: How many of the newest events are remembered: any of them may be deleted meanwhile.
REMEMBERED = 100


@dataclass(frozen=True, kw_only=True)
class DirectMessages:
    """The account's events. Their state: `start` (what is older is unwanted), `known` (the
    newest ids that are filed), and in the middle of a reading `token` (the next page) and `seen`
    (the newest ids of this reading); `not_before`, the next time."""

    api: Api
    account_id: str

    def steps(self, state: State) -> Iterator[Step]:
        """Read page after page. Raises ChannelError; go on later from the last state given."""
        state = {name: value for name, value in state.items() if name != "not_before"}
        state.setdefault("start", wire_time(clock.now() - FIRST_LOOK_BACK))
        while True:
            page, state = self._page(state)
            values = self._values(page, state)
            state = _after(page, state)
            rest = self.api.rate.rest_until(RESERVE) if "token" in state else None
            if rest or "token" not in state:
                state["not_before"] = (rest or clock.now() + EVERY).isoformat()
            yield values, state
            if "not_before" in state:
                return

    def _page(self, state: State) -> tuple[Json, State]:
        try:
            return ask_list(self.api, PATH, _query(state)), state
        except Refused as error:
            if error.code != "invalid" or "token" not in state:
                raise
        state = _between_readings(state)
        return ask_list(self.api, PATH, _query(state)), state  # X no longer knows the page

    def _values(self, page: Json, state: State) -> list[Parsed]:
        known = {*state.get("known", ()), *state.get("seen", ())}
        includes = mapping(page.get("includes"))
        events = [mapping(event) for event in sequence(page.get("data"))]
        return [
            dm_value(event, includes, self.account_id)
            for event in reversed(events)
            if event.get("id") not in known and not _is_too_old(event, state)
        ]


def _query(state: State) -> dict[str, str]:
    routine = "known" in state and "token" not in state
    query = {**DIRECT_MESSAGE, "max_results": SMALL_PAGE if routine else PAGE}
    if "token" in state:
        query["pagination_token"] = state["token"]
    return query


def _after(page: Json, state: State) -> State:
    """The state once this page is filed."""
    seen = [*state.get("seen", ()), *ids_of(page)][:REMEMBERED]
    token = next_token(page)
    kept = _between_readings(state)
    if token and token != state.get("token") and not _meets_known(page, state):
        return {**kept, "seen": seen, "token": token}
    newest = sorted({*seen, *state.get("known", ())}, key=int, reverse=True)[:REMEMBERED]
    return {**kept, "known": newest} if newest else kept


def _between_readings(state: State) -> State:
    return {name: value for name, value in state.items() if name in {"start", "known"}}


def _meets_known(page: Json, state: State) -> bool:
    """Does this page reach what is filed, or unwanted? Ids rise with time."""
    known = [int(event_id) for event_id in state.get("known", ())]
    reached = bool(known) and any(int(event_id) <= max(known) for event_id in ids_of(page))
    return reached or any(_is_too_old(mapping(e), state) for e in sequence(page.get("data")))


def _is_too_old(event: Json, state: State) -> bool:
    written, start = instant(event.get("created_at")), instant(state["start"])
    return bool(written and start and written < start)
