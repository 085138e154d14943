"""Deliveries: what they say, how they are signed, and that none is lost."""

import hashlib
import hmac
import json
import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from config import Settings
from hub import sandbox
from hub.sandbox.meta.identities import PAGE_ID, PEOPLE
from hub.sandbox.meta.stand_in import PAGE_INBOX_APP, MetaStandIn
from hub.sandbox.meta.webhooks import signed_headers, wire_bytes
from tests.sandbox.conftest import APP, Graph, Hub

CITIZEN = PEOPLE[0]


def entries(hub: Hub) -> list[dict[str, Any]]:
    return [entry for _, body in hub.received for entry in json.loads(body)["entry"]]


def values(hub: Hub) -> list[dict[str, Any]]:
    return [entry["changes"][0]["value"] for entry in entries(hub)]


def items(hub: Hub) -> list[dict[str, Any]]:
    return [item for entry in entries(hub) for item in entry["messaging"]]


def test_the_bytes_and_the_signature_are_those_meta_would_send() -> None:
    body = wire_bytes(
        {
            "object": "page",
            "entry": [
                {
                    "id": "104000000000001",
                    "time": 1794300000,
                    "changes": [
                        {
                            "field": "feed",
                            "value": {
                                "item": "comment",
                                "verb": "add",
                                "message": "Merci à la région 🚌 https://ex.fr/a",
                            },
                        }
                    ],
                }
            ],
        }
    )
    assert len(body) == 211
    assert b"\\u00e0 la r\\u00e9gion \\ud83d\\ude8c https:\\/\\/ex.fr\\/a" in body
    headers = signed_headers("0123456789abcdef0123456789abcdef", body)
    assert headers["X-Hub-Signature-256"] == (
        "sha256=e3d1d5eedd36925cdc827c997047c446e069aeea502bb3e61c2b61da3b41c395"
    )


def test_a_delivery_is_signed_over_its_own_bytes(meta: MetaStandIn, hub: Hub) -> None:
    meta.write(CITIZEN.id, "L’été à Évian, ça coûte 3/4 du prix ? 🚌")
    meta.deliver_pending()
    headers, body = hub.received[0]
    mac = hmac.new(APP.app_secret.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature-256"] == f"sha256={mac}"
    assert body.isascii()


def test_a_comment_is_told_whole(meta: MetaStandIn, hub: Hub) -> None:
    post = meta.posts()[0]
    comment = meta.comment(post.id, CITIZEN.id, "Et le samedi ?", photo="shelter.jpg")
    nested = meta.comment(post.id, PEOPLE[1].id, "Pareil", parent=comment.id)
    meta.deliver_pending()
    first, second = values(hub)
    assert first["from"] == {"id": CITIZEN.id, "name": CITIZEN.name}
    assert first["comment_id"] == comment.id
    assert first["comment_id"].split("_")[0] == post.id.split("_")[1]
    assert first["parent_id"] == first["post_id"] == first["post"]["id"] == post.id
    assert first["photo"] == "http://hub.test/sandbox/files/shelter.jpg"
    assert first["created_time"] == 1794300000
    assert (second["comment_id"], second["parent_id"]) == (nested.id, comment.id)


def test_edits_hiding_and_removal_are_told(meta: MetaStandIn, hub: Hub) -> None:
    comment = meta.comment(meta.posts()[0].id, CITIZEN.id, "Et le samdi ?")
    meta.advance(timedelta(minutes=3))
    meta.edit_comment(comment.id, "Et le samedi ?")
    meta.hide_comment(comment.id)
    meta.hide_comment(comment.id, hidden=False)
    meta.remove_comment(comment.id)
    meta.deliver_pending()
    assert [value["verb"] for value in values(hub)] == ["add", "edited", "hide", "unhide", "remove"]
    _, edited, hidden, _, removed = values(hub)
    assert (edited["message"], edited["edited_time"]) == ("Et le samedi ?", 1794300180)
    assert hidden["is_hidden"] is True
    assert "message" not in removed
    assert removed["from"] == {"id": CITIZEN.id}


def test_a_visitors_post_is_told(meta: MetaStandIn, hub: Hub) -> None:
    meta.visitor_post(CITIZEN.id, "Qui répare l’abri ?")
    meta.visitor_post(CITIZEN.id, photo="shelter.jpg")
    meta.deliver_pending()
    plain, picture = values(hub)
    assert (plain["item"], plain["verb"], plain["message"]) == (
        "status", "add", "Qui répare l’abri ?",
    )  # fmt: skip
    assert (picture["item"], "message" in picture) == ("photo", False)
    assert picture["link"] == "http://hub.test/sandbox/files/shelter.jpg"


def test_files_and_text_make_two_messages(meta: MetaStandIn, hub: Hub) -> None:
    meta.write(CITIZEN.id, "Voici", files=["shelter.jpg", "certificate.pdf"])
    meta.deliver_pending()
    files, text = (item["message"] for item in items(hub))
    assert [attachment["type"] for attachment in files["attachments"]] == ["image", "file"]
    assert "text" not in files
    assert text["text"] == "Voici"
    assert "attachments" not in text


def test_stickers_buttons_edits_and_reactions_are_told(meta: MetaStandIn, hub: Hub) -> None:
    message = meta.write(CITIZEN.id, "Où en est mon dosier ?")
    meta.sticker(CITIZEN.id)
    meta.postback(CITIZEN.id, "Démarrer", "GET_STARTED")
    meta.edit_message(message.mid, "Où en est mon dossier ?")
    meta.react(CITIZEN.id, message.mid)
    meta.read(CITIZEN.id)
    meta.deliver_pending()
    _, sticker, postback, edit, reaction, read = items(hub)
    assert sticker["message"]["attachments"][0]["type"] == "sticker"
    assert isinstance(sticker["message"]["attachments"][0]["payload"]["sticker_id"], int)
    assert postback["postback"]["payload"] == "GET_STARTED"
    assert edit["message_edit"] == {
        "mid": message.mid, "text": "Où en est mon dossier ?", "num_edit": 1,
    }  # fmt: skip
    assert reaction["reaction"]["action"] == "react"
    assert read["read"]["watermark"] == 1794300000000


def test_what_the_hub_sends_comes_back_as_an_echo(
    graph: Graph, meta: MetaStandIn, hub: Hub
) -> None:
    meta.write(CITIZEN.id, "Bonjour")
    meta.deliver_pending()
    hub.received.clear()
    sent = graph(
        "POST", f"{PAGE_ID}/messages", recipient={"id": CITIZEN.id},
        message={"text": "Bonjour à vous", "metadata": "outbox:7f3c1e"},
    ).json  # fmt: skip
    assert sent is not None
    meta.deliver_pending()
    echo, receipt = items(hub)
    assert (echo["sender"], echo["recipient"]) == ({"id": PAGE_ID}, {"id": CITIZEN.id})
    assert echo["message"] == {
        "mid": sent["message_id"],
        "is_echo": True,
        "app_id": int(APP.app_id),
        "metadata": "outbox:7f3c1e",
        "text": "Bonjour à vous",
    }
    assert receipt["delivery"]["mids"] == [sent["message_id"]]


def test_an_answer_from_the_page_inbox_names_another_app(meta: MetaStandIn, hub: Hub) -> None:
    meta.page_writes_outside(CITIZEN.id, "Je vous réponds d’ailleurs.")
    meta.deliver_pending()
    echo = items(hub)[0]["message"]
    assert echo["app_id"] == int(PAGE_INBOX_APP)
    assert "metadata" not in echo


def test_the_pages_own_comments_are_told_too(graph: Graph, meta: MetaStandIn, hub: Hub) -> None:
    comment = meta.comment(meta.posts()[0].id, CITIZEN.id, "Et le samedi ?")
    created = graph("POST", f"{comment.id}/comments", message="Oui.").json
    assert created is not None
    graph("DELETE", comment.id)
    meta.deliver_pending()
    _, own, removed = values(hub)
    assert own["from"] == {"id": PAGE_ID, "name": "Région Montvallée"}
    assert (own["comment_id"], own["parent_id"]) == (created["id"], comment.id)
    assert (removed["verb"], removed["comment_id"]) == ("remove", comment.id)


def test_a_batch_is_one_delivery_with_mixed_entries(meta: MetaStandIn, hub: Hub) -> None:
    with meta.batch():
        meta.comment(meta.posts()[0].id, CITIZEN.id, "Un")
        meta.write(CITIZEN.id, "Deux")
    meta.deliver_pending()
    assert len(hub.received) == 1
    assert [sorted(entry) for entry in entries(hub)] == [
        ["changes", "id", "time"],
        ["id", "messaging", "time"],
    ]


def test_a_refused_delivery_is_tried_again_later_and_later(
    meta: MetaStandIn, hub: Hub, frozen: time_machine.Traveller
) -> None:
    hub.status = 503
    meta.write(CITIZEN.id, "Bonjour")
    tries = []
    for _ in range(40):
        tries.append(meta.deliver_pending())
        frozen.shift(1)
    assert [second for second, count in enumerate(tries) if count] == [0, 1, 3, 7, 15, 31]
    hub.status = 200
    frozen.shift(60)
    assert meta.deliver_pending() == 1
    assert meta.deliver_pending() == 0
    assert len({body for _, body in hub.received}) == 1


@pytest.mark.parametrize("status", [0, 302, 404, 500])
def test_only_a_2xx_counts_as_delivered(meta: MetaStandIn, hub: Hub, status: int) -> None:
    hub.status = status
    meta.write(CITIZEN.id, "Bonjour")
    meta.deliver_pending()
    assert meta.deliveries()[0].delivered_at is None
    assert meta.deliveries()[0].status == status


def test_what_was_not_delivered_survives_a_restart(
    meta: MetaStandIn, hub: Hub, settings: Settings, frozen: time_machine.Traveller
) -> None:
    hub.status = 0
    meta.write(CITIZEN.id, "Bonjour")
    meta.deliver_pending()
    frozen.shift(10)
    back = Hub()
    restarted = MetaStandIn(sandbox.open_database(settings), APP, deliver=back)
    restarted.deliver_pending()
    assert items(back)[0]["message"]["text"] == "Bonjour"


def test_a_failing_delivery_does_not_hold_up_the_next(meta: MetaStandIn, hub: Hub) -> None:
    hub.status = 500
    meta.write(CITIZEN.id, "Un")
    meta.deliver_pending()
    hub.status = 200
    hub.received.clear()
    meta.write(CITIZEN.id, "Deux")
    meta.deliver_pending()
    assert [item["message"]["text"] for item in items(hub)] == ["Deux"]


def test_after_an_hour_of_failures_the_page_must_be_subscribed_again(
    meta: MetaStandIn, hub: Hub
) -> None:
    hub.status = 500
    meta.write(CITIZEN.id, "Bonjour")
    meta.deliver_pending()
    meta.advance(timedelta(minutes=59))
    meta.deliver_pending()
    assert meta.deliveries()[0].given_up_at is None
    meta.advance(timedelta(minutes=6))
    meta.deliver_pending()
    assert meta.deliveries()[0].given_up_at is not None
    meta.write(CITIZEN.id, "Encore moi")
    assert len(meta.deliveries()) == 1
    meta.subscribe_page()
    meta.write(CITIZEN.id, "Toujours moi")
    assert len(meta.deliveries()) == 2


def test_a_thread_carries_deliveries_in_the_background(settings: Settings) -> None:
    arrived = threading.Event()

    def deliver(headers: object, body: bytes) -> int:
        arrived.set()
        return 200

    meta = MetaStandIn(sandbox.open_database(settings), APP, deliver=deliver, background=True)
    meta.write(CITIZEN.id, "Bonjour")
    assert arrived.wait(timeout=5)
