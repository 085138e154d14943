from datetime import UTC, datetime

import pytest

from hub.channels.base import Author, NotOurs
from hub.channels.twitter.reading import (
    delivery,
    either,
    id_of,
    instant,
    made_at,
    other_party,
    person,
    written_at,
)
from hub.channels.untrusted import Unreadable

MORNING = datetime(2026, 11, 10, 8, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    "told",
    [
        "Tue Nov 10 08:40:00 +0000 2026",
        "Tue Nov 10 09:40:00 +0100 2026",
        "2026-11-10T08:40:00.000Z",
        "2026-11-10T08:40:00+00:00",
        "1794300000000",
        1794300000000,
        1794300000,
    ],
)
def test_an_instant_is_read_in_every_form_that_x_writes(told):
    assert instant(told) == MORNING


@pytest.mark.parametrize(
    "told",
    [
        None,
        True,
        "",
        "yesterday",
        "Tue Nvb 10 08:40:00 +0000 2026",
        "Tue Nov 31 08:40:00 +0000 2026",
        "Tue Nov 10 08:40:00 +0000 1999",
        {"ms": 1794300000000},
        [],
        -1,
        10**40,
    ],
)
def test_what_is_no_instant_is_none(told):
    assert instant(told) is None


def test_an_id_tells_when_it_was_made():
    """An id and the time that X's own documentation gives with it."""
    found = made_at("2080765813578191303")

    assert found is not None
    assert found.replace(microsecond=0) == datetime(2026, 7, 24, 21, 23, 23, tzinfo=UTC)


@pytest.mark.parametrize("external_id", ["555", "20", "abc", "29700859246", "9" * 20, "1٣" * 6, ""])
def test_an_id_that_holds_no_time_tells_none(external_id):
    assert made_at(external_id) is None


def test_a_text_has_the_first_time_that_x_tells_or_that_of_its_id():
    assert written_at("1924465506158878979", None, "1794300000000") == MORNING
    assert written_at("1924465506158878979", "?") == made_at("1924465506158878979")
    with pytest.raises(Unreadable, match="no usable time"):
        written_at("12", None)


@pytest.mark.parametrize(
    ("held", "found"),
    [
        ({"id": 1924465506158879000, "id_str": "1924465506158878979"}, "1924465506158878979"),
        ({"id": 1924465506158878979}, "1924465506158878979"),
        ({"id": "1924465506158878979"}, "1924465506158878979"),
        ({"id": 1924465506158879000, "id_str": ""}, None),
        ({"id": True}, None),
        ({"id": None, "id_str": None}, None),
        ({}, None),
        ("1924465506158878979", None),
        (None, None),
    ],
)
def test_the_exact_text_of_an_id_wins_over_its_rounded_number(held, found):
    assert id_of(held) == found


def test_of_two_names_the_one_that_is_there_counts():
    assert either({"new": [1]}, "old", "new") == [1]
    assert either({"old": None, "new": 0}, "old", "new") == 0
    assert either({}, "old", "new") is None


@pytest.mark.parametrize(
    "user",
    [
        {"name": "Solenn B.", "screen_name": "solenn_b"},
        {"name": "Solenn B.", "username": "solenn_b"},
        {"data": {"name": "Solenn B.", "username": "solenn_b"}},
    ],
)
def test_a_person_is_read_in_either_shape(user):
    whole = Author(external_id="7", name="Solenn B.", handle="solenn_b")

    assert person("7", user) == whole
    assert person("7", {}, None, user) == whole


def test_a_person_of_whom_nothing_came_is_known_by_id():
    assert person("7") == person("7", None, [], {"data": 3}) == Author(external_id="7")


@pytest.mark.parametrize("conversation", ["12-34", "34-12", "12:34"])
def test_a_conversation_of_two_names_the_other_party(conversation):
    assert other_party(conversation, "12") == "34"


@pytest.mark.parametrize("conversation", ["1585094756761149440", "12-34-56", "56-34", "12-", None])
def test_another_conversation_names_nobody(conversation):
    assert other_party(conversation, "12") is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"hub",
        b"[]",
        b"{}",
        b'{"object":"page","entry":[{}]}',
        b'{"crc_token":"a"}',
        b'{"data":NaN}',
        b'{"for_user_id":' + b"9" * 5000 + b"}",
        b"[" * 100_000,
    ],
)
def test_a_body_no_retry_could_make_sense_of_is_not_ours(body):
    with pytest.raises(NotOurs, match=r"^The .+\.$"):
        delivery(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"for_user_id":"1","new_things":[]}',
        b'{"for_user_id":"1","tweet_create_events":[]}',
        b'{"new_events":[]}',
        b'{"user_event":{}}',
        b'{"data":{"event_type":"new"}}',
        b'{"matching_rules":[]}',
        b'{"replay_job_status":{}}',
    ],
)
def test_whatever_x_delivers_is_ours_known_or_not(body):
    assert delivery(body)
