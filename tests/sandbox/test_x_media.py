"""Pictures and films on their way to X."""

from base64 import b64encode
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from hub.sandbox import pictures
from hub.sandbox.x.faults import FAULTS
from hub.sandbox.x.identities import CREDENTIALS, HANDLE, PEOPLE
from hub.sandbox.x.stand_in import XStandIn
from tests.sandbox.conftest import Call

CITIZEN = PEOPLE[0].id


def content(name: str) -> bytes:
    found = pictures.rendered(name)
    assert found is not None
    return found[0]


def upload(call: Call, name: str = "letter.jpg", category: str = "tweet_image") -> Any:
    return call(
        "POST",
        "media/upload",
        media=b64encode(content(name)).decode(),
        media_category=category,
    )


def media_id(answer: Any) -> str:
    return str(answer.json["data"]["id"])


def test_a_picture_is_ready_at_once_and_goes_with_a_post(call: Call, x: XStandIn) -> None:
    answer = upload(call)
    data = answer.json["data"]
    assert (data["expires_after_secs"], "processing_info" in data) == (86400, False)
    assert data["media_key"] == f"3_{data['id']}"
    said = call("POST", "tweets", media={"media_ids": [data["id"]]})
    assert said.status_code == 201
    (media,) = x.posts()[0].media
    assert call("GET", f"/sandbox/x/media/{media}").data == content("letter.jpg")
    assert call("GET", "/sandbox/x/media/12").status_code == 404


def test_a_form_carries_a_picture_too(app: Flask) -> None:
    form = {"media": (BytesIO(content("letter.jpg")), "letter.jpg"), "media_category": "dm_image"}
    answer = app.test_client().post(
        "/sandbox/x/2/media/upload",
        data=form,
        headers={"Authorization": f"Bearer {CREDENTIALS['access_token']}"},
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("name", "category"),
    [("certificate.pdf", "tweet_image"), ("bus.mp4", "tweet_image"), ("letter.jpg", "tweet_gif"),
     ("letter.jpg", "tweet_video"), ("letter.jpg", "portrait")],
)  # fmt: skip
def test_a_file_of_another_kind_is_refused(call: Call, name: str, category: str) -> None:
    assert upload(call, name, category).status_code == 400


def test_a_picture_above_five_megabytes_is_refused(call: Call) -> None:
    body = {"media_type": "image/jpeg", "media_category": "tweet_image"}
    for size, status in ((5 * 1024 * 1024, 200), (5 * 1024 * 1024 + 1, 400)):
        answer = call("POST", "media/upload/initialize", total_bytes=size, **body)
        assert answer.status_code == status
    assert call("POST", "media/upload/initialize", total_bytes="9", **body).status_code == 400


def film_in_pieces(call: Call, total: int | None = None) -> Any:
    whole = content("bus.mp4")
    begun = call(
        "POST", "media/upload/initialize", media_type="video/mp4", media_category="tweet_video",
        total_bytes=total or len(whole),
    )  # fmt: skip
    path = f"media/upload/{media_id(begun)}"
    for number, piece in enumerate((whole[:4000], whole[4000:])):
        answer = call(
            "POST", f"{path}/append", segment_index=number, media=b64encode(piece).decode()
        )
        assert answer.status_code == 200
    return call("POST", f"{path}/finalize")


def state(call: Call, film: str) -> Any:
    answer: Any = call("GET", "media/upload", media_id=film, command="STATUS").json
    return answer["data"]["processing_info"]


def test_a_film_comes_in_pieces_and_takes_a_while(call: Call, x: XStandIn) -> None:
    done = film_in_pieces(call)
    film = media_id(done)
    assert done.json["data"]["processing_info"]["state"] == "pending"
    early = call("POST", "tweets", media={"media_ids": [film]})
    assert early.status_code == 400
    assert state(call, film)["state"] == "in_progress"
    assert state(call, film)["state"] == "succeeded"
    assert call("POST", "tweets", media={"media_ids": [film]}).status_code == 201
    assert call("GET", f"/sandbox/x/media/{film}").data == content("bus.mp4")
    assert call("GET", "media/upload", media_id=film, command="GUESS").status_code == 400


def test_pieces_must_add_up(call: Call) -> None:
    assert film_in_pieces(call, total=9000).status_code == 400
    bad = call("POST", "media/upload/12/append", segment_index=1000, media="")
    assert bad.status_code == 400
    assert call("POST", "media/upload/12/finalize").status_code == 404


def test_a_film_may_fail(call: Call, x: XStandIn) -> None:
    with x.database.writing() as connection:
        FAULTS.arm(connection, "media_fails")
    film = media_id(film_in_pieces(call))
    assert state(call, film)["state"] == "failed"
    assert state(call, film)["error"]["name"] == "InvalidMedia"


def test_pictures_have_words_for_who_cannot_see_them(call: Call, x: XStandIn) -> None:
    picture = media_id(upload(call))
    words = {"alt_text": {"text": "Une lettre de la Région"}}
    assert call("POST", "media/metadata", id=picture, metadata=words).status_code == 200
    call("POST", "tweets", media={"media_ids": [picture]})
    asked = {"expansions": "attachments.media_keys", "media__fields": "alt_text"}
    told: Any = call("GET", f"tweets/{x.posts()[0].id}", **asked).json
    assert told["includes"]["media"][0]["alt_text"] == "Une lettre de la Région"
    assert call("POST", "media/metadata", id=picture, metadata={}).status_code == 400


def test_media_fits_its_use_and_its_day(call: Call, x: XStandIn) -> None:
    x.write(CITIZEN, "Bonjour")
    for_posts, for_messages = media_id(upload(call)), media_id(upload(call, category="dm_image"))
    path = f"dm_conversations/with/{CITIZEN}/messages"
    assert call("POST", path, attachments=[{"media_id": for_posts}]).status_code == 400
    assert call("POST", path, attachments=[{"media_id": for_messages}]).status_code == 201
    x.advance(timedelta(hours=25))
    token = x.grant()["access_token"]
    late = call("POST", "tweets", token=token, media={"media_ids": [for_posts]})
    assert late.status_code == 400


def test_four_pictures_go_with_a_post_and_no_more(call: Call, x: XStandIn) -> None:
    mention = x.post(CITIZEN, f"@{HANDLE} bonjour")
    ids = [media_id(upload(call)) for _ in range(5)]
    reply = {"in_reply_to_tweet_id": mention.id}
    for most, status in ((5, 400), (4, 201)):
        answer = call("POST", "tweets", text="Voici", reply=reply, media={"media_ids": ids[:most]})
        assert answer.status_code == status
