import json
from datetime import timedelta

import pytest
import time_machine

from hub.channels.base import AccountBroken, Echo, InboundMessage, Refused, RetryLater
from hub.channels.twitter.client import AccountApi
from hub.channels.twitter.polling import poll
from tests.channels.twitter.lists import (
    Lists,
    direct_message,
    id_at,
    limited,
    mention,
    own_post,
    refused,
)
from tests.channels.twitter.wire import (
    ACCOUNT,
    NOW,
    OAUTH_1,
    OAUTH_2,
    Answer,
    StandIn,
    access,
    problem,
    settings,
)

MENTIONS = f"GET /2/users/{ACCOUNT}/mentions"
OWN = f"GET /2/users/{ACCOUNT}/tweets"
EVENTS = "GET /2/dm_events"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


class Asked:
    """What one poll brought: its values in order, its last cursor, and the questions."""

    def __init__(self, lists, cursor, account=None, steps=None):
        self.values, self.cursor, self.error = [], cursor, None
        with StandIn(lists) as x:
            api = AccountApi(settings(api_url=x.url), account or access())
            try:
                for step in list_of(poll(api, cursor), steps):
                    self.values += step.values
                    self.cursor = json.loads(json.dumps(step.cursor))
            except Exception as error:
                self.error = error
        self.requests = x.requests

    @property
    def ids(self):
        return [value.external_id for value in self.values]

    def questions(self, line):
        return [request.fields for request in self.requests if request.line == line]


def list_of(steps, most):
    for number, step in enumerate(steps):
        yield step
        if number + 1 == most:
            return


def ids(items):
    return [item["id"] for item in items]


def after(minutes, clock):
    clock.shift(timedelta(minutes=minutes))


# --- All three lists -----------------------------------------------------------------------------


def test_the_first_poll_begins_a_day_back():
    lists = Lists(
        mentions=[mention(24 * 60 + 1), mention(60)],
        tweets=[own_post(24 * 60 + 1), own_post(30)],
        dm_events=[direct_message(24 * 60 + 1), direct_message(10)],
    )

    asked = Asked(lists, {})

    assert asked.ids == [id_at(NOW - timedelta(minutes=ago)) for ago in (60, 30, 10)]
    assert [type(value) for value in asked.values] == [InboundMessage, Echo, InboundMessage]
    assert asked.values[0].author.handle == "jkervella29"
    assert asked.questions(MENTIONS)[0]["start_time"] == "2026-11-09T12:00:00Z"


def test_nothing_is_brought_twice(clock):
    lists = Lists([mention(5)], [own_post(4)], [direct_message(3)])
    first = Asked(lists, {})
    after(6, clock)

    second = Asked(lists, first.cursor)

    assert len(first.values) == 3
    assert second.values == []
    assert second.questions(MENTIONS)[0]["since_id"] == first.ids[0]


def test_what_is_new_is_brought_by_the_next_poll(clock):
    lists = Lists([mention(5)], [own_post(4)], [direct_message(3)])
    first = Asked(lists, {})
    after(6, clock)
    lists.mentions.append(mention(-1))
    lists.tweets.append(own_post(-2))
    lists.dm_events.append(direct_message(-3))

    second = Asked(lists, first.cursor)

    assert second.ids == [id_at(NOW + timedelta(minutes=ahead)) for ahead in (1, 2, 3)]


def test_an_account_without_anything_is_asked_about_the_same_time_again(clock):
    first = Asked(Lists(), {})
    after(60, clock)

    second = Asked(Lists([mention(-50)], [], [direct_message(-50)]), first.cursor)

    assert len(second.values) == 2
    assert second.questions(MENTIONS)[0]["start_time"] == "2026-11-09T12:00:00Z"


def test_a_list_that_x_wants_left_alone_does_not_stop_the_others(clock):
    lists = Lists(
        [mention(5)], [own_post(4)], [direct_message(3)], answers={"mentions": [limited()]}
    )
    first = Asked(lists, {})
    assert (len(first.values), first.error) == (2, None)

    after(5, clock)
    during = Asked(lists, first.cursor)
    assert during.questions(MENTIONS) == []

    after(6, clock)
    afterwards = Asked(lists, during.cursor)
    assert afterwards.ids == ids(lists.mentions)


def test_what_stops_one_list_alone_is_told_once_the_others_are_read():
    gone = Answer(problem("resource-not-found"), 404)
    lists = Lists([], [own_post(4)], [direct_message(3)], answers={"mentions": [gone]})

    asked = Asked(lists, {})

    assert len(asked.values) == 2
    assert type(asked.error) is Refused


def test_a_fault_of_x_in_one_list_is_told_once_the_others_are_read():
    lists = Lists([], [own_post(4)], [], answers={"mentions": [Answer(b"<html>", 503)]})

    asked = Asked(lists, {})

    assert len(asked.values) == 1
    assert asked.error.code == "unclear"


@pytest.mark.parametrize(
    ("answer", "code"),
    [(Answer(problem(title="CreditsDepleted"), 402), "credits"), (Answer({}, 401), "token_dead")],
)
def test_a_broken_account_stops_at_once(answer, code):
    asked = Asked(Lists(answers={"mentions": [answer]}), {}, access(OAUTH_1))

    assert type(asked.error) is AccountBroken
    assert asked.error.code == code
    assert len(asked.requests) == 1


def test_x_out_of_reach_is_not_asked_three_times():
    asked = Asked(Lists(answers={"mentions": [Answer(drop=True)] * 3}), {})

    assert type(asked.error) is RetryLater
    assert len(asked.requests) == 1


def test_without_the_permission_for_direct_messages_public_posts_still_come(clock):
    forbidden = Answer(problem("client-forbidden"), 403)
    lists = Lists([mention(5)], answers={"dm_events": [forbidden]})
    first = Asked(lists, {})
    assert (len(first.values), first.error) == (1, None)

    after(59, clock)
    during = Asked(lists, first.cursor)
    assert during.questions(EVENTS) == []

    after(2, clock)
    assert len(Asked(lists, during.cursor).questions(EVENTS)) == 1


def test_without_the_scope_for_direct_messages_they_are_not_asked_for():
    known = {**OAUTH_2, "scope": "tweet.read users.read"}

    assert Asked(Lists(), {}, access(known)).questions(EVENTS) == []


def test_an_oauth_1_account_names_no_scopes_and_is_asked_for_all():
    assert len(Asked(Lists(), {}, access(OAUTH_1)).questions(EVENTS)) == 1


@pytest.mark.parametrize("cursor", [{"mentions": "oh"}, {"mentions": {"since_id": "5"}}, {"x": 1}])
def test_a_cursor_of_another_version_does_no_harm(cursor):
    asked = Asked(Lists([mention(5)]), cursor)

    assert (len(asked.values), asked.error) == (1, None)


# --- Names of fields -----------------------------------------------------------------------------


def test_an_account_that_x_speaks_of_posts_with_is_asked_with_those_names():
    old = refused("The query parameter [tweet.fields] is not one of [id,post.fields]")
    lists = Lists([mention(5)], answers={"mentions": [old]})

    asked = Asked(lists, {})

    assert len(asked.values) == 1
    before, then = asked.questions(MENTIONS)
    assert "note_tweet" in before["tweet.fields"]
    assert "note_post" in then["post.fields"]
    assert "referenced_posts.id" in then["expansions"]
    assert "tweet.fields" not in then
    assert "post.fields" in asked.questions(OWN)[0]


# --- Posts, page after page ----------------------------------------------------------------------


def test_pages_are_read_to_the_last_and_each_is_brought_from_the_oldest():
    posts = [mention(ago) for ago in range(7, 0, -1)]

    asked = Asked(Lists(posts, page=3), {})

    seventh, first = ids(posts)[-1], ids(posts)[0]
    assert asked.ids == [*ids(posts)[4:], *ids(posts)[1:4], first]
    assert asked.cursor["mentions"] == {"since_id": seventh}
    assert {question["max_results"] for question in asked.questions(MENTIONS)} == {"100"}


def test_a_reading_cut_off_in_the_middle_goes_on_from_there():
    posts = [mention(ago) for ago in range(7, 0, -1)]
    lists = Lists(posts, page=3)
    begun = Asked(lists, {}, steps=1)
    assert begun.ids == ids(posts)[4:]
    assert "since_id" not in begun.cursor["mentions"]
    lists.mentions.append(mention(0))

    rest = Asked(lists, begun.cursor)
    assert rest.ids == [*ids(posts)[1:4], *ids(posts)[:1]]

    latest = Asked(lists, rest.cursor)
    assert latest.ids == [mention(0)["id"]]


def test_a_limit_in_the_middle_keeps_the_page_to_go_on_from(clock):
    posts = [mention(ago) for ago in range(7, 0, -1)]
    lists = Lists(posts, page=3)
    page = Answer(lists._page(posts, {"max_results": "3"}))
    lists.answers = {"mentions": [page, limited()]}
    begun = Asked(lists, {})
    assert begun.ids == ids(posts)[4:]
    after(11, clock)

    rest = Asked(lists, begun.cursor)

    assert rest.ids == [*ids(posts)[1:4], *ids(posts)[:1]]
    assert rest.cursor["mentions"] == {"since_id": ids(posts)[-1]}


def test_reading_stops_while_something_is_left_to_others(clock):
    posts = [mention(ago) for ago in range(7, 0, -1)]
    lists = Lists(posts, page=3, left={"mentions": [11, 10]})
    begun = Asked(lists, {})
    assert len(begun.questions(MENTIONS)) == 2
    assert begun.error is None
    after(9, clock)
    assert Asked(lists, begun.cursor).questions(MENTIONS) == []
    after(2, clock)

    assert Asked(lists, begun.cursor).ids == ids(posts)[:1]


def test_wherever_an_outage_falls_every_post_is_brought(clock):
    posts = [mention(ago) for ago in range(40, 0, -1)]
    lists = Lists(posts[:20], page=4)
    brought, cursor = [], {}
    for number in range(30):
        asked = Asked(lists, cursor, steps=number % 3 + 1)
        brought += asked.ids
        cursor = asked.cursor
        lists.mentions = posts[: 20 + 2 * number]
        after(6, clock)

    assert set(brought) == set(ids(posts))
    assert len(brought) == len(set(brought))


def test_a_post_that_x_calls_too_old_is_replaced_by_its_time():
    old = mention(60 * 24 * 9)
    cursor = {"mentions": {"since_id": old["id"]}}
    refusal = refused("'since_id' must be a tweet id created after 2026-11-03T12:00Z.")
    lists = Lists([old, mention(60 * 24 * 8), mention(5)], answers={"mentions": [refusal]})

    asked = Asked(lists, cursor)

    assert asked.questions(MENTIONS)[1]["start_time"] == "2026-11-01T12:00:00Z"
    assert len(asked.values) == 3
    assert asked.cursor["mentions"] == {"since_id": mention(5)["id"]}


def test_a_time_that_x_calls_too_old_is_replaced_by_one_it_surely_takes():
    cursor = {"mentions": {"since_id": mention(60 * 24 * 9)["id"]}}
    lists = Lists([mention(5)], answers={"mentions": [refused("since_id"), refused("start_time")]})

    asked = Asked(lists, cursor)

    assert asked.questions(MENTIONS)[2]["start_time"] == "2026-11-03T12:00:00Z"
    assert len(asked.values) == 1


def test_a_page_that_x_no_longer_knows_is_begun_again():
    posts = [mention(ago) for ago in range(7, 0, -1)]
    lists = Lists(posts, page=3)
    begun = Asked(lists, {}, steps=1)
    lists.answers = {"mentions": [refused("pagination_token is invalid")]}

    rest = Asked(lists, begun.cursor)

    assert set(rest.ids) == set(ids(posts))
    assert rest.cursor["mentions"] == {"since_id": ids(posts)[-1]}


def test_a_question_that_x_refuses_in_every_form_is_told_and_not_asked_for_ever():
    cursor = {"mentions": {"since_id": mention(5)["id"]}}
    lists = Lists(answers={"mentions": [refused("no") for _ in range(20)]})

    asked = Asked(lists, cursor)

    assert type(asked.error) is Refused
    assert len(asked.questions(MENTIONS)) == 2


def test_an_answer_that_is_no_list_is_not_taken_for_the_last_page():
    posts = [mention(ago) for ago in range(7, 0, -1)]
    lists = Lists(posts, page=3)
    begun = Asked(lists, {}, steps=1)
    lists.answers = {"mentions": [Answer({})]}

    asked = Asked(lists, begun.cursor)

    assert asked.error.code == "unclear"
    assert asked.cursor["mentions"] == begun.cursor["mentions"]


def test_a_page_that_names_itself_as_the_next_ends_the_reading():
    page = {"data": [mention(5)], "meta": {"next_token": "same"}}
    lists = Lists(answers={"mentions": [Answer(page), Answer(page), Answer(page)]})

    assert len(Asked(lists, {}).questions(MENTIONS)) == 2


# --- Direct messages -----------------------------------------------------------------------------


def test_direct_messages_are_asked_for_every_five_minutes(clock):
    lists = Lists(dm_events=[direct_message(5)])
    first = Asked(lists, {})
    after(4, clock)
    second = Asked(lists, first.cursor)
    after(1, clock)
    third = Asked(lists, second.cursor)

    assert [len(a.questions(EVENTS)) for a in (first, second, third)] == [1, 0, 1]


def test_direct_messages_are_read_until_a_known_one():
    events = [direct_message(ago) for ago in range(9, 0, -1)]
    cursor = {"direct_messages": {"start": "2026-11-01T00:00:00Z", "known": [events[3]["id"]]}}

    asked = Asked(Lists(dm_events=events, page=2), cursor)

    assert asked.ids == [*ids(events)[7:], *ids(events)[5:7], events[4]["id"]]
    assert len(asked.questions(EVENTS)) == 3
    assert asked.cursor["direct_messages"]["known"][:2] == ids(events)[:6:-1]


def test_little_is_asked_for_where_little_is_new():
    event = direct_message(5)
    cursor = {"direct_messages": {"start": "2026-11-01T00:00:00Z", "known": [event["id"]]}}
    events = [event, *[direct_message(ago / 100) for ago in range(1, 30)]]

    asked = Asked(Lists(dm_events=events), cursor)

    assert [q["max_results"] for q in asked.questions(EVENTS)] == ["5", "100"]
    assert len(asked.values) == 29


def test_known_messages_that_were_deleted_do_not_send_the_reading_through_all_that_is_old():
    deleted = direct_message(30)
    events = [direct_message(ago) for ago in range(60, 30, -1)]
    cursor = {"direct_messages": {"start": "2026-11-01T00:00:00Z", "known": [deleted["id"]]}}

    asked = Asked(Lists(dm_events=[*events, direct_message(5)], page=5), cursor)

    assert len(asked.questions(EVENTS)) == 1


def test_five_questions_are_left_to_others(clock):
    events = [direct_message(ago) for ago in range(9, 0, -1)]
    lists = Lists(dm_events=events, page=2, left={"dm_events": [14, 6, 5]})
    begun = Asked(lists, {})
    assert len(begun.questions(EVENTS)) == 3
    after(11, clock)

    rest = Asked(lists, begun.cursor)

    assert set(begun.ids) | set(rest.ids) == set(ids(events))
    assert len(begun.ids) + len(rest.ids) == 9
    assert rest.cursor["direct_messages"]["known"] == ids(events)[::-1]


def test_a_message_that_comes_while_a_reading_is_cut_off_is_brought_by_the_next(clock):
    events = [direct_message(ago) for ago in range(9, 0, -1)]
    lists = Lists(dm_events=events, page=2)
    page = Answer(lists._page(events, {"max_results": "2"}))
    lists.answers = {"dm_events": [page, limited()]}
    begun = Asked(lists, {})
    after(11, clock)
    lists.dm_events = [*events, direct_message(-10)]

    rest = Asked(lists, begun.cursor)
    after(6, clock)
    latest = Asked(lists, rest.cursor)

    assert set(begun.ids) | set(rest.ids) == set(ids(events))
    assert latest.ids == [direct_message(-10)["id"]]


def test_a_page_of_messages_that_x_no_longer_knows_is_begun_again(clock):
    events = [direct_message(ago) for ago in range(9, 0, -1)]
    lists = Lists(dm_events=events, page=2)
    page = Answer(lists._page(events, {"max_results": "2"}))
    lists.answers = {"dm_events": [page, limited()]}
    begun = Asked(lists, {})
    after(11, clock)
    lists.answers = {"dm_events": [refused("pagination_token is invalid")]}

    assert set(Asked(lists, begun.cursor).ids) == set(ids(events))


def test_only_the_newest_messages_are_remembered():
    events = [direct_message(ago / 10) for ago in range(150)]

    asked = Asked(Lists(dm_events=events), {})

    assert len(asked.values) == 150
    assert asked.cursor["direct_messages"]["known"] == ids(events)[:100]


def test_a_message_of_ours_is_an_echo_to_the_person():
    sent = direct_message(5, sender_id=ACCOUNT)

    (value,) = Asked(Lists(dm_events=[sent]), {}).values

    assert type(value) is Echo
    assert value.conversation == "dm:48123456"
