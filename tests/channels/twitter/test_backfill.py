from datetime import timedelta

import pytest
import time_machine

from hub.channels.base import RetryLater
from hub.channels.twitter.backfill import PAUSE, Backfill
from hub.channels.twitter.client import AccountApi
from tests.channels.twitter.lists import Lists, direct_message, limited, mention, own_post
from tests.channels.twitter.wire import NOW, OAUTH_2, StandIn, access, settings

SINCE = NOW - timedelta(hours=2)


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


def backfill(lists, account=None):
    """The values, the pauses between pages, and the requests X saw."""
    pauses = []
    with StandIn(lists) as x:
        api = AccountApi(settings(api_url=x.url), account or access())
        values = list(Backfill(api=api, since=SINCE, pause=pauses.append).values())
    return values, pauses, x.requests


def ids(items):
    return [item["id"] for item in items]


def test_each_list_comes_from_its_oldest():
    posts = [mention(ago) for ago in (90, 60, 30)]
    own = [own_post(ago) for ago in (80, 50)]
    events = [direct_message(ago) for ago in (70, 40, 10)]

    values, _, requests = backfill(Lists(posts, own, events, page=2))

    assert [value.external_id for value in values] == [*ids(posts), *ids(own), *ids(events)]
    assert requests[0].fields["start_time"] == "2026-11-10T10:00:00Z"


def test_what_is_older_is_left_out():
    lists = Lists([mention(150)], [own_post(150)], [direct_message(150), direct_message(20)])

    values, _, _ = backfill(lists)

    assert [value.external_id for value in values] == [direct_message(20)["id"]]


def test_direct_messages_are_read_no_further_back_than_wanted():
    events = [direct_message(ago) for ago in range(300, 0, -20)]

    _, _, requests = backfill(Lists(dm_events=events, page=2))

    assert len([request for request in requests if request.path.endswith("dm_events")]) == 4


def test_there_is_a_pause_between_two_pages():
    _, pauses, requests = backfill(Lists([mention(ago) for ago in range(7, 0, -1)], page=3))

    assert pauses == [PAUSE, PAUSE]
    assert len(requests) == 5


def test_where_the_limit_is_near_the_next_window_is_waited_for():
    events = [direct_message(ago) for ago in range(9, 0, -1)]
    lists = Lists(dm_events=events, page=4, left={"dm_events": [6, 5, 15]})

    values, pauses, _ = backfill(lists)

    assert pauses == [PAUSE, 600.0]
    assert len(values) == 9


def test_a_limit_all_the_same_ends_the_reading_with_its_time():
    with pytest.raises(RetryLater) as caught:
        backfill(Lists(answers={"mentions": [limited()]}))

    assert caught.value.at == NOW + timedelta(minutes=10)


def test_without_the_scope_direct_messages_are_left_out():
    known = {**OAUTH_2, "scope": "tweet.read users.read"}

    values, _, _ = backfill(Lists([mention(5)], [], [direct_message(5)]), access(known))

    assert [value.external_id for value in values] == [mention(5)["id"]]


def test_a_message_without_a_time_is_kept_rather_than_passed_over():
    event = direct_message(5)
    event.pop("created_at")

    values, _, _ = backfill(Lists(dm_events=[event]))

    assert len(values) == 1


def test_a_list_that_runs_in_a_circle_ends():
    lists = Lists([mention(5)])
    page = {"data": [mention(5)], "meta": {"next_token": "a"}}
    again = {"data": [mention(4)], "meta": {"next_token": "a"}}
    pages = [page, again]
    lists._page = lambda items, query: pages.pop(0) if items is lists.mentions else {"meta": {}}

    values, _, _ = backfill(lists)

    assert len(values) == 2
