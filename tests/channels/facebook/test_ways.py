from datetime import timedelta

import pytest
import time_machine

from tests.channels.facebook.builders import (
    COMMENT,
    NOW,
    POST,
    PSID,
    channel,
    comment,
    page_access,
    private,
)
from tests.channels.facebook.wire import PAGE


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


def ways(*thread, of_account=None, of_app=False):
    """The ways; `of_account` and `of_app`: who has the human agent feature."""
    features = {} if of_account is None else {"human_agent": of_account}
    return channel(human_agent=of_app).ways(thread, page_access(**features))


def way(code, *thread, **options):
    return next(way for way in ways(*thread, **options) if way.code == code)


def out(target, **changes):
    given = {"direction": "out", "external_id": "m_out", "target": target}
    return private(timedelta(minutes=5), **{**given, **changes})


def test_a_comment_is_answered_in_public_first_and_privately_once():
    public, once = ways(comment())

    assert (public.code, public.visibility, public.allowed) == ("comment", "public", True)
    assert public.target == {"mode": "comment", "object_id": COMMENT}
    assert public.limit == 8000
    assert public.closes_at is None
    assert (once.code, once.visibility, once.allowed) == ("private_reply", "private", True)
    assert once.target["comment_id"] == COMMENT
    assert once.limit == 2000
    assert once.closes_at == NOW - timedelta(hours=1) + timedelta(days=7)


def test_an_answer_to_a_nested_comment_goes_to_the_top_of_its_thread():
    nested = comment(external_id="122200000000010_880000000000002", reply_to=COMMENT)

    found = ways(nested)

    assert found[0].target["object_id"] == COMMENT
    assert found[1].target["comment_id"] == nested.external_id


def test_the_top_of_the_thread_is_found_over_several_levels():
    middle = comment(external_id="10_2", reply_to=COMMENT)
    last = comment(external_id="10_3", reply_to="10_2")

    assert way("comment", comment(), middle, last).target["object_id"] == COMMENT


def test_comments_that_claim_to_answer_each_other_do_not_turn_for_ever():
    one, other = (
        comment(external_id="10_2", reply_to="10_3"),
        comment(external_id="10_3", reply_to="10_2"),
    )

    assert way("comment", one, other).target["object_id"] in {"10_2", "10_3"}


def test_a_visitors_post_is_answered_under_the_post():
    visit = comment(external_id=f"{PAGE}_77", conversation=f"public:{PAGE}_77:{PSID}")

    public, once = ways(visit)

    assert public.target["object_id"] == f"{PAGE}_77"
    assert once.target["post_id"] == f"{PAGE}_77"
    assert "comment_id" not in once.target


@pytest.mark.parametrize(
    ("age", "allowed"), [(timedelta(days=7), True), (timedelta(days=7, seconds=1), False)]
)
def test_a_private_reply_is_possible_for_seven_days(age, allowed):
    found = way("private_reply", comment(age))

    assert found.allowed is allowed
    assert bool(found.reason) is not allowed
    assert way("comment", comment(age)).allowed


def test_a_second_private_reply_to_the_same_comment_is_refused_with_a_reason():
    made = out({"mode": "private_reply", "comment_id": COMMENT, "written_at": "x"})

    found = way("private_reply", comment(), made)

    assert not found.allowed
    assert "already" in found.reason


@pytest.mark.parametrize(
    "other",
    [
        out({"mode": "private_reply", "comment_id": COMMENT}, delivered=False),
        out({"mode": "private_reply", "comment_id": "122200000000010_5"}),
        out({"mode": "comment", "object_id": COMMENT}),
    ],
)
def test_other_messages_of_ours_leave_the_private_reply_open(other):
    assert way("private_reply", comment(), other).allowed


def test_messenger_is_answered_for_24_hours():
    (found,) = ways(private(timedelta(hours=24)))

    assert (found.code, found.visibility, found.allowed) == ("messenger", "private", True)
    assert found.target["psid"] == PSID
    assert found.target["tag"] == ""
    assert found.limit == 2000
    assert found.closes_at == NOW


def test_after_24_hours_messenger_is_closed_with_a_reason_and_another_way():
    (found,) = ways(private(timedelta(hours=24, seconds=1)))

    assert not found.allowed
    assert "24 hours" in found.reason
    assert "writes again" in found.reason or "write again" in found.reason


@pytest.mark.parametrize(("account", "app"), [(True, False), (None, True)])
def test_with_the_human_agent_feature_messenger_is_answered_for_seven_days(account, app):
    (found,) = ways(private(timedelta(days=7)), of_account=account, of_app=app)

    assert found.allowed
    assert found.target["tag"] == "HUMAN_AGENT"
    assert found.closes_at == NOW


def test_the_account_says_no_where_the_app_says_yes():
    (found,) = ways(private(timedelta(days=2)), of_account=False, of_app=True)

    assert not found.allowed


def test_with_the_feature_no_tag_is_used_while_none_is_needed():
    (found,) = ways(private(), of_account=True)

    assert found.target["tag"] == ""
    assert found.closes_at == NOW - timedelta(hours=1) + timedelta(days=7)


def test_after_seven_days_messenger_is_closed_for_all():
    (found,) = ways(private(timedelta(days=7, seconds=1)), of_account=True)

    assert not found.allowed
    assert "seven days" in found.reason


def test_the_window_counts_from_the_citizens_words_not_from_ours():
    ours = out({"mode": "messenger", "psid": PSID})

    assert not ways(private(timedelta(days=2)), ours)[0].allowed


def test_the_way_the_citizen_wrote_last_comes_first():
    early, late = timedelta(hours=2), timedelta(hours=1)

    assert [w.code for w in ways(comment(early), private(late))] == [
        "messenger",
        "comment",
        "private_reply",
    ]
    assert [w.code for w in ways(private(early), comment(late))] == [
        "comment",
        "private_reply",
        "messenger",
    ]


def test_a_thread_without_words_of_a_citizen_has_no_way():
    assert ways() == []
    assert ways(out({"mode": "comment", "object_id": POST})) == []


@pytest.mark.parametrize(
    ("text", "length"), [("", 0), ("été", 3), ("🚌", 2), ("👩‍🚒", 5), ("\ud83d", 1)]
)
def test_length_counts_utf_16_units(text, length):
    assert channel().length(text, way("comment", comment())) == length
