"""Whatever comes, parse answers with values: the delivery is stored and nobody resends it."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.channels.base import (
    Deleted,
    Echo,
    Edited,
    Hidden,
    Ignored,
    InboundMessage,
    Receipt,
    Unknown,
)
from hub.channels.facebook.parse import parse
from tests.channels.facebook.test_payloads import CASES, read
from tests.channels.facebook.wire import APP_ID, PAGE, as_meta_writes

VALUES = (InboundMessage, Edited, Deleted, Hidden, Echo, Receipt, Ignored, Unknown)
BODIES = [case["body"] for path in CASES if "body" in (case := read(path))]

numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
leaves = st.none() | st.booleans() | numbers | st.text()
json_values = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def assert_values(body: bytes) -> None:
    assert all(isinstance(value, VALUES) for value in parse(body, APP_ID))


@given(st.binary())
def test_any_bytes(body):
    assert_values(body)


@given(json_values)
def test_any_json(value):
    assert_values(json.dumps(value).encode())


@given(st.lists(json_values, min_size=1), st.sampled_from(["changes", "messaging", "standby"]))
def test_any_items_give_one_value_each(items, name):
    body = {"object": "page", "entry": [{"id": PAGE, "time": 1794300005, name: items}]}

    assert len(parse(json.dumps(body).encode(), APP_ID)) == len(items)


@settings(max_examples=400)
@given(st.sampled_from(BODIES), st.randoms(use_true_random=False), json_values)
def test_a_known_delivery_with_anything_anywhere(body, random, intruder):
    mutated = copy.deepcopy(body)
    owner, key = random.choice(list(places(mutated)))
    owner[key] = intruder

    assert_values(as_meta_writes(mutated))


@settings(max_examples=200)
@given(st.sampled_from(BODIES), st.randoms(use_true_random=False))
def test_a_known_delivery_with_anything_missing(body, random):
    mutated = copy.deepcopy(body)
    owner, key = random.choice(list(places(mutated)))
    del owner[key]

    assert_values(as_meta_writes(mutated))


@given(json_values)
def test_a_broken_item_never_spoils_its_neighbours(intruder):
    sound = read(next(path for path in CASES if path.stem == "messenger-text"))
    (entry,) = copy.deepcopy(sound["body"]["entry"])
    (good,) = entry["messaging"]
    entry["messaging"] = [good, intruder, {**good, "message": intruder}, good]

    values = parse(as_meta_writes({"object": "page", "entry": [entry]}), APP_ID)

    assert len(values) == 4
    assert values[0] == values[3]
    assert isinstance(values[0], InboundMessage)


def test_deep_nesting_stays_with_its_item():
    deep: Any = "x"
    for _ in range(700):
        deep = [deep]
    changes = [{"field": "feed", "value": {"item": "comment", "photos": deep, "comment_id": "1_2"}}]
    body = {"object": "page", "entry": [{"id": PAGE, "time": 1794300005, "changes": changes}]}

    assert_values(as_meta_writes(body))


@pytest.mark.parametrize("longest", ["comment_id", "post_id"])
def test_an_id_too_long_for_any_platform_is_kept_aside(longest):
    value = {
        "item": "comment",
        "verb": "add",
        "comment_id": "1_2",
        "post_id": "1_1",
        "message": "a",
    }
    changes = [{"field": "feed", "value": value | {longest: "9" * 400}}]
    body = {"object": "page", "entry": [{"id": PAGE, "time": 1794300005, "changes": changes}]}

    (found,) = parse(as_meta_writes(body), APP_ID)

    assert isinstance(found, Unknown) if longest == "comment_id" else len(found.conversation) < 255


def places(value: Any) -> Any:
    """Every spot in a JSON value that can be replaced, as its holder and key."""
    keys = value.keys() if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])
