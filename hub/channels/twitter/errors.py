"""X's errors, and what each means for a message of ours.

X answers in four shapes: a problem object, a list `errors` of them (under status 200 too), the
list of numbered errors of its version 1.1, and OAuth's own; 5xx come as pages. Words, then the
old number, then the end of a problem's `type`, then the status decide: the first two are the more
exact, and most refusals of a reply have no type of their own ("about:blank").
Lists: docs.x.com/x-api/fundamentals/response-codes-and-errors; the sentences quoted in BY_WORDS
are X's own as its users report them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hub import clock
from hub.channels.base import AccountBroken, ChannelError, OutcomeUnknown, Refused, RetryLater
from hub.channels.twitter.limits import wait_until
from hub.channels.untrusted import mapping, sequence, text

Json = Mapping[str, Any]
LONGEST_DETAIL = 600


@dataclass(frozen=True, slots=True)
class Meaning:
    """What to raise; `code` picks the sentence. For RetryLater: `wait`, None as the headers say,
    and whether it holds `for_all` messages that go the same way."""

    error: type[ChannelError]
    code: str
    wait: timedelta | None = None
    for_all: bool = False


UNCLEAR = Meaning(OutcomeUnknown, "unclear")
DUPLICATE = Meaning(OutcomeUnknown, "duplicate")
LIMITED = Meaning(RetryLater, "rate_limited", for_all=True)
AUTOMATED = Meaning(RetryLater, "looks_automated", timedelta(hours=1), for_all=True)
DAILY = Meaning(RetryLater, "daily_limit", timedelta(hours=1), for_all=True)
TOKEN = Meaning(AccountBroken, "token_dead")
CREDITS = Meaning(AccountBroken, "credits")
ACCESS = Meaning(AccountBroken, "access_level")
PERMISSION = Meaning(AccountBroken, "permission")
SUSPENDED = Meaning(AccountBroken, "suspended")
LOCKED = Meaning(AccountBroken, "locked")
REFUSED = Meaning(Refused, "refused")
INVALID = Meaning(Refused, "invalid")
GONE = Meaning(Refused, "gone")
TOO_LONG = Meaning(Refused, "too_long")
NOT_SUMMONED = Meaning(Refused, "not_summoned")
REPLY_RESTRICTED = Meaning(Refused, "reply_restricted")
DM_REFUSED = Meaning(Refused, "dm_refused")
BLOCKED = Meaning(Refused, "blocked")
FILE = Meaning(Refused, "file_refused")

#: What X's words contain, in small letters -> meaning. The first that fits decides.
BY_WORDS: dict[str, Meaning] = {
    "duplicate content": DUPLICATE,
    "creditsdepleted": CREDITS,
    "does not have any credits": CREDITS,
    "usage cap exceeded": CREDITS,
    "usagecapexceeded": CREDITS,
    "spend cap": CREDITS,
    "client-not-enrolled": ACCESS,
    "oauth1 app permissions": PERMISSION,
    "mentioned or otherwise engaged": NOT_SUMMONED,
    "where you are mentioned or are the author": NOT_SUMMONED,
    "restricted who can reply": REPLY_RESTRICTED,
    "deleted or not visible": GONE,
    "permission to dm": DM_REFUSED,
    "cannot send messages to this user": DM_REFUSED,
    "media ids are invalid": FILE,
    "temporarily locked": LOCKED,
    "account is suspended": SUSPENDED,
    "crcvalidationfailed": Meaning(Refused, "webhook_crc"),
    "urlvalidationfailed": Meaning(Refused, "webhook_url"),
    "duplicateurlfailed": Meaning(Refused, "webhook_duplicate"),
    "webhooklimitexceeded": Meaning(Refused, "webhook_limit"),
    "webhookidinvalid": Meaning(Refused, "webhook_unknown"),
    "duplicatesubscription": Meaning(Refused, "subscription_duplicate"),
    "subscriptionlimitexceeded": Meaning(Refused, "subscription_limit"),
    "subscriptionnotfound": Meaning(Refused, "subscription_unknown"),
}

#: Errors of version 1.1 by their number; version 2 still answers some so.
BY_NUMBER: dict[int, Meaning] = {
    32: TOKEN,
    34: GONE,
    50: GONE,
    63: GONE,
    64: SUSPENDED,
    87: ACCESS,
    88: LIMITED,
    89: TOKEN,
    99: TOKEN,
    130: UNCLEAR,
    131: UNCLEAR,
    135: Meaning(AccountBroken, "clock"),
    136: BLOCKED,
    144: GONE,
    150: DM_REFUSED,
    179: GONE,
    185: DAILY,
    186: TOO_LONG,
    187: DUPLICATE,
    215: TOKEN,
    220: PERMISSION,
    226: AUTOMATED,
    261: PERMISSION,
    324: FILE,
    326: LOCKED,
    349: DM_REFUSED,
    354: TOO_LONG,
    385: GONE,
    386: Meaning(Refused, "too_many_files"),
    433: REPLY_RESTRICTED,
    453: ACCESS,
    476: DM_REFUSED,
}

#: The end of a problem's `type`; its host has changed, and "about:blank" says nothing.
BY_TYPE: dict[str, Meaning] = {
    "client-disconnected": UNCLEAR,
    "client-forbidden": ACCESS,
    "credits": CREDITS,
    "disallowed-resource": REFUSED,
    "field-hydration-failure": UNCLEAR,
    "internal-error": UNCLEAR,
    "invalid-request": INVALID,
    "not-authorized-for-field": Meaning(Refused, "permission_missing"),
    "not-authorized-for-resource": GONE,
    "oauth1-permissions": PERMISSION,
    "rate-limit-exceeded": LIMITED,
    "resource-not-found": GONE,
    "resource-unavailable": GONE,
    "unsupported-authentication": PERMISSION,
    "usage-capped": CREDITS,
}

BY_STATUS: dict[int, Meaning] = {
    400: INVALID,
    401: TOKEN,
    402: CREDITS,
    403: REFUSED,
    404: GONE,
    413: FILE,
    429: LIMITED,
}

#: What a body that is not X's own may still mean: these stop at X's door whatever the body.
WITHOUT_BODY = frozenset({401, 402, 429})


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that an answer says went wrong."""

    kind: str
    number: int | None
    words: str


def problems(body: Json) -> list[Problem]:
    """What went wrong, the more exact first: the listed problems, then the one around them."""
    listed = [_problem(mapping(item)) for item in sequence(body.get("errors"))]
    around = [_problem(body)] if any(body.get(name) for name in ("title", "type", "error")) else []
    return [*listed, *around]


def to_raise(status: int, body: Json | None, headers: Mapping[str, str]) -> ChannelError:
    """The hub's error for an answer that is one. `body`: None when it is no JSON object.

    OutcomeUnknown holds for writes; who reads may make it RetryLater.
    """
    found = problems(body) if body is not None else []
    meaning = _meaning(status, found, readable=body is not None)
    detail = _detail(status, found, headers)
    if meaning.error is not RetryLater:
        return meaning.error(meaning.code, detail)
    at = clock.now() + meaning.wait if meaning.wait else wait_until(headers)
    return RetryLater(meaning.code, detail, at=at, for_all=meaning.for_all)


def _meaning(status: int, found: list[Problem], *, readable: bool) -> Meaning:
    if status >= 500 or (not readable and status not in WITHOUT_BODY):
        return UNCLEAR
    meaning = _told(found)
    if status == 429 and (meaning is None or meaning.error is not AccountBroken):
        return LIMITED
    if meaning is not None:
        return meaning
    told_nothing = REFUSED if status >= 400 or (status < 300 and found) else UNCLEAR
    return BY_STATUS.get(status, told_nothing)


def _told(found: list[Problem]) -> Meaning | None:
    """By words, by number, by type, whichever says something first."""
    words = " ".join(problem.words for problem in found).lower()
    by_words = (meaning for part, meaning in BY_WORDS.items() if part in words)
    by_number = (BY_NUMBER.get(problem.number) for problem in found if problem.number is not None)
    by_type = (BY_TYPE.get(problem.kind) for problem in found)
    return _first(by_words) or _first(by_number) or _first(by_type)


def _first(meanings: Iterable[Meaning | None]) -> Meaning | None:
    return next((meaning for meaning in meanings if meaning is not None), None)


def problem_type(problem: Json) -> str:
    """The end of a problem's type: the host before it has changed."""
    return text(problem.get("type")).rpartition("/")[2]


def _problem(value: Json) -> Problem:
    words = (
        text(value.get(name))
        for name in ("title", "detail", "message", "reason", "error", "error_description")
    )
    number = value.get("code")
    return Problem(
        kind=problem_type(value),
        number=number if isinstance(number, int) and not isinstance(number, bool) else None,
        words=". ".join(dict.fromkeys(word for word in words if word)),
    )


def _detail(status: int, found: list[Problem], headers: Mapping[str, str]) -> str:
    """X's words, and the number its support asks for."""
    said = "; ".join(filter(None, map(_said, found))) or "no reason given"
    trace = headers.get("x-transaction-id", "")
    detail = f"HTTP {status}, {said}"[:LONGEST_DETAIL]
    return f"{detail} (x-transaction-id {trace})" if trace else detail


def _said(problem: Problem) -> str:
    mark = problem.kind if problem.number is None else str(problem.number)
    return f"{mark}: {problem.words}" if mark and mark != "about:blank" else problem.words
