"""What X answers who asks: posts, people, timelines, direct messages."""

from datetime import timedelta
from typing import Any

import pytest

from hub.sandbox.x.identities import ACCOUNT_ID, HANDLE, PEOPLE
from hub.sandbox.x.stand_in import XStandIn
from tests.sandbox.conftest import Call

CITIZEN, OTHER = PEOPLE[0], PEOPLE[1]
#: What the hub asks for.
EVERYTHING = {
    "tweet__fields": "attachments,author_id,conversation_id,created_at,display_text_range,"
    "edit_controls,edit_history_tweet_ids,entities,in_reply_to_user_id,note_tweet,"
    "public_metrics,referenced_tweets",
    "expansions": "author_id,attachments.media_keys,referenced_tweets.id,in_reply_to_user_id",
    "media__fields": "url,preview_image_url,type,alt_text,variants",
    "user__fields": "username,name,protected,verified_type",
}


def ids(answer: Any) -> list[str]:
    return [item["id"] for item in answer.json.get("data", [])]


# --- Posts


def test_unasked_a_post_says_little(call: Call, x: XStandIn) -> None:
    post = x.post(CITIZEN.id, f"@{HANDLE} bonjour & merci")
    assert call("GET", f"tweets/{post.id}").json == {
        "data": {
            "id": post.id,
            "text": f"@{HANDLE} bonjour &amp; merci",
            "edit_history_tweet_ids": [post.id],
        }
    }


def test_asked_a_post_says_everything(call: Call, x: XStandIn) -> None:
    own = x.council_posts("Du nouveau")
    post = x.reply(CITIZEN.id, own.id, f"@{HANDLE} oui : maregion.fr", photos=["shelter.jpg"])
    answer: Any = call("GET", f"tweets/{post.id}", **EVERYTHING).json
    data, includes = answer["data"], answer["includes"]
    assert data["text"].startswith(f"@{HANDLE} @{HANDLE} oui : https://t.co/")
    assert data["display_text_range"][0] == len(HANDLE) + 2
    assert data["conversation_id"] == own.id
    assert data["in_reply_to_user_id"] == ACCOUNT_ID
    assert data["referenced_tweets"] == [{"type": "replied_to", "id": own.id}]
    assert data["created_at"] == "2026-11-10T08:40:00.000Z"
    assert [link["expanded_url"] for link in data["entities"]["urls"]] == [
        "https://maregion.fr", f"https://x.com/{CITIZEN.handle}/status/{post.id}/photo/1",
    ]  # fmt: skip
    assert [one["username"] for one in data["entities"]["mentions"]] == [HANDLE, HANDLE]
    assert data["attachments"]["media_keys"] == [includes["media"][0]["media_key"]]
    assert includes["media"][0]["url"] == "http://hub.test/sandbox/files/shelter.jpg"
    assert {user["username"] for user in includes["users"]} == {CITIZEN.handle, HANDLE}
    assert [one["id"] for one in includes["tweets"]] == [own.id]


def test_a_long_post_is_whole_in_its_note_alone(call: Call, x: XStandIn) -> None:
    words = f"@{HANDLE} " + "très long " * 60 + "fin : maregion.fr"
    post = x.post(CITIZEN.id, words, photos=["shelter.jpg"])
    data: Any = call("GET", f"tweets/{post.id}", **EVERYTHING).json["data"]  # type: ignore[index]
    assert "…" in data["text"]
    assert len(data["text"]) < 300
    note = data["note_tweet"]
    assert note["text"].endswith(note["entities"]["urls"][0]["url"])
    assert note["entities"]["urls"][0]["expanded_url"] == "https://maregion.fr"


def test_a_film_comes_in_variants(call: Call, x: XStandIn) -> None:
    post = x.post(CITIZEN.id, f"@{HANDLE} voyez", video="bus.mp4")
    answer: Any = call("GET", f"tweets/{post.id}", **EVERYTHING).json
    (film,) = answer["includes"]["media"]
    assert (film["type"], "url" in film) == ("video", False)
    best = max(film["variants"], key=lambda variant: variant.get("bit_rate", 0))
    assert best["url"] == "http://hub.test/sandbox/files/bus.mp4"
    assert film["preview_image_url"]


def test_a_post_that_cannot_be_shown_is_an_error_under_200(call: Call, x: XStandIn) -> None:
    answer = call("GET", "tweets/12")
    assert answer.status_code == 200
    (error,) = answer.json["errors"]  # type: ignore[index]
    assert error["type"] == "https://api.x.com/2/problems/resource-not-found"
    assert "data" not in answer.json  # type: ignore[operator]


def test_some_posts_of_many_may_be_gone(call: Call, x: XStandIn) -> None:
    stands, gone, hidden = (
        x.post(person.id, f"@{HANDLE} bonjour") for person in (CITIZEN, OTHER, PEOPLE[2])
    )
    x.delete(gone.id)
    x.set_person(PEOPLE[2].id, protected=True)
    answer = call("GET", "tweets", ids=f"{stands.id},{gone.id},{hidden.id}")
    assert ids(answer) == [stands.id]
    told = {one["resource_id"]: one["type"] for one in answer.json["errors"]}  # type: ignore[index]
    assert told[gone.id].endswith("/resource-not-found")
    assert told[hidden.id].endswith("/not-authorized-for-resource")
    assert "data" not in call("GET", "tweets", ids=gone.id).json  # type: ignore[operator]


UNREADABLE_QUESTIONS: tuple[dict[str, str], ...] = (
    {"ids": ""},
    {"ids": "a"},
    {"ids": ",".join(map(str, range(1, 102)))},
    {"ids": "1", "tweet__fields": "colour"},
    {"ids": "1", "expansions": "colour"},
    {"ids": "1", "post__fields": "created_at"},
)


def test_a_question_that_x_cannot_read_is_refused(call: Call) -> None:
    for query in UNREADABLE_QUESTIONS:
        answer = call("GET", "tweets", **query)
        assert answer.status_code == 400, query
        assert answer.json["title"] == "Invalid Request"  # type: ignore[index]


def test_fields_may_have_their_newer_names(call: Call, x: XStandIn) -> None:
    x.switch(naming="post")
    own = x.council_posts("Du nouveau")
    post = x.reply(CITIZEN.id, own.id, "Oui")
    assert call("GET", f"tweets/{post.id}", tweet__fields="created_at").status_code == 400
    answer: Any = call(
        "GET",
        f"tweets/{post.id}",
        post__fields="referenced_posts,edit_history_post_ids",
        expansions="referenced_posts.id",
    ).json
    assert answer["data"]["referenced_posts"] == [{"type": "replied_to", "id": own.id}]
    assert answer["data"]["edit_history_post_ids"] == [post.id]
    assert [one["id"] for one in answer["includes"]["posts"]] == [own.id]


def test_an_edited_post_lists_its_versions(call: Call, x: XStandIn) -> None:
    first = x.post(CITIZEN.id, f"@{HANDLE} bonjur")
    second = x.edit(first.id, f"@{HANDLE} bonjour")
    told = [call("GET", f"tweets/{one.id}").json["data"] for one in (first, second)]  # type: ignore[index]
    assert [one["edit_history_tweet_ids"] for one in told] == [[first.id, second.id]] * 2
    assert "bonjur" in told[0]["text"]


# --- Timelines


@pytest.fixture
def mentions(x: XStandIn) -> list[str]:
    """Ids of seven mentions, oldest first."""
    return [x.post(CITIZEN.id, f"@{HANDLE} numéro {number}").id for number in range(7)]


def test_mentions_come_newest_first_in_pages(call: Call, mentions: list[str]) -> None:
    path = f"users/{ACCOUNT_ID}/mentions"
    first = call("GET", path, max_results=5)
    meta = first.json["meta"]  # type: ignore[index]
    assert ids(first) == mentions[:1:-1]
    assert (meta["result_count"], meta["newest_id"], meta["oldest_id"]) == (
        5, mentions[-1], mentions[2],
    )  # fmt: skip
    second = call("GET", path, max_results=5, pagination_token=meta["next_token"])
    assert ids(second)[:2] == [mentions[1], mentions[0]]
    assert "next_token" not in second.json["meta"]  # type: ignore[index]
    assert call("GET", path, pagination_token="!").status_code == 400


def test_who_asks_since_an_id_gets_what_came_after(call: Call, mentions: list[str]) -> None:
    path = f"users/{ACCOUNT_ID}/mentions"
    assert ids(call("GET", path, since_id=mentions[4])) == [mentions[6], mentions[5]]
    empty = call("GET", path, since_id=mentions[6])
    assert empty.json == {"meta": {"result_count": 0}}
    assert ids(call("GET", path, until_id=mentions[1]))[0] == mentions[0]


def test_who_asks_since_a_time_gets_what_came_then(call: Call, x: XStandIn) -> None:
    path = f"users/{ACCOUNT_ID}/mentions"
    x.post(CITIZEN.id, f"@{HANDLE} tôt")
    x.advance(timedelta(minutes=10))
    late = x.post(CITIZEN.id, f"@{HANDLE} tard")
    assert ids(call("GET", path, start_time="2026-11-10T08:45:00Z")) == [late.id]
    assert late.id not in ids(call("GET", path, end_time="2026-11-10T08:45:00Z"))


NONSENSE: tuple[dict[str, str], ...] = (
    {"max_results": "4"},
    {"max_results": "101"},
    {"since_id": "a"},
    {"start_time": "yesterday"},
    {"start_time": "2026-11-10T08:45:00"},
)


def test_limits_that_make_no_sense_are_refused(call: Call) -> None:
    for query in NONSENSE:
        assert call("GET", f"users/{ACCOUNT_ID}/mentions", **query).status_code == 400, query


def test_the_mentions_x_adds_itself_count_there(call: Call, x: XStandIn) -> None:
    mention = x.post(CITIZEN.id, f"@{HANDLE} bonjour")
    below = x.reply(OTHER.id, mention.id, "Pareil ici")
    quiet = x.post(OTHER.id, "Rien à voir")
    x.repost(OTHER.id, mention.id)
    found = ids(call("GET", f"users/{ACCOUNT_ID}/mentions"))
    assert found[:2] == [below.id, mention.id]
    assert quiet.id not in found


def test_who_protects_their_posts_is_not_seen(call: Call, x: XStandIn) -> None:
    mention = x.post(CITIZEN.id, f"@{HANDLE} bonjour")
    x.set_person(CITIZEN.id, protected=True)
    assert mention.id not in ids(call("GET", f"users/{ACCOUNT_ID}/mentions"))


def test_an_edited_mention_comes_again_under_its_new_id(call: Call, x: XStandIn) -> None:
    first = x.post(CITIZEN.id, f"@{HANDLE} bonjur")
    second = x.edit(first.id, f"@{HANDLE} bonjour")
    assert ids(call("GET", f"users/{ACCOUNT_ID}/mentions", since_id=first.id)) == [second.id]


def test_an_accounts_own_timeline_may_leave_answers_out(call: Call, x: XStandIn) -> None:
    mention = x.post(CITIZEN.id, f"@{HANDLE} bonjour")
    answer = x.council_posts("Bonjour", reply_to=mention.id)
    path = f"users/{ACCOUNT_ID}/tweets"
    everything = ids(call("GET", path))
    assert everything[0] == answer.id
    assert ids(call("GET", path, exclude="replies")) == everything[1:]


# --- People


def test_people_are_found_by_id(call: Call) -> None:
    asked = {"user__fields": "protected"}
    found: Any = call("GET", f"users/{CITIZEN.id}", **asked).json
    assert found["data"] == {
        "id": CITIZEN.id,
        "username": CITIZEN.handle,
        "name": CITIZEN.name,
        "protected": False,
    }
    assert call("GET", "users/1").json["errors"][0]["resource_type"] == "user"  # type: ignore[index]
    assert "errors" in call("GET", "users/1/mentions").json  # type: ignore[operator]


# --- Direct messages


def test_messages_come_newest_first_without_what_is_encrypted(call: Call, x: XStandIn) -> None:
    first = x.write(CITIZEN.id, "Bonjour", photo="letter.jpg")
    x.write_encrypted(CITIZEN.id)
    second = x.council_writes(CITIZEN.id, "Bonjour à vous")
    third = x.write(OTHER.id, "Et moi ?")
    answer: Any = call(
        "GET",
        "dm_events",
        dm_event__fields="sender_id,dm_conversation_id,created_at,attachments",
        expansions="sender_id,attachments.media_keys",
        media__fields="url,type",
    ).json
    assert [one["id"] for one in answer["data"]] == [third.id, second.id, first.id]
    assert [one["sender_id"] for one in answer["data"]] == [OTHER.id, ACCOUNT_ID, CITIZEN.id]
    assert answer["data"][2]["dm_conversation_id"] == f"{ACCOUNT_ID}-{CITIZEN.id}"
    (media,) = answer["includes"]["media"]
    assert media["url"].startswith(f"http://hub.test/sandbox/x/1.1/ton/data/dm/{first.id}/")
    with_one = call("GET", f"dm_conversations/with/{CITIZEN.id}/dm_events", max_results=1)
    assert ids(with_one) == [second.id]
    assert with_one.json["meta"]["next_token"]  # type: ignore[index]


def test_messages_reach_back_thirty_days_and_know_no_since_id(call: Call, x: XStandIn) -> None:
    x.write(CITIZEN.id, "Bonjour")
    x.advance(timedelta(days=31))
    token = x.grant()["access_token"]
    assert ids(call("GET", "dm_events", token=token)) == []
    assert call("GET", "dm_events", token=token, since_id="1").status_code == 400


def test_one_message_is_found_by_id(call: Call, x: XStandIn) -> None:
    said = x.write(CITIZEN.id, "Bonjour")
    assert call("GET", f"dm_events/{said.id}").json["data"]["text"] == "Bonjour"  # type: ignore[index]
    assert "errors" in call("GET", "dm_events/1").json  # type: ignore[operator]


def test_the_picture_of_a_message_is_for_the_account_alone(call: Call, x: XStandIn) -> None:
    said = x.write(CITIZEN.id, photo="letter.jpg")
    path = f"/sandbox/x/1.1/ton/data/dm/{said.id}/{said.media}/{said.media}.jpg"
    shown = call("GET", path)
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    assert call("GET", path, token="nobody").status_code == 401
    other = call("GET", f"dm_conversations/media/{said.id}/{said.media}/picture.jpg")
    assert other.data == shown.data
    assert call("GET", f"dm_conversations/media/1/{said.media}/picture.jpg").status_code == 404
