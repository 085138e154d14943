"""Meta's error codes, and what each means for a message of ours.

The same code has opposite meanings under different subcodes (10-2018278: the time to answer is
over; 10-1893063: Meta restricted the page), so both always decide together. The HTTP status
decides nothing but 429 and 5xx. List: developers.facebook.com/docs/messenger-platform/error-codes
and /docs/graph-api/guides/error-handling.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hub import clock
from hub.channels.base import (
    AccountBroken,
    ChannelError,
    OutcomeUnknown,
    Refused,
    RetryLater,
    WindowClosed,
)
from hub.channels.untrusted import mapping, text


@dataclass(frozen=True, slots=True)
class Meaning:
    """What to raise; `code` picks the sentence; `wait` for RetryLater without Meta's own time."""

    error: type[ChannelError]
    code: str
    wait: timedelta = timedelta(minutes=5)
    for_all: bool = False


UNCLEAR = Meaning(OutcomeUnknown, "unclear")
LIMITED = Meaning(RetryLater, "rate_limited", for_all=True)
ABUSE = Meaning(RetryLater, "abuse_warning", timedelta(hours=1))
OTHER_APP = Meaning(RetryLater, "other_app", timedelta(minutes=15))
AUTOMATED = Meaning(RetryLater, "automated_flow")
PERMISSION = Meaning(Refused, "permission")
WINDOW = Meaning(WindowClosed, "window_closed")
UNAVAILABLE = Meaning(Refused, "person_unavailable")
GONE = Meaning(Refused, "gone")
INVALID = Meaning(Refused, "invalid")
ATTACHMENT = Meaning(Refused, "attachment")
NOT_REPLYABLE = Meaning(Refused, "not_replyable")
ALREADY = Meaning(Refused, "already_replied")
BLOCKED = Meaning(AccountBroken, "blocked_by_meta")
TOKEN = Meaning(AccountBroken, "token_dead")

#: (code, subcode) -> meaning.
BY_SUBCODE: dict[tuple[int, int], Meaning] = {
    (1, 99): UNCLEAR,
    (1, 1357046): UNCLEAR,
    (10, 2018278): WINDOW,
    (10, 2534022): WINDOW,
    (10, 2018065): WINDOW,
    (10, 2018108): UNAVAILABLE,
    (10, 1893063): Meaning(AccountBroken, "page_restricted"),
    (100, 33): GONE,
    (100, 2018001): Meaning(Refused, "no_such_person"),
    (100, 2018008): ATTACHMENT,
    (100, 2018047): ATTACHMENT,
    (100, 2018109): ATTACHMENT,
    (100, 2018294): ATTACHMENT,
    (100, 2018292): NOT_REPLYABLE,
    (100, 2534025): NOT_REPLYABLE,
    (190, 458): Meaning(AccountBroken, "app_removed"),
    (190, 459): Meaning(AccountBroken, "checkpoint"),
    (190, 460): Meaning(AccountBroken, "password_changed"),
    (190, 463): Meaning(AccountBroken, "token_expired"),
    (190, 464): Meaning(AccountBroken, "checkpoint"),
    (190, 467): TOKEN,
    (190, 490): Meaning(AccountBroken, "two_factor"),
    (200, 1545041): UNAVAILABLE,
    (551, 1545041): UNAVAILABLE,
    (613, 2018338): ABUSE,
}

#: Conditions that Meta documents by one number, which comes as code or as subcode of another.
ANYWHERE: dict[int, Meaning] = {
    10900: ALREADY,
    10902: NOT_REPLYABLE,
    10903: NOT_REPLYABLE,
    2018300: OTHER_APP,
    2018321: AUTOMATED,
}

#: A code whose subcode is absent or says nothing more.
BY_CODE: dict[int, Meaning] = {
    -1: UNCLEAR,
    1: UNCLEAR,
    2: UNCLEAR,
    3: PERMISSION,
    4: LIMITED,
    10: PERMISSION,
    17: LIMITED,
    32: LIMITED,
    100: INVALID,
    102: TOKEN,
    190: TOKEN,
    200: Meaning(AccountBroken, "app_not_live"),
    **dict.fromkeys(range(201, 300), PERMISSION),
    341: BLOCKED,
    368: BLOCKED,
    506: Meaning(OutcomeUnknown, "duplicate"),
    551: UNAVAILABLE,
    613: LIMITED,
    2022: GONE,
    80001: LIMITED,
    80006: LIMITED,
    1609005: Meaning(Refused, "link"),
    9000001: GONE,
}

REFUSED = Meaning(Refused, "refused")


def meaning(code: int | None, subcode: int | None, *, transient: bool = False) -> Meaning:
    """What an error of Meta means. A code nobody listed is a refusal, unless Meta calls it
    transient: then nothing is known."""
    if code is None:
        return UNCLEAR
    if subcode is not None and (found := BY_SUBCODE.get((code, subcode))):
        return found
    for number in (subcode, code):
        if number is not None and (found := ANYWHERE.get(number)):
            return found
    return BY_CODE.get(code) or (UNCLEAR if transient else REFUSED)


def to_raise(status: int, body: Mapping[str, Any], blocked_until: datetime | None) -> ChannelError:
    """The hub's error for an answer that holds `error`, whatever its HTTP status.

    `blocked_until`: when the usage headers say that calls are accepted again.
    """
    error = mapping(body.get("error"))
    detail = _detail(status, body)
    if status >= 500:
        return OutcomeUnknown("unclear", detail)
    found = meaning(
        _number(error.get("code")),
        _number(error.get("error_subcode")),
        transient=error.get("is_transient") is True,
    )
    if status == 429 and found.error is not RetryLater:
        found = LIMITED
    if found.error is RetryLater:
        at = blocked_until or clock.now() + found.wait
        return RetryLater(found.code, detail, at=at, for_all=found.for_all)
    return found.error(found.code, detail)


def _number(value: Any) -> int | None:
    """Codes come as numbers; some proxies of Meta's have sent their digits."""
    if isinstance(value, str) and value.lstrip("-").isdecimal() and len(value) < 12:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _detail(status: int, body: Mapping[str, Any]) -> str:
    error = mapping(body.get("error"))
    words = text(error.get("message")) or text(body.get("error")) or "no message"
    numbers = f"{error.get('code')}-{error.get('error_subcode')}"
    trace = text(error.get("fbtrace_id"))
    return f"HTTP {status}, {numbers}: {words}" + (f" (fbtrace_id {trace})" if trace else "")
