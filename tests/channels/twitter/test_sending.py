from datetime import timedelta
from typing import Any

import pytest
import time_machine

from hub.channels.base import (
    AccountBroken,
    ChannelError,
    OutboundFile,
    OutboundMessage,
    OutcomeUnknown,
    Refused,
    RetryLater,
    Sent,
)
from hub.channels.twitter import media, sending
from hub.channels.twitter.client import AccountApi
from hub.channels.twitter.sentences import SENTENCES
from hub.channels.twitter.terms import Terms
from tests.channels.twitter.wire import (
    NOW,
    OAUTH_2,
    RESET,
    Answer,
    StandIn,
    access,
    by_line,
    problem,
    settings,
)

PERSON = "48123456"
POST = "2120073977656246395"
TO_POST = {"mode": "reply", "post_id": POST, "summoned": "explicit"}
TO_PERSON = {"mode": "dm", "user_id": PERSON}
TWEET = "POST /2/tweets"
DM = f"POST /2/dm_conversations/with/{PERSON}/messages"
UPLOAD = "POST /2/media/upload"
METADATA = "POST /2/media/metadata"
POSTED = Answer({"data": {"id": "2120076494238646999", "text": "…"}}, 201)
MESSAGED = Answer(
    {"data": {"dm_conversation_id": "a-b", "dm_event_id": "2120077752529846999"}}, 201
)


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


def reply(target=TO_POST, text="Bonjour, c’est réparé.", **changes):
    given: dict[str, Any] = {
        "marker": "7f3c1e",
        "visibility": "public" if target.get("mode") == "reply" else "private",
        "text": text,
        "target": target,
    }
    return OutboundMessage(**{**given, **changes})


def picture(name="arrêt.jpg", media_type="image/jpeg", content=b"JPEG", **changes):
    given = {"name": name, "media_type": media_type, "size": len(content)}
    return OutboundFile(**{**given, **changes}, read=lambda: content)


def never(seconds):
    raise AssertionError(f"nothing is to be waited for, and {seconds} seconds are")


def send(answers, message=None, *, account=None, bought="pay_per_use", pause=never):
    """Send to a stand-in that answers so; what the hub was told, and what it asked."""
    with StandIn(by_line(answers)) as x:
        api = AccountApi(settings(api_url=x.url), account or access())
        sent = sending.send(api, message or reply(), Terms.of(bought), pause=pause)
    return sent, x.requests


def refusal(answers, message=None, **given):
    with pytest.raises(ChannelError) as caught:
        send(answers, message, **given)
    return caught.value


# --- In public -----------------------------------------------------------------------------------


def test_a_reply_is_posted_under_its_post():
    sent, (request,) = send({TWEET: POSTED})

    assert sent == Sent(external_id="2120076494238646999")
    assert request.fields == {
        "text": "Bonjour, c’est réparé.",
        "reply": {"in_reply_to_tweet_id": POST},
    }


def test_a_further_part_answers_the_part_before_it():
    message = reply({**TO_POST, "summoned": "no"}, previous="2120076494238646999")

    _, (request,) = send({TWEET: POSTED}, message)

    assert request.fields["reply"] == {"in_reply_to_tweet_id": "2120076494238646999"}


@pytest.mark.parametrize("summoned", ["explicit", "implicit", ""])
def test_who_may_have_called_the_account_is_answered(summoned):
    send({TWEET: POSTED}, reply({**TO_POST, "summoned": summoned}))


def test_who_did_not_call_the_account_is_not_answered_where_that_is_needed():
    uncalled = reply({**TO_POST, "summoned": "no"})

    error = refusal({}, uncalled)
    assert (type(error), error.code) == (Refused, "not_summoned")

    send({TWEET: POSTED}, uncalled, bought="enterprise")


@pytest.mark.parametrize(
    ("summoned", "bought", "code"),
    [
        ("implicit", "pay_per_use", "not_summoned"),
        ("explicit", "pay_per_use", "refused"),
        ("implicit", "enterprise", "refused"),
    ],
)
def test_a_refusal_without_a_reason_is_put_down_to_the_summons_where_it_may_lack(
    summoned, bought, code
):
    answer = Answer(problem(detail="You are not permitted to perform this action."), 403)

    error = refusal({TWEET: answer}, reply({**TO_POST, "summoned": summoned}), bought=bought)

    assert (type(error), error.code) == (Refused, code)
    assert "not permitted" in error.detail


@pytest.mark.parametrize(
    ("tried_at", "raised", "code"),
    [(None, Refused, "said_already"), (NOW, OutcomeUnknown, "duplicate")],
)
def test_a_text_already_published_may_be_ours_where_it_was_tried_before(tried_at, raised, code):
    words = "You are not allowed to create a Tweet with duplicate content."

    error = refusal({TWEET: Answer(problem(detail=words), 403)}, reply(tried_at=tried_at))

    assert (type(error), error.code) == (raised, code)


@pytest.mark.parametrize(
    "answer",
    [
        Answer({}, 201),
        Answer({"data": {}}, 201),
        Answer({"data": {"id": None}}, 201),
        Answer(b"", 201),
        Answer(b"<html>", 503),
        Answer(drop=True),
    ],
)
def test_an_answer_that_confirms_nothing_leaves_the_outcome_unknown(answer):
    assert type(refusal({TWEET: answer})) is OutcomeUnknown


def test_a_rate_limit_holds_for_all_replies_until_its_reset():
    error = refusal({TWEET: Answer({}, 429, {"x-rate-limit-reset": RESET})})

    assert type(error) is RetryLater
    assert error.for_all
    assert error.at == NOW + timedelta(minutes=10)


# --- In private ----------------------------------------------------------------------------------


def test_a_direct_message_goes_to_the_person():
    sent, (request,) = send({DM: MESSAGED}, reply(TO_PERSON))

    assert sent == Sent(external_id="2120077752529846999", conversation=f"dm:{PERSON}")
    assert request.fields == {"text": "Bonjour, c’est réparé."}


@pytest.mark.parametrize(
    "words",
    [
        "You do not have permission to DM one or more participants.",
        "This operation is not permitted.",
        "Forbidden",
    ],
)
def test_a_person_who_takes_no_messages_is_told_as_such(words):
    error = refusal({DM: Answer(problem(detail=words), 403)}, reply(TO_PERSON))

    assert (type(error), error.code) == (Refused, "dm_refused")


def test_without_the_scope_no_direct_message_is_tried():
    known = access({**OAUTH_2, "scope": "tweet.read tweet.write"})

    assert refusal({}, reply(TO_PERSON), account=known).code == "permission_missing"


# --- Before any call -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "limit"), [(TO_POST, 280), (TO_PERSON, 10_000)], ids=["post", "message"]
)
def test_the_longest_text_is_sent_and_one_unit_more_is_not(target, limit):
    answers = {TWEET: POSTED, DM: MESSAGED}
    send(answers, reply(target, "a" * limit))

    assert refusal({}, reply(target, "a" * (limit + 1))).code == "too_long"


def test_every_character_of_a_direct_message_counts_as_one():
    send({DM: MESSAGED}, reply(TO_PERSON, "🚌" * 10_000))


def test_a_file_leaves_less_room_in_a_direct_message():
    answers = {UPLOAD: uploaded(1), DM: MESSAGED}
    send(answers, reply(TO_PERSON, "a" * 9_976, files=(picture(),)))

    assert refusal({}, reply(TO_PERSON, "a" * 9_977, files=(picture(),))).code == "too_long"


def test_a_post_is_measured_as_x_does():
    link = "https://region.bzh/" + "a" * 300

    send({TWEET: POSTED}, reply(text=f"{link} {'a' * 256}"))

    assert refusal({}, reply(text=f"{link} {'a' * 257}")).code == "too_long"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (reply(TO_POST, "  \n"), "empty"),
        (reply(TO_PERSON, ""), "empty"),
        (reply({}), "bad_target"),
        (reply({"mode": "fax"}), "bad_target"),
        (reply({"mode": "reply"}), "bad_target"),
        (reply({"mode": "reply", "post_id": "../users"}), "bad_target"),
        (reply({"mode": "reply", "post_id": "²"}), "bad_target"),
        (reply({"mode": "dm", "user_id": "a b"}), "bad_target"),
        (reply(files=(picture(),) * 5), "too_many_files"),
        (reply(files=(picture(), picture(media_type="image/gif"))), "too_many_files"),
        (reply(files=(picture(media_type="video/mp4"),) * 2), "too_many_files"),
        (reply(TO_PERSON, files=(picture(), picture())), "too_many_files"),
        (reply(files=(picture(media_type="application/pdf"),)), "file_refused"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_any_call(message, code):
    error = refusal({}, message)

    assert (type(error), error.code) == (Refused, code)
    assert code in SENTENCES


def test_without_a_token_nothing_is_called():
    error = refusal({}, account=access({}))

    assert (type(error), error.code) == (AccountBroken, "token_missing")


# --- With files ----------------------------------------------------------------------------------


def uploaded(number):
    return {"data": {"id": str(number), "media_key": f"3_{number}", "expires_after_secs": 86400}}


def test_pictures_are_brought_before_the_post_and_named_in_it():
    answers = {UPLOAD: [uploaded(1), uploaded(2)], TWEET: POSTED}

    _, requests = send(answers, reply(files=(picture(), picture("b.png", "image/png", b"PNG"))))

    assert [request.line for request in requests] == [UPLOAD, UPLOAD, TWEET]
    assert requests[2].fields["media"] == {"media_ids": ["1", "2"]}
    first = requests[0]
    assert first.headers["content-type"].startswith("multipart/form-data")
    assert b'name="media_category"\r\n\r\ntweet_image' in first.body
    assert b"Content-Type: image/jpeg\r\n\r\nJPEG" in first.body
    assert b"Content-Type: image/png\r\n\r\nPNG" in requests[1].body


def test_the_name_of_a_file_stays_here():
    _, requests = send({UPLOAD: uploaded(1), TWEET: POSTED}, reply(files=(picture(),)))

    assert "arrêt".encode() not in requests[0].body


def test_a_picture_alone_is_posted_without_a_text():
    _, requests = send({UPLOAD: uploaded(1), TWEET: POSTED}, reply(text="", files=(picture(),)))

    assert "text" not in requests[-1].fields


def test_a_picture_in_a_direct_message_has_a_category_of_its_own():
    answers = {UPLOAD: uploaded(1), DM: MESSAGED}

    _, requests = send(answers, reply(TO_PERSON, files=(picture(),)))

    assert b"dm_image" in requests[0].body
    assert requests[1].fields["attachments"] == [{"media_id": "1"}]


def test_the_text_alternative_follows_its_picture():
    answers = {UPLOAD: uploaded(1), METADATA: {"data": {"id": "1"}}, TWEET: POSTED}

    _, requests = send(answers, reply(files=(picture(alt_text="L’arrêt, " + "a" * 2000),)))

    words = requests[1].fields["metadata"]["alt_text"]["text"]
    assert requests[1].fields["id"] == "1"
    assert words.startswith("L’arrêt, ")
    assert len(words) == 1000


BEGIN = "POST /2/media/upload/initialize"
APPEND = "POST /2/media/upload/9/append"
END = "POST /2/media/upload/9/finalize"
STATUS = "GET /2/media/upload"


def preparing(state, seconds=2, **more):
    info = {"state": state, "check_after_secs": seconds, **more}
    return {"data": {"id": "9", "processing_info": info}}


def film(content=b"MP4", media_type="video/mp4", **changes):
    return picture("film.mp4", media_type, content, **changes)


def of_film(**changes):
    known = {BEGIN: uploaded(9), APPEND: Answer(b"", 204), END: uploaded(9), TWEET: POSTED}
    return {**known, **changes}


def test_a_film_is_brought_in_pieces():
    content = b"a" * media.PIECE + b"b" * 10

    _, requests = send(of_film(), reply(files=(film(content),)))

    assert [request.line for request in requests] == [BEGIN, APPEND, APPEND, END, TWEET]
    assert requests[0].fields == {
        "media_type": "video/mp4",
        "total_bytes": len(content),
        "media_category": "tweet_video",
    }
    assert b'name="segment_index"\r\n\r\n0' in requests[1].body
    assert b'name="segment_index"\r\n\r\n1' in requests[2].body
    assert b"\r\n\r\n" + b"b" * 10 + b"\r\n" in requests[2].body
    assert requests[-1].fields["media"] == {"media_ids": ["9"]}


@pytest.mark.parametrize(
    ("target", "media_type", "category"),
    [
        (TO_POST, "image/gif", "tweet_gif"),
        (TO_PERSON, "image/gif", "dm_gif"),
        (TO_PERSON, "video/quicktime", "dm_video"),
    ],
)
def test_the_category_says_what_a_file_is_for(target, media_type, category):
    answers = of_film(**{DM: MESSAGED})

    _, requests = send(answers, reply(target, files=(film(media_type=media_type),)))

    assert requests[0].fields["media_category"] == category


def test_x_is_waited_for_until_a_film_is_ready():
    pauses = []
    answers = of_film(
        **{
            END: preparing("pending", 1),
            STATUS: [preparing("in_progress", 3), preparing("succeeded")],
        }
    )

    sent, requests = send(answers, reply(files=(film(),)), pause=pauses.append)

    assert sent.external_id
    assert pauses == [1, 3]
    asked = [request.fields for request in requests if request.line == STATUS]
    assert asked[0] == {"command": "STATUS", "media_id": "9"}


def test_a_film_that_takes_too_long_is_sent_later():
    pauses = []
    answers = of_film(**{END: preparing("pending"), STATUS: preparing("in_progress", 500)})

    error = refusal(answers, reply(files=(film(),)), pause=pauses.append)

    assert (type(error), error.code) == (RetryLater, "file_slow")
    assert sum(pauses) <= media.MOST_SECONDS


@pytest.mark.parametrize("seconds", [None, "soon", 0, -5])
def test_x_is_never_asked_without_a_pause(seconds):
    pauses = []
    answers = of_film(**{END: preparing("pending", seconds), STATUS: preparing("succeeded")})

    send(answers, reply(files=(film(),)), pause=pauses.append)

    assert pauses == [1]


def test_a_film_that_x_cannot_prepare_is_refused_in_its_words():
    failed = preparing("failed", error={"code": 1, "message": "InvalidMedia: too long"})

    error = refusal(of_film(**{END: failed}), reply(files=(film(),)))

    assert (type(error), error.code) == (Refused, "file_refused")
    assert "too long" in error.detail


PLACES = [BEGIN, APPEND, END]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("answer", [Answer(b"<html>", 503), Answer(drop=True), Answer(b"no", 200)])
def test_an_upload_that_fails_said_nothing_and_is_tried_again(place, answer):
    error = refusal(of_film(**{place: answer}), reply(files=(film(),)))

    assert (type(error), error.code) == (RetryLater, "upload_failed")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("status", [400, 403, 404, 413])
def test_an_upload_that_x_refuses_refuses_the_reply(place, status):
    error = refusal(of_film(**{place: Answer(problem(), status)}), reply(files=(film(),)))

    assert (type(error), error.code) == (Refused, "file_refused")


def test_a_limit_on_uploads_holds_for_this_reply_alone():
    limited = Answer({}, 429, {"x-rate-limit-reset": RESET})

    error = refusal({UPLOAD: limited}, reply(files=(picture(),)))

    assert (type(error), error.code, error.for_all) == (RetryLater, "rate_limited", False)
    assert error.at == NOW + timedelta(minutes=10)


def test_an_upload_by_a_dead_token_breaks_the_account():
    known = access({"access_token": "a"})

    error = refusal({UPLOAD: Answer({}, 401)}, reply(files=(picture(),)), account=known)

    assert type(error) is AccountBroken


def test_an_upload_without_an_id_is_tried_again():
    error = refusal({UPLOAD: Answer({"data": {"id": "x/y"}})}, reply(files=(picture(),)))

    assert (type(error), error.code) == (RetryLater, "upload_failed")


def test_without_the_scope_no_file_is_tried():
    known = access({**OAUTH_2, "scope": "tweet.read tweet.write"})

    error = refusal({}, reply(files=(picture(),)), account=known)

    assert error.code == "permission_missing"
