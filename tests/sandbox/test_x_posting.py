"""What X takes from the council and what it refuses."""

from datetime import timedelta
from typing import Any

import pytest

from hub.sandbox.x.identities import ACCOUNT_ID, HANDLE, PEOPLE
from hub.sandbox.x.rules import XError
from hub.sandbox.x.stand_in import XStandIn
from hub.sandbox.x.values import Post
from tests.sandbox.conftest import Call, Hub

CITIZEN, OTHER = PEOPLE[0].id, PEOPLE[1].id


@pytest.fixture
def mention(x: XStandIn) -> Post:
    return x.post(CITIZEN, f"@{HANDLE} le car n°12 est en retard")


def reply(call: Call, post: Post, text: str = "Bonjour, il arrive.", **others: Any) -> Any:
    return call("POST", "tweets", text=text, reply={"in_reply_to_tweet_id": post.id} | others)


def test_a_reply_stands_under_the_post_it_answers(call: Call, x: XStandIn, mention: Post) -> None:
    answer = reply(call, mention)
    assert answer.status_code == 201
    data = answer.json["data"]
    assert (data["text"], data["edit_history_tweet_ids"]) == ("Bonjour, il arrive.", [data["id"]])
    (said,) = [post for post in x.posts() if post.id == data["id"]]
    assert (said.reply_to, said.conversation_id) == (mention.id, mention.id)
    assert said.addressed == (CITIZEN,)


def test_people_can_be_left_out_of_the_automatic_mentions(
    call: Call, x: XStandIn, mention: Post
) -> None:
    other = x.reply(OTHER, mention.id, f"@{HANDLE} pareil")
    reply(call, other, exclude_reply_user_ids=[CITIZEN])
    assert x.posts()[0].addressed == (OTHER,)


UNREADABLE_POSTS: tuple[dict[str, Any], ...] = (
    {},
    {"text": "   "},
    {"text": 3},
    {"text": "a" * 281},
    {"text": "Bonjour\ufffe"},
    {"text": "Bonjour", "colour": "blue"},
    {"text": "Bonjour", "reply": {"to": "1"}},
    {"text": "Bonjour", "reply": "1"},
    {"text": "Bonjour", "media": {"ids": []}},
    {"text": "Bonjour", "media": {"media_ids": ["1"]}},
    {"text": "Bonjour", "reply_settings": "nobody"},
)


def test_a_body_that_x_cannot_read_is_refused(call: Call, x: XStandIn) -> None:
    before = len(x.posts())
    for body in UNREADABLE_POSTS:
        assert call("POST", "tweets", **body).status_code == 400, body
    assert len(x.posts()) == before


def test_the_weight_counts_and_not_the_length(call: Call) -> None:
    link = "https://www.montvallee.example/" + "a" * 300
    assert call("POST", "tweets", text=f"{'a' * 256} {link}").status_code == 201
    assert call("POST", "tweets", text=f"{'a' * 257} {link}").status_code == 400


def test_the_same_words_in_the_same_place_are_refused_for_a_day(
    call: Call, x: XStandIn, mention: Post
) -> None:
    assert reply(call, mention).status_code == 201
    answer = reply(call, mention)
    assert answer.status_code == 403
    assert "duplicate content" in answer.json["detail"]
    other = x.post(OTHER, f"@{HANDLE} et le n°14 ?")
    assert reply(call, other).status_code == 201  # other words: X mentions somebody else
    x.advance(timedelta(hours=25))
    fresh = x.grant()["access_token"]
    again = call("POST", "tweets", token=fresh, text="Bonjour, il arrive.",
                 reply={"in_reply_to_tweet_id": mention.id})  # fmt: skip
    assert again.status_code == 201


def test_what_is_deleted_or_unseen_cannot_be_answered(
    call: Call, x: XStandIn, mention: Post
) -> None:
    x.delete(mention.id)
    gone = reply(call, mention)
    unknown = call("POST", "tweets", text="Bonjour", reply={"in_reply_to_tweet_id": "1"})
    blocked = x.post(OTHER, f"@{HANDLE} au revoir")
    x.set_person(OTHER, blocks=True)
    for answer in (gone, unknown, reply(call, blocked)):
        assert answer.status_code == 403
        assert "deleted or not visible" in answer.json["detail"]


# --- The rule on replies


def test_self_serve_access_answers_only_who_summoned_the_account(call: Call, x: XStandIn) -> None:
    own = x.council_posts("Du nouveau sur la ligne 214")
    plain = x.post(CITIZEN, "Le car est en retard")
    direct = x.reply(CITIZEN, own.id, "Et le samedi ?")
    quoting = x.quote(OTHER, own.id, "À lire")
    mentioning = x.reply(OTHER, plain.id, f"@{HANDLE} vous voyez ?")
    statuses = [
        reply(call, post, text=f"Réponse {number}").status_code
        for number, post in enumerate((plain, direct, quoting, mentioning, own))
    ]
    assert statuses == [403, 201, 201, 201, 201]


def test_an_answer_may_not_count_as_a_mention(call: Call, x: XStandIn) -> None:
    own = x.council_posts("Du nouveau sur la ligne 214")
    direct = x.reply(CITIZEN, own.id, "Et le samedi ?")
    x.switch(implicit_summons=False)
    answer = reply(call, direct)
    assert answer.status_code == 403
    assert "not been mentioned or otherwise engaged" in answer.json["detail"]
    x.switch(implicit_summons=True)
    assert reply(call, direct).status_code == 201


def test_enterprise_access_answers_everybody(call: Call, x: XStandIn) -> None:
    plain = x.post(CITIZEN, "Le car est en retard")
    x.switch(level="enterprise")
    assert reply(call, plain).status_code == 201


@pytest.mark.parametrize(
    ("allowed", "text", "status"),
    [
        ("mentionedUsers", f"@{HANDLE} au secours", 201),
        ("mentionedUsers", "Au secours", 403),
        ("following", f"@{HANDLE} au secours", 403),
    ],
)
def test_the_author_says_who_may_answer(
    call: Call, x: XStandIn, allowed: Any, text: str, status: int
) -> None:
    x.switch(level="enterprise")
    post = x.post(CITIZEN, text, reply_settings=allowed)
    assert reply(call, post).status_code == status


def test_likes_and_quotes_are_enterprise(call: Call, x: XStandIn, mention: Post) -> None:
    narrow = x.grant("like.write tweet.read users.read")["access_token"]
    path = f"users/{ACCOUNT_ID}/likes"
    assert call("POST", path, token=narrow, tweet_id=mention.id).status_code == 403
    assert call("POST", "tweets", text="À lire", quote_tweet_id=mention.id).status_code == 403
    x.switch(level="enterprise")
    assert call("POST", path, token=narrow, tweet_id=mention.id).status_code == 200
    assert call("POST", "tweets", text="À lire", quote_tweet_id=mention.id).status_code == 201
    assert call("POST", f"users/{OTHER}/likes", token=narrow, tweet_id="1").status_code == 400


# --- Deleting and hiding


def test_own_posts_are_deleted_and_told(call: Call, x: XStandIn, hub: Hub, mention: Post) -> None:
    post_id = reply(call, mention).json["data"]["id"]
    assert call("DELETE", f"tweets/{post_id}").json == {"data": {"deleted": True}}
    assert call("DELETE", f"tweets/{mention.id}").status_code == 403
    x.deliver_pending()
    assert b"post.delete" in hub.received[-1][1]
    assert [post.id for post in x.posts() if post.reply_to == mention.id] == []


def test_only_answers_under_own_posts_can_be_hidden(call: Call, x: XStandIn, mention: Post) -> None:
    own = x.council_posts("Du nouveau")
    answer = x.reply(CITIZEN, own.id, "Nul")
    hidden = call("PUT", f"tweets/{answer.id}/hidden", hidden=True)
    assert hidden.json == {"data": {"hidden": True}}
    assert next(post for post in x.posts() if post.id == answer.id).hidden
    assert call("PUT", f"tweets/{mention.id}/hidden", hidden=True).status_code == 403
    assert call("PUT", f"tweets/{answer.id}/hidden", hidden="yes").status_code == 400


# --- Direct messages


def send(call: Call, person_id: str = CITIZEN, **body: Any) -> Any:
    return call("POST", f"dm_conversations/with/{person_id}/messages", **body)


def test_a_message_goes_to_who_wrote_first(call: Call, x: XStandIn) -> None:
    assert send(call, text="Bonjour").status_code == 403
    x.write(CITIZEN, "Où est ma carte ?")
    answer = send(call, text="Bonjour, elle est partie.")
    assert answer.status_code == 201
    data = answer.json["data"]
    assert data["dm_conversation_id"] == f"{ACCOUNT_ID}-{CITIZEN}"
    assert x.conversation(CITIZEN)[-1].id == data["dm_event_id"]


def test_the_smaller_id_comes_first_in_a_conversations_name(call: Call, x: XStandIn) -> None:
    x.write(OTHER, "Bonjour")
    name = send(call, OTHER, text="Bonjour").json["data"]["dm_conversation_id"]
    assert name == f"{OTHER}-{ACCOUNT_ID}"


def test_who_blocks_the_council_gets_no_message(call: Call, x: XStandIn) -> None:
    x.write(CITIZEN, "Où est ma carte ?")
    x.set_person(CITIZEN, blocks=True)
    answer = send(call, text="Bonjour")
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (403, 349)


UNREADABLE_MESSAGES: tuple[dict[str, Any], ...] = (
    {},
    {"text": " "},
    {"text": "a" * 10_001},
    {"text": "Bonjour", "mood": "good"},
    {"text": "Bonjour", "attachments": [{"media_id": "1"}, {"media_id": "2"}]},
    {"text": "Bonjour", "attachments": [{"media_id": "1"}]},
)


def test_a_message_that_x_cannot_read_is_refused(call: Call, x: XStandIn) -> None:
    x.write(CITIZEN, "Bonjour")
    for body in UNREADABLE_MESSAGES:
        assert send(call, **body).status_code == 400, body
    assert len(x.conversation(CITIZEN)) == 1


def test_own_messages_can_be_deleted(call: Call, x: XStandIn) -> None:
    theirs = x.write(CITIZEN, "Bonjour")
    own = send(call, text="Bonjour").json["data"]["dm_event_id"]
    assert call("DELETE", f"dm_events/{own}").json == {"data": {"deleted": True}}
    assert call("DELETE", f"dm_events/{theirs.id}").status_code == 403
    assert x.conversation(CITIZEN) == [theirs]


# --- What citizens do


def test_an_edit_is_a_new_version_of_the_same_post(x: XStandIn, mention: Post) -> None:
    new = x.edit(mention.id, f"@{HANDLE} le car n°14 est en retard")
    assert (new.first_id, new.latest) == (mention.id, True)
    assert int(new.id) > int(mention.id)
    assert mention.id not in {post.id for post in x.posts()}


def test_only_fresh_posts_that_answer_nothing_can_be_edited(x: XStandIn, mention: Post) -> None:
    answer = x.reply(OTHER, mention.id, "Pareil")
    with pytest.raises(XError):
        x.edit(answer.id, "Pareille")
    for number in range(5):
        x.edit(mention.id, f"@{HANDLE} version {number}")
    with pytest.raises(XError):
        x.edit(mention.id, "une de trop")
    late = x.post(CITIZEN, f"@{HANDLE} bonjour")
    x.advance(timedelta(minutes=61))
    with pytest.raises(XError):
        x.edit(late.id, "trop tard")


def test_an_answer_mentions_all_whom_it_concerns(x: XStandIn, mention: Post) -> None:
    first = x.reply(OTHER, mention.id, "Pareil")
    second = x.reply(CITIZEN, first.id, "Ah !")
    assert second.addressed == (OTHER, ACCOUNT_ID)


def test_ids_grow_whatever_the_clock_does(x: XStandIn) -> None:
    first = x.post(CITIZEN, "Un")
    x.advance(timedelta(days=1))
    second = x.post(CITIZEN, "Deux")
    x.real_time()
    third = x.post(CITIZEN, "Trois")
    x.database.reset()
    fourth = x.post(CITIZEN, "Quatre")
    ids = [int(post.id) for post in (first, second, third, fourth)]
    assert ids == sorted(set(ids))
