"""What X pushes: to whom, in which shape, how it is signed, and what becomes of failures."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from hub.sandbox.x.identities import ACCOUNT_ID, HANDLE, PEOPLE
from hub.sandbox.x.stand_in import XStandIn
from hub.sandbox.x.webhooks import SIGNATURE, sign, signed_headers, wire_bytes
from tests.sandbox.conftest import Call, Hub
from tests.x import ENVIRON

CITIZEN, OTHER = PEOPLE[0], PEOPLE[1]
SECRET = "x-consumer-secret-FOR-TESTS-0123456789"


def delivered(x: XStandIn, hub: Hub) -> list[dict[str, Any]]:
    """The bodies that came since the last look."""
    x.deliver_pending()
    bodies = [json.loads(body) for _, body in hub.received]
    hub.received.clear()
    return bodies


def events(x: XStandIn, hub: Hub) -> list[str]:
    return [body["data"]["event_type"] for body in delivered(x, hub)]


def tweet(x: XStandIn, hub: Hub) -> dict[str, Any]:
    (body,) = delivered(x, hub)
    found: dict[str, Any] = body["tweet_create_events"][0]
    return found


# --- Bytes and signature


def test_bytes_and_signature_are_those_x_would_send() -> None:
    body = wire_bytes(
        {
            "for_user_id": "1710000000000000001",
            "tweet_create_events": [
                {"id_str": "2090000000000000101", "text": "Transport déjà en retard 🚌"}
            ],
        }
    )
    assert len(body) == 135
    assert signed_headers(SECRET, body)[SIGNATURE] == (
        "sha256=wPJLHD9m7UPdG6yUlr4k9vDHDQ2Y7/KPYV8QzW0AOFo="
    )
    assert sign(SECRET, b"NGYyZWE5MDUtYTk4My00") == (
        "sha256=AOhX2Xqc+pWZlKIP3a2KQCn+gHCl2hU3qDmN3fylXdU="
    )


def test_a_delivery_is_signed_over_its_own_bytes(x: XStandIn, hub: Hub) -> None:
    x.post(CITIZEN.id, f"@{HANDLE} L’été à Évian 🚌")
    x.deliver_pending()
    headers, body = hub.received[0]
    secret = ENVIRON["TWITTER_CONSUMER_SECRET"].encode()
    mac = base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest()).decode()
    assert headers[SIGNATURE] == f"sha256={mac}"
    assert "Évian 🚌".encode() in body


# --- X Activity: who is told of what


def test_a_mention_is_told_with_its_people(x: XStandIn, hub: Hub) -> None:
    post = x.post(CITIZEN.id, f"@{HANDLE} bonjour", photos=["shelter.jpg"])
    (body,) = delivered(x, hub)
    data = body["data"]
    assert (data["event_type"], data["tag"]) == ("post.mention.create", "post-mention-create")
    assert data["filter"] == {"user_id": ACCOUNT_ID}
    assert (data["payload"]["id"], data["payload"]["author_id"]) == (post.id, CITIZEN.id)
    assert "attachments" not in data["payload"]
    assert data["payload"]["entities"]["mentions"][0]["start_str"] == "0"
    assert {user["id"] for user in data["includes"]["users"]} == {CITIZEN.id, ACCOUNT_ID}


def test_answers_and_quotes_are_told_without_people(x: XStandIn, hub: Hub) -> None:
    own = x.council_posts("Du nouveau")
    delivered(x, hub)
    answer = x.reply(CITIZEN.id, own.id, "Et le samedi ?")
    quote = x.quote(OTHER.id, own.id, "À lire")
    told = [body["data"] for body in delivered(x, hub)]
    assert [one["event_type"] for one in told] == ["post.reply.create", "post.quote.create"]
    assert [one["includes"] for one in told] == [{}, {}]
    assert told[0]["payload"]["in_reply_to_tweet_id"] == own.id
    assert told[1]["payload"]["referenced_tweets"] == [{"type": "quoted", "id": own.id}]
    assert (told[0]["payload"]["id"], told[1]["payload"]["id"]) == (answer.id, quote.id)


def test_an_answer_that_mentions_is_told_twice_by_two_numbers(x: XStandIn, hub: Hub) -> None:
    own = x.council_posts("Du nouveau")
    delivered(x, hub)
    x.reply(CITIZEN.id, own.id, f"@{HANDLE} et le samedi ?")
    one, two = (body["data"] for body in delivered(x, hub))
    assert {one["event_type"], two["event_type"]} == {"post.reply.create", "post.mention.create"}
    assert one["payload"]["id"] == two["payload"]["id"]
    assert one["event_uuid"] != two["event_uuid"]


def test_x_activity_keeps_silent_on_much(x: XStandIn, hub: Hub) -> None:
    mention = x.post(CITIZEN.id, f"@{HANDLE} bonjour")
    delivered(x, hub)
    x.reply(OTHER.id, mention.id, "Pareil")  # a mention that X adds itself
    x.repost(OTHER.id, mention.id)
    x.like(OTHER.id, mention.id)
    x.post(OTHER.id, "Rien à voir")
    x.delete(mention.id)  # by a citizen
    x.read_messages(CITIZEN.id)
    x.set_person(OTHER.id, protected=True)
    x.post(OTHER.id, f"@{HANDLE} en cachette")
    assert delivered(x, hub) == []


def test_the_accounts_own_doings_are_told(x: XStandIn, hub: Hub) -> None:
    own = x.council_posts("Du nouveau")
    x.council_writes(CITIZEN.id, "Bonjour")
    x.delete(own.id)
    assert events(x, hub) == ["post.create", "dm.sent", "post.delete"]


def test_a_message_is_told_in_the_older_shape_with_newer_people(x: XStandIn, hub: Hub) -> None:
    said = x.write(CITIZEN.id, "Voici", photo="letter.jpg")
    (body,) = delivered(x, hub)
    payload = body["data"]["payload"]
    (event,) = payload["direct_message_events"]
    assert (event["id"], event["message_create"]["sender_id"]) == (said.id, CITIZEN.id)
    assert event["created_timestamp"] == "1794300000000"
    attached = event["message_create"]["message_data"]["attachment"]["media"]
    assert attached["media_url_https"].startswith("http://hub.test/sandbox/x/1.1/ton/data/dm/")
    assert payload["users"][CITIZEN.id]["data"]["username"] == CITIZEN.handle


def test_a_picture_alone_begins_with_a_blank(x: XStandIn, hub: Hub) -> None:
    x.write(CITIZEN.id, photo="letter.jpg")
    (body,) = delivered(x, hub)
    event = body["data"]["payload"]["direct_message_events"][0]
    assert event["message_create"]["message_data"]["text"].startswith(" https://t.co/")


def test_an_encrypted_message_shows_nothing_but_who_wrote(x: XStandIn, hub: Hub) -> None:
    x.write_encrypted(CITIZEN.id)
    (body,) = delivered(x, hub)
    payload = body["data"]["payload"]
    assert body["data"]["event_type"] == "chat.received"
    assert payload["sender_id"] == CITIZEN.id
    assert payload["conversation_id"] == f"{ACCOUNT_ID}:{CITIZEN.id}"
    assert payload["encoded_event"]


def test_an_edit_is_told_as_a_new_post_with_its_history(x: XStandIn, hub: Hub) -> None:
    first = x.post(CITIZEN.id, f"@{HANDLE} bonjur")
    second = x.edit(first.id, f"@{HANDLE} bonjour")
    _, body = delivered(x, hub)
    assert body["data"]["payload"]["edit_history_tweet_ids"] == [first.id, second.id]
    x.switch(shape="account_activity")
    third = x.edit(first.id, f"@{HANDLE} bonjour !")
    told = tweet(x, hub)
    assert told["edit_history"] == {
        "initial_tweet_id": first.id,
        "edit_tweet_ids": [first.id, second.id, third.id],
    }


def test_names_may_be_the_newer_ones_here_too(x: XStandIn, hub: Hub) -> None:
    x.switch(naming="post")
    post = x.post(CITIZEN.id, f"@{HANDLE} bonjour")
    (body,) = delivered(x, hub)
    assert body["data"]["payload"]["edit_history_post_ids"] == [post.id]
    assert body["data"]["includes"]["posts"] == []


# --- Account Activity


@pytest.fixture
def older(x: XStandIn) -> XStandIn:
    x.switch(shape="account_activity")
    return x


def test_the_older_product_tells_a_mention_whole(older: XStandIn, hub: Hub) -> None:
    post = older.post(CITIZEN.id, f"@{HANDLE} l’abri & le banc", photos=["shelter.jpg"] * 4)
    found = tweet(older, hub)
    assert (found["id_str"], found["user"]["id_str"]) == (post.id, CITIZEN.id)
    assert found["id"] != int(post.id)  # rounded
    assert found["created_at"] == "Tue Nov 10 08:40:00 +0000 2026"
    assert found["timestamp_ms"] == "1794300000000"
    start, end = found["display_text_range"]
    assert found["text"][start:end] == f"@{HANDLE} l’abri &amp; le banc"
    assert found["in_reply_to_user_id_str"] == ACCOUNT_ID
    assert found["in_reply_to_status_id_str"] is None
    assert len(found["entities"]["media"]) == 1
    assert len(found["extended_entities"]["media"]) == 4


def test_a_film_is_called_a_photo_where_only_the_first_shows(older: XStandIn, hub: Hub) -> None:
    older.post(CITIZEN.id, f"@{HANDLE} voyez", video="bus.mp4")
    found = tweet(older, hub)
    assert found["entities"]["media"][0]["type"] == "photo"
    film = found["extended_entities"]["media"][0]
    assert film["type"] == "video"
    assert {one["content_type"] for one in film["video_info"]["variants"]} == {
        "video/mp4", "application/x-mpegURL",
    }  # fmt: skip


def test_a_long_post_is_cut_and_whole_beside(older: XStandIn, hub: Hub) -> None:
    words = "très long " * 40 + f"@{HANDLE} maregion.fr"
    older.post(CITIZEN.id, words)
    found = tweet(older, hub)
    assert found["truncated"]
    assert len(found["text"]) <= 141
    assert found["entities"]["user_mentions"] == []
    whole = found["extended_tweet"]
    assert whole["entities"]["user_mentions"][0]["screen_name"] == HANDLE
    assert whole["full_text"].startswith("très long ")


def test_the_older_product_tells_more(older: XStandIn, hub: Hub) -> None:
    own = older.council_posts("Du nouveau")
    mention = older.post(CITIZEN.id, f"@{HANDLE} bonjour")
    delivered(older, hub)
    older.reply(OTHER.id, mention.id, "Pareil")
    assert tweet(older, hub)["in_reply_to_status_id_str"] == mention.id
    older.repost(OTHER.id, own.id)
    reposted = tweet(older, hub)
    assert reposted["text"].startswith(f"RT @{HANDLE}: ")
    assert reposted["retweeted_status"]["id_str"] == own.id
    older.quote(OTHER.id, own.id, "À lire")
    quoted = tweet(older, hub)
    assert (quoted["quoted_status_id_str"], quoted["quoted_status"]["id_str"]) == (own.id, own.id)
    older.like(OTHER.id, own.id)
    (liked,) = delivered(older, hub)
    assert liked["favorite_events"][0]["timestamp_ms"] == 1794300000000
    older.read_messages(CITIZEN.id)
    (read,) = delivered(older, hub)
    assert read["direct_message_mark_read_events"][0]["sender_id"] == CITIZEN.id
    older.delete(own.id)
    (deleted,) = delivered(older, hub)
    assert deleted["tweet_delete_events"][0]["status"]["id"] == own.id


def test_the_older_product_tells_messages_with_their_people(older: XStandIn, hub: Hub) -> None:
    older.write(CITIZEN.id, "Bonjour")
    older.write_encrypted(CITIZEN.id)
    (body,) = delivered(older, hub)
    assert set(body["users"]) == {CITIZEN.id, ACCOUNT_ID}
    assert body["for_user_id"] == ACCOUNT_ID


def test_both_products_may_tell_at_once(x: XStandIn, hub: Hub) -> None:
    x.switch(shape="both")
    x.post(CITIZEN.id, f"@{HANDLE} bonjour")
    one, two = delivered(x, hub)
    assert one["tweet_create_events"][0]["id_str"] == two["data"]["payload"]["id"]


# --- What becomes of a delivery


def test_what_is_not_subscribed_is_not_told(
    x: XStandIn, hub: Hub, app_call: Call, call: Call
) -> None:
    listed: Any = app_call("GET", "activity/subscriptions").json
    mention = next(o for o in listed["data"] if o["event_type"] == "post.mention.create")
    app_call("DELETE", f"activity/subscriptions/{mention['subscription_id']}")
    x.post(CITIZEN.id, f"@{HANDLE} bonjour")
    assert delivered(x, hub) == []


@pytest.mark.parametrize("silence", ["switched_off", "invalid"])
def test_a_silent_webhook_tells_nothing(x: XStandIn, hub: Hub, silence: str) -> None:
    if silence == "invalid":
        x.invalidate_webhook()
    else:
        x.switch(webhooks=False)
    x.post(CITIZEN.id, f"@{HANDLE} bonjour")
    assert delivered(x, hub) == []


def test_a_failed_delivery_is_tried_three_more_times(
    x: XStandIn, hub: Hub, frozen: time_machine.Traveller
) -> None:
    hub.status = 500
    x.post(CITIZEN.id, f"@{HANDLE} bonjour")
    tries = []
    for _ in range(600):
        tries.append(x.deliver_pending())
        frozen.shift(1)
    assert [second for second, count in enumerate(tries) if count] == [0, 5, 65, 245]
    (lost,) = x.deliveries()
    assert lost.given_up_at is not None


def test_trying_again_can_be_switched_off(x: XStandIn, hub: Hub) -> None:
    x.switch(retries="none")
    hub.status = 503
    x.post(CITIZEN.id, f"@{HANDLE} bonjour")
    x.deliver_pending()
    assert x.deliveries()[0].given_up_at is not None


def test_a_replay_tells_again_what_was_missed(x: XStandIn, hub: Hub, app_call: Call) -> None:
    x.switch(webhooks=False)
    post = x.post(CITIZEN.id, f"@{HANDLE} bonjour")
    x.write(CITIZEN.id, "Bonjour")
    x.switch(webhooks=True)
    x.advance(timedelta(minutes=30))
    x.post(OTHER.id, f"@{HANDLE} trop tard pour cette fois")
    delivered(x, hub)
    webhook: Any = app_call("GET", "webhooks").json["data"][0]  # type: ignore[index]
    dates = {"from_date": "202611100840", "to_date": "202611100841"}
    job: Any = app_call("POST", "webhooks/replay", webhook_id=webhook["id"], **dates).json
    mention, message, status = delivered(x, hub)
    assert mention["data"]["payload"]["id"] == post.id
    assert message["data"]["event_type"] == "dm.received"
    assert status["replay_job_status"]["job_state"] == "Complete"
    assert status["replay_job_status"]["job_id"] == job["data"]["job_id"]


def test_a_replay_gives_the_same_numbers(x: XStandIn, hub: Hub, app_call: Call) -> None:
    x.post(CITIZEN.id, f"@{HANDLE} bonjour")
    (first,) = delivered(x, hub)
    webhook: Any = app_call("GET", "webhooks").json["data"][0]  # type: ignore[index]
    path = f"account_activity/replay/webhooks/{webhook['id']}/subscriptions/all"
    answer = app_call("POST", f"{path}?from_date=202611100839&to_date=202611100841")
    assert answer.status_code == 200
    assert delivered(x, hub)[0] == first


@pytest.mark.parametrize(
    "dates",
    [("202611100840", "202611100840"), ("202611090800", "202611100840"), ("yesterday", "today")],
)
def test_a_replay_reaches_back_one_day(app_call: Call, dates: tuple[str, str]) -> None:
    webhook: Any = app_call("GET", "webhooks").json["data"][0]  # type: ignore[index]
    answer = app_call(
        "POST", "webhooks/replay", webhook_id=webhook["id"], from_date=dates[0], to_date=dates[1]
    )
    assert answer.status_code == 400


# --- Batches


@pytest.mark.parametrize(("shape", "deliveries"), [("account_activity", 2), ("activity", 4)])
def test_a_batch_is_as_few_deliveries_as_the_shape_has_arrays_for(
    x: XStandIn, hub: Hub, shape: str, deliveries: int
) -> None:
    x.switch(shape=shape)
    with x.batch():
        for citizen in (CITIZEN, OTHER):
            x.post(citizen.id, f"@{HANDLE} bonjour")
            x.write(citizen.id, "Bonjour en privé")
    bodies = delivered(x, hub)
    assert len(bodies) == deliveries
    if shape == "account_activity":
        posts, messages = bodies
        assert [p["user"]["id_str"] for p in posts["tweet_create_events"]] == [
            CITIZEN.id,
            OTHER.id,
        ]
        assert len(messages["direct_message_events"]) == 2
        assert {CITIZEN.id, OTHER.id} < set(messages["users"])
