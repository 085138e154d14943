"""What the account has said in one place, read back to find a reply of unknown fate."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from hub.channels.base import AccountBroken, OutboundMessage, Refused, RetryLater
from hub.channels.twitter.client import AccountApi
from hub.channels.twitter.said import said_since
from tests.channels.twitter.lists import CITIZEN, Lists, direct_message, own_post
from tests.channels.twitter.wire import (
    ACCOUNT,
    NOW,
    OAUTH_2,
    Answer,
    Request,
    StandIn,
    access,
    problem,
    settings,
)

SINCE = NOW - timedelta(hours=1)
TO_POST = {"mode": "reply", "post_id": "2120073977656246395"}
TO_PERSON = {"mode": "dm", "user_id": CITIZEN}


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


def look(target: Any, answer: Any, account: Any = None) -> tuple[list[Any], list[Request]]:
    """What X tells, as values; and what it was asked."""
    message = OutboundMessage(marker="7f3c1e", visibility="public", text="Réparé.", target=target)
    with StandIn(answer) as x:
        api = AccountApi(settings(api_url=x.url), account or access())
        return list(said_since(api, message, SINCE)), x.requests


def ours(minutes_ago: float) -> dict[str, Any]:
    return direct_message(minutes_ago, sender_id=ACCOUNT)


def ids(found: list[Any]) -> list[str]:
    return [item["id"] for item in found]


def test_the_accounts_own_posts_are_read_page_after_page():
    posts = [own_post(ago) for ago in (90, 50, 30, 10)]
    answered = [{"type": "replied_to", "id": TO_POST["post_id"]}]
    posts[1] |= {"referenced_tweets": answered}

    values, requests = look(TO_POST, Lists(tweets=posts, page=2))

    assert sorted(value.external_id for value in values) == ids(posts[1:])
    assert TO_POST["post_id"] in [value.reply_to for value in values]
    assert requests[0].path == f"/2/users/{ACCOUNT}/tweets"
    assert requests[0].fields["start_time"] == "2026-11-10T11:00:00Z"
    assert len(requests) == 2


def test_a_message_is_looked_for_among_those_to_its_person_as_far_back_as_needed():
    events = [ours(90), ours(70), ours(50), direct_message(20), ours(10)]

    values, requests = look(TO_PERSON, Lists(dm_events=events, page=2))

    assert [value.external_id for value in values] == ids([events[4], events[2]])
    assert {value.conversation for value in values} == {f"dm:{CITIZEN}"}
    assert requests[0].path == f"/2/dm_conversations/with/{CITIZEN}/dm_events"
    assert len(requests) == 2


def test_polls_and_checks_keep_their_share_of_xs_limit():
    lists = Lists(dm_events=[ours(ago) for ago in (50, 40, 30)], page=1, left={"dm_events": [5]})

    with pytest.raises(RetryLater) as caught:
        look(TO_PERSON, lists)

    assert caught.value.at == NOW + timedelta(minutes=10)


def test_an_account_that_may_not_read_messages_keeps_its_answers_leaving():
    without = access({**OAUTH_2, "scope": "tweet.read tweet.write users.read dm.write"})

    with pytest.raises(Refused) as caught:
        look(TO_PERSON, Lists(), without)
    assert caught.value.code == "cannot-look"

    level = Answer(problem("client-forbidden"), 403)
    with pytest.raises(Refused) as caught:
        look(TO_PERSON, lambda _: level)
    assert caught.value.code == "cannot-look"
    with pytest.raises(AccountBroken):
        look(TO_POST, lambda _: level)


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (Answer(problem(title="Unauthorized"), 401), AccountBroken),
        (Answer(b"<html>", 503), RetryLater),
        (Answer(drop=True), RetryLater),
        (Answer({}), RetryLater),
        (Answer(problem(), 403), Refused),
    ],
)
def test_what_x_says_to_the_question_decides_what_comes_next(answer, raised):
    for target in (TO_POST, TO_PERSON):
        with pytest.raises(raised):
            look(target, lambda _: answer)


@pytest.mark.parametrize("target", [{}, {"mode": "dm", "user_id": "../me"}])
def test_what_does_not_say_where_it_goes_is_looked_for_nowhere(target):
    with pytest.raises(Refused) as caught:
        look(target, Lists())
    assert caught.value.code == "bad_target"
