"""Every shape of a delivery and of an answer to a poll, and exactly what comes of it.

A case is a file of `payloads/`: `body` is written as X writes it, `raw` is sent as it stands;
`expect` gives each value with the fields that are not at their default. `ask` says that `body` is
a page of posts or of direct messages that X was asked for. `made:*` stands for an id the parser
makes, and fields named `account` are left out when it is the account of the cases.
"""

import dataclasses
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from hub.channels.base import Parsed, Unknown
from hub.channels.twitter.parse import parse
from hub.channels.twitter.parse_v2 import dm_value, post_value
from tests.channels.twitter.deliveries import as_x_writes
from tests.channels.twitter.wire import ACCOUNT, NOW

PAYLOADS = Path(__file__).parent / "payloads"
CASES = sorted(PAYLOADS.rglob("*.json"))
READERS = {"posts": post_value, "direct_messages": dm_value}


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def body_of(case: dict[str, Any]) -> bytes:
    return case["raw"].encode() if "raw" in case else as_x_writes(case["body"])


def values_of(case: dict[str, Any]) -> list[Parsed]:
    if "ask" not in case:
        return parse(body_of(case), now=NOW)
    value_of, page = READERS[case["ask"]], case["body"]
    return [value_of(item, page.get("includes", {}), ACCOUNT) for item in page["data"]]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_delivery_gives_exactly_these_values(path):
    case = read(path)

    assert [plain(value) for value in values_of(case)] == case["expect"]


def test_the_cases_are_many_and_each_says_something_else():
    about = [read(path)["about"] for path in CASES]

    assert len(about) >= 150
    assert len(set(about)) == len(about)


def test_what_is_kept_aside_is_the_very_item_that_came():
    item = {"id_str": "1", "user": {"écrit": ["là", 12]}}

    (value,) = parse(as_x_writes({"for_user_id": ACCOUNT, "tweet_create_events": [item]}), now=NOW)

    assert isinstance(value, Unknown)
    assert value.raw == item


def plain(value: Any) -> Any:
    """A value as the cases write it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace(".000", "").replace("+00:00", "Z")
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return dict(value)
    if not dataclasses.is_dataclass(value):
        return "made:*" if isinstance(value, str) and value.startswith("made:") else value
    fields = {
        field.name: plain(getattr(value, field.name))
        for field in dataclasses.fields(value)
        if getattr(value, field.name) not in (field.default, None, "", {}, ())
    }
    if fields.get("account") == ACCOUNT:
        del fields["account"]
    fields.pop("raw", None)
    is_event = type(value).__name__ not in {"Author", "Publication", "RemoteFile"}
    return {"type": type(value).__name__, **fields} if is_event and fields else fields
