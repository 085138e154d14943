"""The platforms' door: what is verified, kept, refused, and processed later."""

import hashlib
import hmac
import io
import json
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from hub.clock import now
from hub.extensions import db
from hub.intake import actions, deliveries
from hub.intake.models import Delivery, DeliveryState, KeptItem
from hub.tickets.models import Message
from tests.builders import PAGE_ID, create_account, create_department
from tests.conftest import FACEBOOK


@pytest.fixture(autouse=True)
def council(app):
    create_account()
    create_department("accueil")


def text_item(mid: str, text: str = "Bonjour") -> dict:
    return {
        "sender": {"id": "25000000000000777"},
        "recipient": {"id": PAGE_ID},
        "timestamp": 1794300240512,
        "message": {"mid": mid, "text": text},
    }


def page_body(*items: dict) -> bytes:
    entries = [{"id": PAGE_ID, "time": 1794300241000, "messaging": [item]} for item in items]
    return json.dumps({"object": "page", "entry": entries}).encode()


def signature(body: bytes) -> dict[str, str]:
    key = FACEBOOK["FACEBOOK_APP_SECRET"].encode()
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()}


def post(client, body: bytes, headers=None):
    return client.post(
        "/hooks/facebook", data=body, headers=signature(body) if headers is None else headers
    )


def count(model) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model))


def test_the_handshake_echoes_the_challenge_as_plain_text(client):
    answer = client.get(
        "/hooks/facebook?hub.mode=subscribe&hub.verify_token=verify-me&hub.challenge=<b>115820"
    )
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert answer.text == "<b>115820"


@pytest.mark.parametrize("query", ["", "hub.mode=subscribe&hub.verify_token=no&hub.challenge=1"])
def test_a_handshake_without_our_token_is_refused(client, query):
    assert client.get(f"/hooks/facebook?{query}").status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": ""},
        {"X-Hub-Signature-256": "sha256=" + "0" * 64},
        {"X-Hub-Signature": "sha1=" + "0" * 40},
    ],
)
def test_a_wrong_or_missing_signature_is_401_and_nothing_is_kept(client, headers):
    assert post(client, page_body(text_item("m_1")), headers).status_code == 401
    assert count(Delivery) == 0


def test_the_signature_is_checked_over_the_raw_bytes(client):
    body = (
        rb'{"object":"page","entry":[{"id":"104000000000001","time":1794300000,"changes":'
        rb'[{"field":"feed","value":{"item":"comment","verb":"add","message":"Merci \u00e0 la '
        rb'r\u00e9gion \ud83d\ude8c https:\/\/ex.fr\/a"}}]}]}'
    )
    assert post(client, body).status_code == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b"[]", b'"page"', b'{"object":"user","entry":[{}]}', b'{"object":"page"}',
     b'{"object":"page","entry":[]}', b"\xff\xfe"],
)  # fmt: skip
def test_what_is_not_ours_is_refused_with_a_sentence_and_not_kept(client, body):
    answer = post(client, body)
    assert answer.status_code == 400
    assert answer.text.endswith(".")
    assert count(Delivery) == 0


def test_a_body_over_one_mebibyte_is_refused(client):
    assert post(client, b" " * (1024 * 1024 + 1)).status_code == 413


def test_a_body_that_does_not_say_its_length_is_read_to_the_limit_and_no_further(client):
    body = io.BytesIO(b" " * (3 * 1024 * 1024))
    answer = client.post(
        "/hooks/facebook", input_stream=body, environ_overrides={"wsgi.input_terminated": True}
    )
    assert answer.status_code == 413
    assert body.tell() < 2 * 1024 * 1024


def test_a_channel_that_is_not_switched_on_has_no_door(client):
    assert client.post("/hooks/myspace", data=b"{}").status_code == 404


def test_the_form_has_no_hook(client):
    assert client.post("/hooks/web", data=b"{}").status_code == 404


def test_the_request_only_keeps_the_bytes_and_the_worker_files_them(client, work):
    body = page_body(text_item("m_1"))
    assert post(client, body).status_code == 200
    assert count(Message) == 0
    assert db.session.scalars(select(Delivery.body)).one() == body
    work()
    assert count(Message) == 1
    assert db.session.scalars(select(Delivery.state)).one() == DeliveryState.DONE


def test_the_same_bytes_twice_are_one_delivery(client, work):
    body = page_body(text_item("m_1"))
    assert [post(client, body).status_code for _ in range(2)] == [200, 200]
    work()
    assert (count(Delivery), count(Message)) == (1, 1)


def test_an_unknown_event_is_kept_aside_and_its_neighbours_are_filed(client, work):
    odd = {"sender": {"id": "1"}, "recipient": {"id": PAGE_ID}, "timestamp": 1, "teleport": {}}
    post(client, page_body(text_item("m_1"), odd, text_item("m_2")))
    work()
    assert count(Message) == 2
    kept = db.session.scalars(select(KeptItem)).one()
    assert kept.position == 1
    assert "teleport" in json.dumps(kept.raw)


def test_an_item_that_breaks_is_kept_with_its_error_and_its_neighbours_are_filed(
    client, work, monkeypatch
):
    filed = actions._receive

    def breaks_once(channel, message, *rest):
        if message.external_id == "m_2":
            raise RuntimeError("a page that fell off the roof")
        return filed(channel, message, *rest)

    monkeypatch.setattr(actions, "_receive", breaks_once)
    post(client, page_body(text_item("m_1"), text_item("m_2"), text_item("m_3")))
    work()
    assert count(Message) == 2
    kept = db.session.scalars(select(KeptItem)).one()
    assert "fell off the roof" in kept.reason
    monkeypatch.undo()
    deliveries.replay([kept.delivery_id])
    work()
    assert (count(Message), count(KeptItem)) == (3, 0)


def test_characters_that_no_database_holds_do_not_keep_a_message_out(client, work):
    post(client, page_body(text_item("m_1", "fini\x00 \ud83d !")))
    work()
    assert db.session.scalars(select(Message.text)).one() == "fini ? !"


def test_a_page_that_is_not_connected_keeps_its_messages_until_it_is(client, work):
    item = text_item("m_1")
    body = json.dumps({"object": "page", "entry": [{"id": "9", "time": 1, "messaging": [
        {**item, "recipient": {"id": "9"}}]}]}).encode()  # fmt: skip
    post(client, body)
    work()
    kept = db.session.scalars(select(KeptItem)).one()
    assert "9" in kept.reason
    create_account(external_id="9")
    deliveries.replay([kept.delivery_id])
    work()
    assert count(Message) == 1


def test_replaying_has_no_second_effect(client, work):
    post(client, page_body(text_item("m_1")))
    work()
    deliveries.replay(list(db.session.scalars(select(Delivery.id))))
    work()
    assert count(Message) == 1


def test_storage_out_of_reach_is_503_so_that_the_platform_tries_again(client, monkeypatch):
    def unreachable(*_args):
        raise OperationalError("insert", {}, Exception("disk full"))

    monkeypatch.setattr(deliveries, "store", unreachable)
    assert post(client, page_body(text_item("m_1"))).status_code == 503


def test_a_worker_that_dies_with_a_delivery_only_delays_it(client, work, app):
    post(client, page_body(text_item("m_1")))
    delivery = db.session.scalars(select(Delivery)).one()
    delivery.lease_until = now() + timedelta(seconds=30)
    db.session.commit()
    work()
    assert count(Message) == 0
    with time_machine.travel(now() + timedelta(seconds=61)):
        work()
    assert count(Message) == 1


def test_trouble_of_the_database_leaves_the_delivery_for_later_and_later(client, work, monkeypatch):
    def locked(*_args):
        raise OperationalError("insert", {}, Exception("database is locked"))

    post(client, page_body(text_item("m_1")))
    with monkeypatch.context() as trouble:
        trouble.setattr(actions, "_receive", locked)
        work()
    delivery = db.session.scalars(select(Delivery)).one()
    assert (delivery.state, delivery.attempts) == (DeliveryState.WAITING, 1)
    assert "locked" in delivery.error
    with time_machine.travel(now() + timedelta(minutes=1)):
        work()
    assert count(Message) == 1


def test_a_long_delivery_keeps_its_lease_while_it_is_worked_on(client, work, app, monkeypatch):
    post(client, page_body(*(text_item(f"m_{number}") for number in range(3))))
    filed, start = actions._receive, now()
    others = []

    def slowly(channel, message, *rest):
        done = filed(channel, message, *rest)
        clock.shift(timedelta(seconds=50))
        return done

    def look(channel, value):
        with app.app_context():
            others.extend(deliveries.due())
        return file_value(channel, value)

    file_value = deliveries.file_value
    monkeypatch.setattr(actions, "_receive", slowly)
    monkeypatch.setattr(deliveries, "file_value", look)
    with time_machine.travel(start, tick=False) as clock:
        work()
    assert others == []
    assert count(Message) == 3


def test_a_value_that_breaks_the_transaction_does_not_spoil_its_neighbours(
    client, work, monkeypatch
):
    filed = actions._account
    broken = []

    def breaks_once(channel, external_id):
        if not broken:
            broken.append(True)
            db.session.execute(text("SELECT * FROM no_such_table"))
        return filed(channel, external_id)

    monkeypatch.setattr(actions, "_account", breaks_once)
    read = {**text_item("x"), "read": {"watermark": 1794300240512}}
    del read["message"]
    post(client, page_body(read, text_item("m_1")))
    work()
    assert broken
    assert count(Message) == 1
