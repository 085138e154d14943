from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from hub.channels.base import (
    AccountBroken,
    OutcomeUnknown,
    Refused,
    RetryLater,
    WindowClosed,
)
from hub.channels.facebook import errors
from hub.channels.facebook.sentences import SENTENCES

NOW = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)

CASES = [
    (-1, None, OutcomeUnknown, "unclear"),
    (1, None, OutcomeUnknown, "unclear"),
    (1, 99, OutcomeUnknown, "unclear"),
    (1, 1357046, OutcomeUnknown, "unclear"),
    (2, None, OutcomeUnknown, "unclear"),
    (3, None, Refused, "permission"),
    (4, None, RetryLater, "rate_limited"),
    (10, None, Refused, "permission"),
    (10, 2018278, WindowClosed, "window_closed"),
    (10, 2534022, WindowClosed, "window_closed"),
    (10, 2018065, WindowClosed, "window_closed"),
    (10, 2018108, Refused, "person_unavailable"),
    (10, 1893063, AccountBroken, "page_restricted"),
    (10, 2018300, RetryLater, "other_app"),
    (17, None, RetryLater, "rate_limited"),
    (32, None, RetryLater, "rate_limited"),
    (100, None, Refused, "invalid"),
    (100, 12345, Refused, "invalid"),
    (100, 33, Refused, "gone"),
    (100, 2018001, Refused, "no_such_person"),
    (100, 2018008, Refused, "attachment"),
    (100, 2018047, Refused, "attachment"),
    (100, 2018109, Refused, "attachment"),
    (100, 2018294, Refused, "attachment"),
    (100, 2018292, Refused, "not_replyable"),
    (100, 2534025, Refused, "not_replyable"),
    (102, None, AccountBroken, "token_dead"),
    (190, None, AccountBroken, "token_dead"),
    (190, 458, AccountBroken, "app_removed"),
    (190, 459, AccountBroken, "checkpoint"),
    (190, 460, AccountBroken, "password_changed"),
    (190, 463, AccountBroken, "token_expired"),
    (190, 464, AccountBroken, "checkpoint"),
    (190, 467, AccountBroken, "token_dead"),
    (190, 490, AccountBroken, "two_factor"),
    (200, None, AccountBroken, "app_not_live"),
    (200, 1545041, Refused, "person_unavailable"),
    (201, None, Refused, "permission"),
    (299, None, Refused, "permission"),
    (341, None, AccountBroken, "blocked_by_meta"),
    (368, None, AccountBroken, "blocked_by_meta"),
    (506, None, OutcomeUnknown, "duplicate"),
    (551, None, Refused, "person_unavailable"),
    (551, 1545041, Refused, "person_unavailable"),
    (613, None, RetryLater, "rate_limited"),
    (613, 2018338, RetryLater, "abuse_warning"),
    (2022, None, Refused, "gone"),
    (10900, None, Refused, "already_replied"),
    (10902, None, Refused, "not_replyable"),
    (10903, None, Refused, "not_replyable"),
    (80001, None, RetryLater, "rate_limited"),
    (80006, None, RetryLater, "rate_limited"),
    (1609005, None, Refused, "link"),
    (2018300, None, RetryLater, "other_app"),
    (2018321, None, RetryLater, "automated_flow"),
    (9000001, None, Refused, "gone"),
    (424242, None, Refused, "refused"),
]


def answer(code, subcode=None, status=400, **more):
    error = {"message": "(#x) Non.", "code": code, "fbtrace_id": "AbC", **more}
    if subcode is not None:
        error["error_subcode"] = subcode
    return errors.to_raise(status, {"error": error}, None)


@pytest.mark.parametrize(("code", "subcode", "kind", "name"), CASES)
def test_code_and_subcode_decide_together(code, subcode, kind, name):
    error = answer(code, subcode)

    assert type(error) is kind
    assert error.code == name


def test_every_error_meta_may_name_has_its_sentence():
    meanings = [*errors.BY_SUBCODE.values(), *errors.ANYWHERE.values(), *errors.BY_CODE.values()]

    named = {meaning.code for meaning in [*meanings, errors.REFUSED]}

    assert named <= set(SENTENCES)


def test_every_sentence_says_what_became_of_the_words():
    for code, sentence in SENTENCES.items():
        if not code.startswith("file_"):
            assert "Nothing was" in str(sentence) or "kept" in str(sentence), code


def test_what_meta_calls_transient_and_nobody_listed_is_unclear():
    assert type(answer(424242, is_transient=True)) is OutcomeUnknown


def test_a_server_fault_is_unclear_whatever_its_code():
    assert type(answer(190, 460, status=500)) is OutcomeUnknown


def test_status_429_means_later_whatever_its_code():
    assert type(answer(424242, status=429)) is RetryLater


@pytest.mark.parametrize("error", ["invalid_request", None, [], {"code": "x"}, {"code": True}])
def test_an_error_in_no_known_form_is_unclear(error):
    assert type(errors.to_raise(400, {"error": error}, None)) is OutcomeUnknown


def test_codes_in_digits_count_as_numbers():
    assert answer("10", "2018278").code == "window_closed"


@pytest.mark.parametrize(
    ("code", "subcode", "wait"),
    [(613, None, 5), (613, 2018338, 60), (2018300, None, 15), (2018321, None, 5)],
)
def test_later_has_a_time_even_when_meta_tells_none(code, subcode, wait):
    with time_machine.travel(NOW, tick=False):
        assert answer(code, subcode).at == NOW + timedelta(minutes=wait)


def test_metas_own_time_counts_before_ours():
    error = errors.to_raise(400, {"error": {"code": 4}}, NOW)

    assert error.at == NOW


def test_the_detail_has_what_meta_support_asks_for():
    assert answer(10, 2018278).detail == "HTTP 400, 10-2018278: (#x) Non. (fbtrace_id AbC)"
