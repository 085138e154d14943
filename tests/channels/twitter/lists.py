"""X's three lists as a test fills them: paged from the newest, with X's limits."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hub.channels.twitter.reading import made_at
from tests.channels.twitter.wire import ACCOUNT, NOW, RESET, Answer, Request

CITIZEN = "48123456"
FIRST_ID_MS = 1288834974657
INVALID = {"type": "https://api.x.com/2/problems/invalid-request", "title": "Invalid Request"}


def id_at(at: datetime, number: int = 0) -> str:
    """An id that X would have made at this instant."""
    return str(((int(at.timestamp() * 1000) - FIRST_ID_MS) << 22) + number)


def mention(minutes_ago: float, **changes: Any) -> dict[str, Any]:
    """A post of a citizen that names the account."""
    at = NOW - timedelta(minutes=minutes_ago)
    given = {
        "id": id_at(at),
        "author_id": CITIZEN,
        "text": f"@RegionExemple le car de {minutes_ago} n'est pas venu",
        "created_at": at.isoformat(),
        "conversation_id": id_at(at),
        "edit_history_tweet_ids": [id_at(at)],
        "entities": {"mentions": [{"start": 0, "username": "RegionExemple", "id": ACCOUNT}]},
    }
    return {**given, **changes}


def own_post(minutes_ago: float, **changes: Any) -> dict[str, Any]:
    return mention(minutes_ago, author_id=ACCOUNT, text="Réparé.", entities={}, **changes)


def direct_message(minutes_ago: float, **changes: Any) -> dict[str, Any]:
    at = NOW - timedelta(minutes=minutes_ago)
    given = {
        "id": id_at(at),
        "event_type": "MessageCreate",
        "sender_id": CITIZEN,
        "dm_conversation_id": f"{CITIZEN}-{ACCOUNT}",
        "text": f"Il y a {minutes_ago} minutes",
        "created_at": at.isoformat(),
    }
    return {**given, **changes}


@dataclass
class Lists:
    """Answers questions for lists. `page`: the most on one page. `answers`: given instead, by the
    end of a path, once each. `left`: what X says is left of a list's limit after each question."""

    mentions: list[dict[str, Any]] = field(default_factory=list)
    tweets: list[dict[str, Any]] = field(default_factory=list)
    dm_events: list[dict[str, Any]] = field(default_factory=list)
    page: int = 100
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    left: dict[str, list[int]] = field(default_factory=dict)

    def __call__(self, request: Request) -> Answer:
        name = request.path.rpartition("/")[2]
        if self.answers.get(name):
            return self.answers[name].pop(0)
        answer = Answer(self._page(getattr(self, name), request.fields))
        if self.left.get(name):
            left = str(self.left[name].pop(0))
            answer.headers = {
                "x-rate-limit-limit": "15",
                "x-rate-limit-remaining": left,
                "x-rate-limit-reset": RESET,
            }
        return answer

    def _page(self, items: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
        found = [item for item in items if _is_wanted(item["id"], query)]
        found.sort(key=lambda item: int(item["id"]), reverse=True)
        size = min(self.page, int(query["max_results"]))
        page, rest = found[:size], found[size:]
        meta: dict[str, Any] = {"result_count": len(page)}
        if rest:
            meta["next_token"] = f"before-{page[-1]['id']}"
        answer: dict[str, Any] = {"meta": meta}
        if page:
            users = [{"id": CITIZEN, "username": "jkervella29", "name": "J. Kervella"}]
            answer |= {"data": page, "includes": {"users": users}}
        return answer


def _is_wanted(item_id: str, query: dict[str, str]) -> bool:
    number = int(item_id)
    if "since_id" in query and number <= int(query["since_id"]):
        return False
    if "start_time" in query:
        start = datetime.fromisoformat(query["start_time"])
        made = made_at(item_id)
        if made is None or made < start:
            return False
    before = query.get("pagination_token", "").removeprefix("before-")
    return not before or number < int(before)


def refused(message: str) -> Answer:
    """X's refusal of a question as badly formed."""
    return Answer({**INVALID, "errors": [{"message": message, "parameters": {}}]}, 400)


def limited() -> Answer:
    body = {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}
    return Answer(body, 429, {"x-rate-limit-reset": RESET})
