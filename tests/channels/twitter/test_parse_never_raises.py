"""Whatever comes, parse answers with values: the delivery is stored and nobody resends it."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.channels.base import (
    AccessRevoked,
    Deleted,
    Echo,
    Edited,
    Ignored,
    InboundMessage,
    Unknown,
)
from hub.channels.twitter.parse import parse
from hub.channels.twitter.parse_v2 import dm_value, post_value
from tests.channels.twitter.deliveries import as_x_writes
from tests.channels.twitter.test_payloads import CASES, PAYLOADS, read, values_of
from tests.channels.twitter.wire import ACCOUNT, NOW

VALUES = (AccessRevoked, InboundMessage, Edited, Deleted, Echo, Ignored, Unknown)
KNOWN = [case for path in CASES if "body" in (case := read(path))]
FAMILIES = ["tweet_create_events", "direct_message_events", "tweet_delete_events", "x_chat_events"]

numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
leaves = st.none() | st.booleans() | numbers | st.text()
json_values = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def assert_values(values: list[Any]) -> None:
    assert isinstance(values, list)
    assert all(isinstance(value, VALUES) for value in values)
    assert all(json.dumps(value.raw) for value in values if isinstance(value, Unknown))


@given(st.binary())
def test_any_bytes(body):
    assert_values(parse(body, now=NOW))


@given(json_values)
def test_any_json(value):
    assert_values(parse(json.dumps(value).encode(), now=NOW))


@given(st.lists(json_values, min_size=1), st.sampled_from(FAMILIES))
def test_any_items_give_one_value_each(items, family):
    body = {"for_user_id": ACCOUNT, family: items}

    assert len(parse(json.dumps(body).encode(), now=NOW)) == len(items)


@given(json_values, st.sampled_from(["post.create", "dm.received", "chat.received", "like.create"]))
def test_any_payload_gives_a_value(payload, event):
    data = {"event_type": event, "filter": {"user_id": ACCOUNT}, "payload": payload}

    values = parse(json.dumps({"data": data}).encode(), now=NOW)

    assert values
    assert_values(values)


@settings(max_examples=600)
@given(st.sampled_from(KNOWN), st.randoms(use_true_random=False), json_values)
def test_a_known_body_with_anything_anywhere(case, random, intruder):
    mutated = copy.deepcopy(case)
    owner, key = random.choice(list(places(mutated["body"])))
    owner[key] = intruder

    assert_values(values_of_any(mutated))


@settings(max_examples=300)
@given(st.sampled_from(KNOWN), st.randoms(use_true_random=False))
def test_a_known_body_with_anything_missing(case, random):
    mutated = copy.deepcopy(case)
    owner, key = random.choice(list(places(mutated["body"])))
    del owner[key]

    assert_values(values_of_any(mutated))


@given(json_values)
def test_a_broken_item_never_spoils_its_neighbours(intruder):
    body = read(PAYLOADS / "v1-mention.json")["body"]
    (good,) = body["tweet_create_events"]
    body["tweet_create_events"] = [good, intruder, {**good, "entities": intruder}, good]

    values = parse(json.dumps(body).encode(), now=NOW)

    assert len(values) == 4
    assert values[0] == values[3]
    assert isinstance(values[0], InboundMessage)


@given(json_values, json_values)
def test_any_object_that_was_asked_for_gives_a_value(found, includes):
    shapes = found if isinstance(found, dict) else {"id": "1", "author_id": "2", "text": found}
    around = includes if isinstance(includes, dict) else {"users": includes, "media": includes}

    assert_values([value_of(shapes, around, ACCOUNT) for value_of in (post_value, dm_value)])


@pytest.mark.parametrize("path", ["v1-mention", "xaa-mention", "dm-text", "polled/posts"])
def test_reading_changes_nothing_and_gives_the_same_again(path):
    case = read(PAYLOADS / f"{path}.json")
    before = copy.deepcopy(case)

    assert values_of(case) == values_of(case)
    assert case == before


def test_deep_nesting_stays_with_its_item():
    deep: Any = "x"
    for _ in range(700):
        deep = [deep]
    post = {"id_str": "1", "user": {"id_str": "2"}, "text": "a", "entities": {"urls": deep}}
    body = {"for_user_id": ACCOUNT, "tweet_create_events": [post]}

    assert_values(parse(as_x_writes(body), now=NOW))


def test_many_mentions_and_spaces_are_read_in_no_time():
    words = "@a " * 20_000 + " " * 20_000 + "https://t.co/" + "@" * 20_000
    post = {
        "id_str": "2120073977756913679",
        "user": {"id_str": "2"},
        "text": words,
        "display_text_range": [60_001, 2],
        "in_reply_to_status_id_str": "3",
        "entities": {"user_mentions": [{"id_str": ACCOUNT, "screen_name": "a"}]},
    }

    (value,) = parse(as_x_writes({"for_user_id": ACCOUNT, "tweet_create_events": [post]}), now=NOW)

    assert isinstance(value, InboundMessage)


@pytest.mark.parametrize("longest", ["id_str", "in_reply_to_status_id_str"])
def test_an_id_too_long_for_any_platform_is_kept_aside_or_left_out(longest):
    post = {"id_str": "2120073977756913679", "user": {"id_str": "2"}, "text": "a"}
    body = {"for_user_id": ACCOUNT, "tweet_create_events": [post | {longest: "9" * 400}]}

    (value,) = parse(as_x_writes(body), now=NOW)

    assert isinstance(value, Unknown) if longest == "id_str" else len(value.conversation) < 255


def values_of_any(case: dict[str, Any]) -> list[Any]:
    """As values_of, for a body in which anything may be anything."""
    if "ask" not in case:
        return parse(as_x_writes(case["body"]), now=NOW)
    page = case["body"] if isinstance(case["body"], dict) else {}
    items = page.get("data") if isinstance(page.get("data"), list) else []
    includes = page.get("includes") if isinstance(page.get("includes"), dict) else {}
    value_of = post_value if case["ask"] == "posts" else dm_value
    return [value_of(item, includes, ACCOUNT) for item in items]


def places(value: Any) -> Any:
    """Every spot in a JSON value that can be replaced, as its holder and key."""
    keys = value.keys() if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])
