from datetime import timedelta

import pytest
import time_machine

from hub.channels.base import AccountBroken, OutcomeUnknown, Refused, RetryLater
from hub.channels.twitter import errors
from hub.channels.twitter.sentences import ERRORS, NOTICES, SENTENCES, WEBHOOKS
from tests.channels.twitter.wire import NOW, RESET, problem


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


def told(status, body=None, **headers):
    return errors.to_raise(status, body, {k.replace("_", "-"): v for k, v in headers.items()})


def numbered(number, message="Non."):
    return {"errors": [{"code": number, "message": message}]}


BY_NUMBER = [
    (32, AccountBroken, "token_dead"),
    (34, Refused, "gone"),
    (50, Refused, "gone"),
    (63, Refused, "gone"),
    (64, AccountBroken, "suspended"),
    (87, AccountBroken, "access_level"),
    (88, RetryLater, "rate_limited"),
    (89, AccountBroken, "token_dead"),
    (99, AccountBroken, "token_dead"),
    (130, OutcomeUnknown, "unclear"),
    (131, OutcomeUnknown, "unclear"),
    (135, AccountBroken, "clock"),
    (136, Refused, "blocked"),
    (144, Refused, "gone"),
    (150, Refused, "dm_refused"),
    (179, Refused, "gone"),
    (185, RetryLater, "daily_limit"),
    (186, Refused, "too_long"),
    (187, OutcomeUnknown, "duplicate"),
    (215, AccountBroken, "token_dead"),
    (220, AccountBroken, "permission"),
    (226, RetryLater, "looks_automated"),
    (261, AccountBroken, "permission"),
    (324, Refused, "file_refused"),
    (326, AccountBroken, "locked"),
    (349, Refused, "dm_refused"),
    (354, Refused, "too_long"),
    (385, Refused, "gone"),
    (386, Refused, "too_many_files"),
    (433, Refused, "reply_restricted"),
    (453, AccountBroken, "access_level"),
    (476, Refused, "dm_refused"),
    (999, Refused, "refused"),
]

BY_TYPE = [
    ("client-disconnected", OutcomeUnknown, "unclear"),
    ("client-forbidden", AccountBroken, "access_level"),
    ("credits", AccountBroken, "credits"),
    ("disallowed-resource", Refused, "refused"),
    ("field-hydration-failure", OutcomeUnknown, "unclear"),
    ("internal-error", OutcomeUnknown, "unclear"),
    ("invalid-request", Refused, "invalid"),
    ("not-authorized-for-field", Refused, "permission_missing"),
    ("not-authorized-for-resource", Refused, "gone"),
    ("oauth1-permissions", AccountBroken, "permission"),
    ("rate-limit-exceeded", RetryLater, "rate_limited"),
    ("resource-not-found", Refused, "gone"),
    ("resource-unavailable", Refused, "gone"),
    ("unsupported-authentication", AccountBroken, "permission"),
    ("usage-capped", AccountBroken, "credits"),
]

BY_STATUS = [
    (400, Refused, "invalid"),
    (401, AccountBroken, "token_dead"),
    (402, AccountBroken, "credits"),
    (403, Refused, "refused"),
    (404, Refused, "gone"),
    (409, Refused, "refused"),
    (413, Refused, "file_refused"),
    (429, RetryLater, "rate_limited"),
    (500, OutcomeUnknown, "unclear"),
    (503, OutcomeUnknown, "unclear"),
    (302, OutcomeUnknown, "unclear"),
]

WORDS = [
    ("You are not allowed to create a Tweet with duplicate content.", OutcomeUnknown, "duplicate"),
    (
        "Reply to this conversation is not allowed because you have not been mentioned or "
        "otherwise engaged by the author of the post you are replying to.",
        Refused,
        "not_summoned",
    ),
    (
        "You can only reply to or quote posts where you are mentioned or are the author.",
        Refused,
        "not_summoned",
    ),
    ("The original author restricted who can reply.", Refused, "reply_restricted"),
    ("You attempted to reply to a post that is deleted or not visible to you.", Refused, "gone"),
    ("You do not have permission to DM one or more participants.", Refused, "dm_refused"),
    ("You cannot send messages to this user.", Refused, "dm_refused"),
    ("Your media IDs are invalid.", Refused, "file_refused"),
    ("Your account is temporarily locked.", AccountBroken, "locked"),
    ("Your account is suspended and may not do this.", AccountBroken, "suspended"),
    ("Your enrolled account does not have any credits.", AccountBroken, "credits"),
    ("It has reached its billing cycle spend cap.", AccountBroken, "credits"),
    ("Usage cap exceeded: Monthly product cap", AccountBroken, "credits"),
    ("DuplicateSubscriptionFailed", Refused, "subscription_duplicate"),
    ("SubscriptionLimitExceeded", Refused, "subscription_limit"),
    ("SubscriptionNotFound", Refused, "subscription_unknown"),
    ("CrcValidationFailed: the response_token is wrong", Refused, "webhook_crc"),
    ("UrlValidationFailed", Refused, "webhook_url"),
    ("DuplicateUrlFailed", Refused, "webhook_duplicate"),
    ("WebhookLimitExceeded", Refused, "webhook_limit"),
    ("WebhookIdInvalid", Refused, "webhook_unknown"),
]


@pytest.mark.parametrize(("number", "kind", "code"), BY_NUMBER)
def test_the_old_number_decides(number, kind, code):
    error = told(403, numbered(number))

    assert (type(error), error.code) == (kind, code)


@pytest.mark.parametrize("host", ["api.x.com", "api.twitter.com"])
@pytest.mark.parametrize(("ending", "kind", "code"), BY_TYPE)
def test_the_end_of_a_type_decides(host, ending, kind, code):
    error = told(403, {"title": "Non", "type": f"https://{host}/2/problems/{ending}"})

    assert (type(error), error.code) == (kind, code)


@pytest.mark.parametrize(("status", "kind", "code"), BY_STATUS)
def test_the_status_decides_where_nothing_else_is_told(status, kind, code):
    error = told(status, problem() if status != 302 else {})

    assert (type(error), error.code) == (kind, code)


@pytest.mark.parametrize(("words", "kind", "code"), WORDS)
@pytest.mark.parametrize("listed", [True, False])
def test_xs_words_decide_wherever_they_stand(words, kind, code, listed):
    body = {"errors": [{"message": words}], **problem()} if listed else problem(detail=words)

    error = told(403, body)

    assert (type(error), error.code) == (kind, code)


def test_the_reason_of_a_client_problem_names_the_access_level():
    body = {"reason": "client-not-enrolled", **problem(), "required_enrollment": "Appropriate"}

    assert told(403, body).code == "access_level"


@pytest.mark.parametrize("title", ["CreditsDepleted", "UsageCapExceeded"])
@pytest.mark.parametrize("status", [402, 403, 429])
def test_used_up_credits_are_never_a_rate_limit(title, status):
    assert told(status, problem(title=title)).code == "credits"


def test_oauths_own_shape_is_read():
    body = {"error": "invalid_token", "error_description": "Périmé"}

    assert told(401, body).code == "token_dead"
    assert "Périmé" in told(401, body).detail


@pytest.mark.parametrize("status", [200, 403, 503])
def test_a_body_that_is_not_xs_leaves_the_outcome_unknown(status):
    assert type(told(status, None)) is OutcomeUnknown


@pytest.mark.parametrize(
    ("status", "code"), [(401, "token_dead"), (402, "credits"), (429, "rate_limited")]
)
def test_some_statuses_say_enough_without_a_body(status, code):
    assert told(status, None).code == code


def test_a_server_fault_is_unclear_whatever_its_words():
    assert type(told(500, numbered(89))) is OutcomeUnknown


@pytest.mark.parametrize("errors_", ["no list", [None], [], [{"code": True}], [{"code": "187"}]])
def test_errors_in_no_known_form_are_no_duplicate(errors_):
    assert told(400, {"errors": errors_}).code in {"invalid", "refused"}


def test_errors_under_status_200_that_nobody_can_read_are_unclear():
    assert type(told(200, {"errors": "oh"})) is OutcomeUnknown


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 60),
        ({"x_rate_limit_reset": RESET}, 600),
        ({"x_rate_limit_reset": str(int(NOW.timestamp()) + 5)}, 60),
        ({"x_rate_limit_reset": str(int(NOW.timestamp()) - 500)}, 60),
        ({"x_rate_limit_reset": "bientôt"}, 60),
        ({"x_rate_limit_reset": "1894300000"}, 25 * 3600),
        ({"retry_after": "90"}, 90),
        ({"retry_after": "Wed, 21 Oct"}, 60),
        (
            {
                "x_rate_limit_reset": RESET,
                "x_user_limit_24hour_remaining": "0",
                "x_user_limit_24hour_reset": str(int(NOW.timestamp()) + 7200),
            },
            7200,
        ),
        (
            {
                "x_rate_limit_reset": RESET,
                "x_app_limit_24hour_remaining": "12",
                "x_app_limit_24hour_reset": str(int(NOW.timestamp()) + 7200),
            },
            600,
        ),
        (
            {
                "x_app_limit_24hour_remaining": "0",
                "x_app_limit_24hour_reset": str(int(NOW.timestamp()) + 3600),
            },
            3600,
        ),
    ],
)
def test_a_rate_limit_ends_when_the_headers_say_and_not_within_a_minute(headers, seconds):
    error = told(429, numbered(88), **headers)

    assert type(error) is RetryLater
    assert error.at == NOW + timedelta(seconds=seconds)
    assert error.for_all


@pytest.mark.parametrize("number", [185, 226])
def test_limits_without_headers_are_tried_again_in_an_hour(number):
    assert told(403, numbered(number)).at == NOW + timedelta(hours=1)


def test_the_detail_has_xs_words_and_what_its_support_asks_for():
    body = {"errors": [{"message": "Le texte."}], **problem("invalid-request", "Un paramètre.")}

    detail = told(400, body, x_transaction_id="ab12").detail

    assert detail == (
        "HTTP 400, Le texte.; invalid-request: Forbidden. Un paramètre. (x-transaction-id ab12)"
    )


def test_the_detail_has_the_old_number():
    assert told(403, numbered(187, "Deux fois.")).detail == "HTTP 403, 187: Deux fois."


def test_a_refusal_without_words_says_so():
    assert told(403, {}).detail == "HTTP 403, no reason given"


def test_a_long_detail_is_cut():
    assert len(told(400, problem(detail="a" * 5000)).detail) <= errors.LONGEST_DETAIL


def test_every_error_x_may_name_has_its_sentence():
    tables = (errors.BY_WORDS, errors.BY_NUMBER, errors.BY_TYPE, errors.BY_STATUS)
    named = {meaning.code for table in tables for meaning in table.values()}

    assert named | {errors.REFUSED.code, errors.UNCLEAR.code} <= set(SENTENCES)


def test_every_sentence_says_what_became_of_the_words():
    for code, sentence in ERRORS.items():
        assert "Nothing was" in str(sentence) or "kept" in str(sentence), code


def test_every_sentence_about_webhooks_says_what_to_do():
    for code, sentence in WEBHOOKS.items():
        repairs = ("flask channels", "BASE_URL", "TWITTER_CONSUMER_SECRET")
        assert any(repair in str(sentence) for repair in repairs), code


def test_an_encrypted_message_says_where_it_can_be_read():
    assert "x.com" in str(NOTICES["encrypted"])
