"""Every captured shape of a delivery, and exactly what comes of it.

A case is a file of `payloads/`: `body` is written as Meta writes it, `raw` is sent as it stands;
`expect` gives each value with the fields that are not at their default. `made:*` stands for an
id the parser makes, and fields named `account` are left out when it is the page of the cases.
"""

import dataclasses
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from hub.channels.base import Unknown
from hub.channels.facebook.parse import parse
from tests.channels.facebook.wire import APP_ID, PAGE, as_meta_writes

CASES = sorted((Path(__file__).parent / "payloads").glob("*.json"))


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())


def body_of(case: dict[str, Any]) -> bytes:
    return case["raw"].encode() if "raw" in case else as_meta_writes(case["body"])


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_delivery_gives_exactly_these_values(path):
    case = read(path)

    values = parse(body_of(case), APP_ID)

    assert [plain(value) for value in values] == case["expect"]


def test_the_cases_are_many_and_each_says_something_else():
    about = [read(path)["about"] for path in CASES]

    assert len(about) >= 60
    assert len(set(about)) == len(about)


def test_what_is_kept_aside_is_the_very_item_that_came():
    item = {"field": "hologram", "value": {"id": 12, "écrit": "là"}}
    envelope = {"object": "page", "entry": [{"id": PAGE, "time": 1794300005, "changes": [item]}]}

    (value,) = parse(as_meta_writes(envelope), APP_ID)

    assert isinstance(value, Unknown)
    assert value.raw == item


def test_a_repeated_delivery_makes_the_same_id_and_another_press_another():
    def press(timestamp):
        postback = {
            "sender": {"id": "25000000000000777"},
            "recipient": {"id": PAGE},
            "timestamp": timestamp,
            "postback": {"payload": "GET_STARTED"},
        }
        body = {"object": "page", "entry": [{"id": PAGE, "messaging": [postback]}]}
        return parse(as_meta_writes(body), APP_ID)[0].external_id

    assert press(1794300290512) == press(1794300290512)
    assert press(1794300290512) != press(1794300290513)


def plain(value: Any) -> Any:
    """A value as the cases write it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace(".000", "").replace("+00:00", "Z")
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if not dataclasses.is_dataclass(value):
        return "made:*" if isinstance(value, str) and value.startswith("made:") else value
    fields = {
        field.name: plain(getattr(value, field.name))
        for field in dataclasses.fields(value)
        if getattr(value, field.name) not in (field.default, None, "", {})
    }
    if fields.get("account") == PAGE:
        del fields["account"]
    fields.pop("raw", None)
    is_event = type(value).__name__ not in {"Author", "Publication", "RemoteFile"}
    return {"type": type(value).__name__, **fields} if is_event and fields else fields
