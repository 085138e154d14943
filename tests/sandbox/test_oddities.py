"""Each odd delivery has the one oddity it is named for."""

import json
from typing import Any

import pytest

from hub.sandbox.meta.oddities import ODDITIES
from hub.sandbox.meta.stand_in import MetaStandIn
from tests.sandbox.conftest import Hub


def sent(meta: MetaStandIn, hub: Hub, name: str) -> list[list[dict[str, Any]]]:
    """The entries of each delivery the oddity makes."""
    ODDITIES[name].send(meta)
    meta.deliver_pending()
    return [json.loads(body)["entry"] for _, body in hub.received]


@pytest.mark.parametrize("name", [name for name in ODDITIES if name.startswith(("sha1", "wrong"))])
def test_a_badly_signed_delivery_is_no_proof(meta: MetaStandIn, hub: Hub, name: str) -> None:
    sent(meta, hub, name)
    honest, body = hub.received[0]
    meta.send_raw(json.loads(body)["entry"])
    meta.deliver_pending()
    assert hub.received[1][1] == body
    assert honest.get("X-Hub-Signature-256") != hub.received[1][0]["X-Hub-Signature-256"]


def test_the_same_message_stands_twice_in_a_batch(meta: MetaStandIn, hub: Hub) -> None:
    (entry,) = sent(meta, hub, "duplicate_mid")[0]
    first, second = entry["messaging"]
    assert first == second


def test_the_same_delivery_comes_twice(meta: MetaStandIn, hub: Hub) -> None:
    sent(meta, hub, "delivered_twice")
    assert hub.received[0] == hub.received[1]


def test_the_author_of_a_comment_is_missing(meta: MetaStandIn, hub: Hub) -> None:
    (entry,) = sent(meta, hub, "from_absent")[0]
    assert "from" not in entry["changes"][0]["value"]


@pytest.mark.parametrize(
    ("name", "verbs"),
    [("remove_before_add", ["remove", "add"]), ("edited_before_add", ["edited", "add"])],
)
def test_the_order_is_turned_round(
    meta: MetaStandIn, hub: Hub, name: str, verbs: list[str]
) -> None:
    values = [entries[0]["changes"][0]["value"] for entries in sent(meta, hub, name)]
    assert [value["verb"] for value in values] == verbs
    assert len({value["comment_id"] for value in values}) == 1


def test_a_sticker_has_a_twin(meta: MetaStandIn, hub: Hub) -> None:
    (entry,) = sent(meta, hub, "sticker_twins")[0]
    twins = entry["messaging"][0]["message"]["attachments"]
    assert [twin["type"] for twin in twins] == ["sticker", "image"]
    assert len({twin["payload"]["sticker_id"] for twin in twins}) == 1


def test_a_link_preview_has_no_content(meta: MetaStandIn, hub: Hub) -> None:
    (entry,) = sent(meta, hub, "fallback_without_payload")[0]
    assert entry["messaging"][0]["message"]["attachments"] == [
        {"type": "fallback", "payload": None}
    ]


def test_an_unknown_attachment_stands_between_two_messages(meta: MetaStandIn, hub: Hub) -> None:
    (entry,) = sent(meta, hub, "unknown_attachment")[0]
    before, odd, after = entry["messaging"]
    assert odd["message"]["attachments"][0]["type"] == "hologram"
    assert before["message"]["text"]
    assert after["message"]["text"]


def test_an_unknown_event_stands_beside_a_message(meta: MetaStandIn, hub: Hub) -> None:
    (entry,) = sent(meta, hub, "item_without_known_key")[0]
    unknown, known = entry["messaging"]
    assert "message" not in unknown
    assert known["message"]["text"]


def test_standby_stands_in_the_place_of_messaging(meta: MetaStandIn, hub: Hub) -> None:
    (entry,) = sent(meta, hub, "standby")[0]
    assert "messaging" not in entry
    assert entry["standby"][0]["message"]["text"]


def test_an_entry_may_be_empty(meta: MetaStandIn, hub: Hub) -> None:
    empty, full = sent(meta, hub, "entry_with_only_id")[0]
    assert list(empty) == ["id"]
    assert full["messaging"]


def test_a_message_is_dated_in_seconds(meta: MetaStandIn, hub: Hub) -> None:
    (entry,) = sent(meta, hub, "timestamp_in_seconds")[0]
    assert entry["messaging"][0]["timestamp"] == 1794300000
