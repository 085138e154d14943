import json
import logging
from datetime import timedelta

import pytest
import time_machine

from hub.channels.base import (
    AccountBroken,
    ChannelError,
    OutcomeUnknown,
    Refused,
    RetryLater,
    Sent,
    WindowClosed,
)
from hub.channels.facebook.sentences import SENTENCES
from tests.channels.facebook.builders import (
    COMMENT,
    NOW,
    PSID,
    channel,
    comment,
    page_access,
    private,
    reply,
)
from tests.channels.facebook.wire import PAGE, PROOF, TOKEN, Answer, StandIn

COMMENTED = {"id": "122200000000010_880000000000055"}
MESSAGED = {"recipient_id": PSID, "message_id": "m_Zk1-OUT_0002"}
TO_COMMENT = {"mode": "comment", "object_id": COMMENT}
TO_PERSON = {"mode": "messenger", "psid": PSID, "tag": ""}
TO_COMMENTER = {"mode": "private_reply", "comment_id": COMMENT}


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


def send(answer, message, *, access=None, **settings):
    """Send to a stand-in that answers so; what the hub was told, and what it asked."""
    with StandIn(lambda _: answer) as meta:
        sent = channel(graph_url=meta.url, **settings).send(access or page_access(), message)
    (request,) = meta.requests
    return sent, request


def refusal(answer, message=None):
    with pytest.raises(ChannelError) as caught:
        send(answer, message or reply(TO_PERSON))
    return caught.value


def error(code, subcode=None, **more):
    found = {"message": "Non.", "type": "OAuthException", "code": code, "error_subcode": subcode}
    return {"error": {**found, **more}}


def test_a_comment_is_posted_under_its_comment_as_a_form():
    sent, request = send(Answer(COMMENTED), reply(TO_COMMENT))

    assert sent == Sent(external_id=COMMENTED["id"])
    assert (request.method, request.path) == ("POST", f"/v25.0/{COMMENT}/comments")
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.fields == {
        "message": "Bonjour, c’est réparé.",
        "access_token": TOKEN,
        "appsecret_proof": PROOF,
    }


def test_the_id_of_a_comment_is_brought_to_two_parts():
    sent, _ = send(Answer({"id": f"{PAGE}_122_55"}), reply(TO_COMMENT))

    assert sent.external_id == "122_55"


def test_a_messenger_reply_carries_its_marker():
    sent, request = send(Answer(MESSAGED), reply(TO_PERSON))

    assert sent == Sent(external_id="m_Zk1-OUT_0002", conversation=f"messenger:{PSID}")
    assert (request.method, request.path) == ("POST", f"/v25.0/{PAGE}/messages")
    assert request.fields == {
        "recipient": {"id": PSID},
        "messaging_type": "RESPONSE",
        "message": {"text": "Bonjour, c’est réparé.", "metadata": "outbox:7f3c1e"},
        "access_token": TOKEN,
        "appsecret_proof": PROOF,
    }


@pytest.mark.parametrize("name", ["comment_id", "post_id"])
def test_a_private_reply_goes_to_the_comment_or_post(name):
    sent, request = send(Answer(MESSAGED), reply({"mode": "private_reply", name: COMMENT}))

    assert sent.conversation == f"messenger:{PSID}"
    assert request.fields["recipient"] == {name: COMMENT}
    assert request.fields["message"]["metadata"] == "outbox:7f3c1e"
    assert "messaging_type" not in request.fields


def test_a_private_reply_whose_recipient_stays_hidden_names_no_conversation():
    sent, _ = send(Answer({"message_id": "m_1"}), reply(TO_COMMENTER))

    assert sent == Sent(external_id="m_1", conversation=None)


def test_every_way_that_is_offered_can_be_sent():
    ways = channel().ways([comment(), private()], page_access())

    for way in ways:
        answer = Answer(COMMENTED if way.code == "comment" else MESSAGED)
        assert send(answer, reply(dict(way.target)))[0].external_id


def test_a_reply_that_waited_past_24_hours_gets_the_tag_where_approved():
    (way,) = channel(human_agent=True).ways([private(timedelta(hours=23))], page_access())

    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        _, request = send(Answer(MESSAGED), reply(dict(way.target)), human_agent=True)

    assert request.fields["messaging_type"] == "MESSAGE_TAG"
    assert request.fields["tag"] == "HUMAN_AGENT"


@pytest.mark.parametrize("written", [{}, {"written_at": (NOW - timedelta(days=2)).isoformat()}])
def test_what_the_hub_says_by_itself_never_goes_out_as_a_humans(written):
    target = TO_PERSON | {"tag": "HUMAN_AGENT"} | written
    access = page_access(human_agent=True)

    send(Answer(MESSAGED), reply(target), access=access)
    with pytest.raises(WindowClosed):
        send(Answer(MESSAGED), reply(target, context={"automatic": "yes"}), access=access)


def test_a_reply_that_waited_past_its_window_is_not_sent():
    (way,) = channel().ways([private(timedelta(hours=23))], page_access())

    with (
        time_machine.travel(NOW + timedelta(hours=2), tick=False),
        StandIn(lambda _: Answer(MESSAGED)) as meta,
        pytest.raises(WindowClosed),
    ):
        channel(graph_url=meta.url).send(page_access(), reply(dict(way.target)))
    assert meta.requests == []


def test_a_private_reply_that_waited_past_seven_days_is_not_sent():
    target = TO_COMMENTER | {"written_at": (NOW - timedelta(days=8)).isoformat()}

    assert type(refusal(Answer(MESSAGED), reply(target))) is WindowClosed


@pytest.mark.parametrize(
    ("target", "limit"), [(TO_COMMENT, 8000), (TO_PERSON, 2000), (TO_COMMENTER, 2000)]
)
def test_the_longest_text_is_sent_and_one_unit_more_is_not(target, limit):
    answer = Answer(COMMENTED if target is TO_COMMENT else MESSAGED)
    bus = "🚌" * (limit // 2)

    send(answer, reply(target, bus))

    assert refusal(answer, reply(target, bus + "!")).code == "too_long"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (reply(TO_PERSON, "  \n"), "empty"),
        (reply({}), "bad_target"),
        (reply({"mode": "fax"}), "bad_target"),
        (reply({"mode": "comment"}), "bad_target"),
        (reply({"mode": "comment", "object_id": "../me"}), "bad_target"),
        (reply({"mode": "messenger", "psid": ""}), "bad_target"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_any_call(message, code):
    with StandIn(lambda _: Answer(MESSAGED)) as meta, pytest.raises(Refused) as caught:
        channel(graph_url=meta.url).send(page_access(), message)

    assert caught.value.code == code
    assert code in SENTENCES
    assert meta.requests == []


def test_without_a_token_nothing_is_called():
    with pytest.raises(AccountBroken) as caught:
        channel().send(page_access(token=""), reply(TO_PERSON))

    assert caught.value.code == "token_missing"


def test_without_an_app_secret_no_proof_is_sent():
    _, request = send(Answer(COMMENTED), reply(TO_COMMENT), app_secrets=())

    assert "appsecret_proof" not in request.fields


@pytest.mark.parametrize("status", [200, 400, 403])
def test_an_error_is_an_error_whatever_the_status(status):
    found = refusal(Answer(error(10, 2018278), status))

    assert type(found) is WindowClosed
    assert "10-2018278" in found.detail


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<html>Sorry</html>", 200),
        Answer(b"<html>Bad gateway</html>", 502),
        Answer(b"[]", 200),
        Answer({"success": True}, 503),
        Answer(error(1), 500),
        Answer({}, 200),
        Answer(b"", 302, {"Location": "https://ailleurs.example/"}),
        Answer(drop=True),
    ],
)
def test_an_answer_that_confirms_nothing_leaves_the_outcome_unknown(answer):
    found = refusal(answer)

    assert type(found) is OutcomeUnknown
    assert found.code in SENTENCES


def test_nobody_at_the_address_means_surely_not_sent():
    with StandIn(lambda _: Answer()) as meta:
        url = meta.url

    with pytest.raises(RetryLater) as caught:
        channel(graph_url=url).send(page_access(), reply(TO_PERSON))
    assert caught.value.code == "unreachable"


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({}, 5),
        ({"X-App-Usage": '{"call_count":28,"total_time":25,"total_cputime":25}'}, 5),
        ({"X-App-Usage": '{"call_count":100,"total_time":25,"total_cputime":25}'}, 60),
        ({"X-Page-Usage": '{"call_count":2,"total_time":125.5,"total_cputime":25}'}, 60),
        (
            {
                "X-Business-Use-Case-Usage": json.dumps(
                    {
                        PAGE: [
                            {"type": "pages", "call_count": 100},
                            {"type": "messenger", "estimated_time_to_regain_access": 17},
                        ]
                    }
                )
            },
            17,
        ),
        ({"X-App-Usage": "pas du JSON"}, 5),
        ({"X-App-Usage": "[]"}, 5),
    ],
)
def test_a_rate_limit_ends_when_the_usage_headers_say(headers, minutes):
    found = refusal(Answer(error(4), 403, headers))

    assert type(found) is RetryLater
    assert found.at == NOW + timedelta(minutes=minutes)


def test_status_429_without_json_means_later():
    assert type(refusal(Answer(b"slow down", 429))) is RetryLater


def test_the_token_is_in_no_error_and_in_no_log(caplog):
    caplog.set_level(logging.DEBUG)

    found = refusal(Answer(error(190, message=f"Malformed access token {TOKEN}"), 400))

    assert type(found) is AccountBroken
    assert TOKEN not in str(found)
    assert TOKEN not in found.detail
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(page_access())
