from datetime import timedelta

import pytest
import time_machine

from hub.channels.base import (
    AccountBroken,
    Author,
    Deleted,
    Edited,
    InboundMessage,
    Publication,
    RetryLater,
)
from hub.channels.twitter import looking
from hub.channels.twitter.client import AccountApi
from tests.channels.twitter.lists import CITIZEN, mention, own_post
from tests.channels.twitter.wire import (
    ACCOUNT,
    NOW,
    OAUTH_1,
    Answer,
    StandIn,
    access,
    answering,
    problem,
    settings,
)

POST = mention(5)
UNSEEN = "not-authorized-for-resource"
PICTURE = {
    "media_key": "3_1",
    "type": "photo",
    "url": "https://pbs.twimg.com/media/GxYz0123.jpg",
    "alt_text": "L'arrêt vide",
}


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


def asked(ask, *answers, account=None):
    """What `ask` gives when X answers so, and the requests X saw."""
    with StandIn(answering(*answers)) as x:
        found = ask(AccountApi(settings(api_url=x.url), account or access()))
    return found, x.requests


def look(ids, *answers):
    return asked(lambda api: list(looking.look(api, ids)), *answers)


def absent(post_id, kind="resource-not-found", **more):
    return {
        **problem(kind),
        "resource_id": post_id,
        "resource_type": "tweet",
        "parameter": "ids",
        "value": post_id,
        **more,
    }


def test_a_post_that_stands_comes_whole_with_its_files():
    post = {**POST, "attachments": {"media_keys": ["3_1"]}}
    people = [{"id": CITIZEN, "username": "jkervella29", "name": "J. Kervella"}]

    (value,), (request,) = look(
        [post["id"]], {"data": [post], "includes": {"media": [PICTURE], "users": people}}
    )

    assert isinstance(value, InboundMessage)
    assert value.author.handle == "jkervella29"
    assert value.files[0].url == PICTURE["url"]
    assert not value.incomplete
    assert request.line == "GET /2/tweets"
    assert request.fields["ids"] == post["id"]
    assert "attachments.media_keys" in request.fields["expansions"]
    assert "alt_text" in request.fields["media.fields"]


@pytest.mark.parametrize("beside", [[], [mention(9)]])
def test_a_post_that_is_gone_is_deleted_now(beside):
    values, requests = look([POST["id"]], {"data": beside, "errors": [absent(POST["id"])]})

    gone = Deleted(account=ACCOUNT, external_id=POST["id"], deleted_at=NOW)
    assert values[0] == gone
    assert len(values) == 1 + len(beside)
    assert len(requests) == 1


# --- What X shows to others, or would show on a better day ---------------------------------------


@pytest.mark.parametrize("kind", [UNSEEN, "resource-not-found"])
def test_a_post_that_the_app_may_not_see_either_is_deleted(kind):
    hidden = {"errors": [absent(POST["id"], UNSEEN)]}

    values, requests = look([POST["id"]], hidden, {"errors": [absent(POST["id"], kind)]})

    assert values == [Deleted(account=ACCOUNT, external_id=POST["id"], deleted_at=NOW)]
    assert [request.headers["authorization"] for request in requests] == [
        "Bearer access-token-ONE",
        "Bearer app-bearer-token",
    ]


@pytest.mark.parametrize(
    "told",
    [
        {"data": [POST]},
        {"meta": {}},
        {"errors": [absent(POST["id"], "internal-error")]},
        Answer(problem("client-forbidden"), 403),
        Answer({}, 401),
        Answer(problem("invalid-request"), 400),
    ],
)
def test_posts_hidden_from_the_account_alone_stay(told):
    lost = [POST["id"], mention(6)["id"]]
    values, _ = look(lost, {"errors": [absent(one, UNSEEN) for one in lost]}, told)

    assert values == []


def test_without_the_app_no_post_counts_as_hidden_from_all():
    with StandIn(answering({"errors": [absent(POST["id"], UNSEEN)]})) as x:
        api = AccountApi(settings(api_url=x.url, bearer_token=""), access())
        assert list(looking.look(api, [POST["id"]])) == []


def test_posts_that_are_all_gone_at_once_are_not_believed_while_x_shows_nothing_else():
    lost = [str(number) for number in range(100, 111)]
    nothing = {"errors": [absent(one) for one in lost]}

    with pytest.raises(RetryLater) as raised:
        look(lost, nothing, {"meta": {"result_count": 0}})
    assert raised.value.at == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("lost", "beside"),
    [
        (11, ({}, {"data": [mention(9)]})),  # the mentions of the account show one
        (11, ({"data": [mention(9)]},)),
        (10, ({},)),
    ],
)
def test_posts_are_gone_where_x_still_shows_others_or_where_they_are_few(lost, beside):
    ids = [str(number) for number in range(100, 100 + lost)]
    first, *later = beside
    answer = {**first, "errors": [absent(one) for one in ids]}

    values, _ = look([*ids, "5"], answer, *later)

    assert [value.external_id for value in values if isinstance(value, Deleted)] == ids


def test_an_answer_of_errors_alone_is_read_error_by_error():
    values, _ = look([POST["id"]], {"errors": [absent(POST["id"])]})

    assert isinstance(values[0], Deleted)


@pytest.mark.parametrize(
    "error",
    [
        absent(POST["id"], "resource-unavailable"),
        absent(POST["id"], "internal-error"),
        absent("999"),
        {**absent("3_1"), "parameter": "attachments.media_keys"},
        {"type": None},
        None,
    ],
)
def test_other_errors_leave_the_post_out(error):
    assert look([POST["id"]], {"errors": [error]})[0] == []


def test_what_x_says_nothing_about_is_left_out():
    assert look([POST["id"]], {"meta": {}})[0] == []


def test_an_edited_post_comes_as_it_now_stands():
    newest = mention(1)["id"]
    history = {"edit_history_tweet_ids": [POST["id"], newest]}
    first = {**POST, **history}
    last = {**POST, **history, "id": newest, "text": "@RegionExemple il est venu"}

    (value,), requests = look([POST["id"]], {"data": [first]}, {"data": [last]})

    assert isinstance(value, Edited)
    assert value.message.external_id == POST["id"]
    assert "il est venu" in value.message.text
    assert [request.fields["ids"] for request in requests] == [POST["id"], newest]


def test_the_newest_version_that_came_along_is_not_asked_for_again():
    newest = mention(1)["id"]
    history = {"edit_history_post_ids": [POST["id"], newest]}
    versions = [{**mention(5), **history}, {**mention(1), **history}]
    for version in versions:
        version.pop("edit_history_tweet_ids")

    (value,), requests = look([POST["id"], newest], {"data": versions})

    assert value.message.details["post_id"] == newest
    assert len(requests) == 1


@pytest.mark.parametrize("ids", [[], ["../users"], [""]])
def test_without_an_id_nothing_is_asked(ids):
    assert look(ids) == ([], [])


def test_a_hundred_posts_are_asked_for_at_once():
    _, (request,) = look([str(number) for number in range(1, 130)], {"meta": {}})

    assert len(request.fields["ids"].split(",")) == 100


def test_x_out_of_reach_means_later():
    with pytest.raises(RetryLater):
        look([POST["id"]], Answer(b"<html>", 503))


def author(answer, user_id=CITIZEN):
    return asked(lambda api: looking.author(api, user_id), answer)


def test_a_person_comes_with_name_and_handle():
    person = {"id": CITIZEN, "username": "jkervella29", "name": "J. Kervella"}

    found, (request,) = author({"data": person})

    assert found == Author(external_id=CITIZEN, name="J. Kervella", handle="jkervella29")
    assert request.line == f"GET /2/users/{CITIZEN}"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(problem("resource-not-found"), 404),
        {"errors": [problem("resource-not-found")]},
        {"data": {"id": CITIZEN}},
    ],
)
def test_somebody_x_does_not_tell_of_has_no_name(answer):
    assert author(answer)[0] is None


def test_a_dead_token_is_told_when_a_name_is_asked_for():
    with pytest.raises(AccountBroken):
        asked(lambda api: looking.author(api, CITIZEN), Answer({}, 401), account=access(OAUTH_1))


def publication(answer, post_id):
    return asked(lambda api: looking.publication(api, post_id), answer)


def test_a_post_of_the_account_is_a_publication_with_its_words():
    post = own_post(30)

    found, (request,) = publication({"data": post}, post["id"])

    assert found == Publication(
        external_id=post["id"],
        permalink=f"https://x.com/i/web/status/{post['id']}",
        text="Réparé.",
    )
    assert request.line == f"GET /2/tweets/{post['id']}"


@pytest.mark.parametrize("answer", [{"data": POST}, Answer(problem("resource-not-found"), 404), {}])
def test_a_post_of_somebody_else_or_none_is_no_publication(answer):
    assert publication(answer, POST["id"])[0] is None


@pytest.mark.parametrize("ask", [looking.author, looking.publication])
def test_what_is_no_id_never_becomes_part_of_an_address(ask):
    assert asked(lambda api: ask(api, "../me")) == (None, [])
