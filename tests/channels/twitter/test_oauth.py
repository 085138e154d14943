import pytest
import time_machine

from hub.channels.base import AccountBroken, OutcomeUnknown, RetryLater
from hub.channels.twitter import oauth
from tests.channels.twitter.wire import (
    NOW,
    OAUTH_1,
    OAUTH_2,
    REFRESH_TOKEN,
    RESET,
    Answer,
    StandIn,
    access,
    answering,
    problem,
    settings,
)

PAIR = {
    "token_type": "bearer",
    "expires_in": 7200,
    "access_token": "access-token-TWO",
    "scope": "tweet.read offline.access",
    "refresh_token": "refresh-token-TWO",
}


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


def renew(answer, account=None, **changes):
    with StandIn(answering(answer)) as x:
        found = oauth.renew(settings(api_url=x.url, **changes), account or access())
    (request,) = x.requests
    return found, request


def failure(answer, account=None, **changes):
    with StandIn(answering(answer)) as x, pytest.raises(Exception) as caught:  # noqa: PT011
        oauth.renew(settings(api_url=x.url, **changes), account or access())
    return caught.value


def test_a_pair_is_exchanged_for_a_new_one_with_its_end():
    found, request = renew(PAIR)

    assert found == {
        "access_token": "access-token-TWO",
        "refresh_token": "refresh-token-TWO",
        "scope": "tweet.read offline.access",
        "expires_at": "2026-11-10T14:00:00+00:00",
    }
    assert request.line == "POST /2/oauth2/token"
    assert request.fields == {
        "grant_type": "refresh_token",
        "refresh_token": REFRESH_TOKEN,
        "client_id": "client-id",
    }


def test_a_confidential_client_proves_itself():
    _, request = renew(PAIR)

    assert request.headers["authorization"] == "Basic Y2xpZW50LWlkOmNsaWVudC1zZWNyZXQ="


def test_a_public_client_has_nothing_to_prove_itself_with():
    _, request = renew(PAIR, client_secret="")

    assert "authorization" not in request.headers


def test_what_x_does_not_repeat_is_kept():
    found, _ = renew({"access_token": "access-token-TWO", "expires_in": 7200})

    assert (found["refresh_token"], found["scope"]) == (REFRESH_TOKEN, OAUTH_2["scope"])


@pytest.mark.parametrize("seconds", [None, "7200", 0, True])
def test_an_end_that_x_does_not_tell_is_not_the_old_one(seconds):
    found, _ = renew({**PAIR, "expires_in": seconds})

    assert "expires_at" not in found


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer({"error": "invalid_grant", "error_description": REFRESH_TOKEN}, 400), "token_dead"),
        (Answer({"error": "invalid_request"}, 400), "token_dead"),
        (Answer({"error": "invalid_client"}, 401), "app_missing"),
        (Answer({"error": "unauthorized_client"}, 401), "app_missing"),
        (Answer(problem(), 401), "token_dead"),
        (Answer({"error": "autre_chose"}, 400), "token_dead"),
    ],
)
def test_what_only_a_person_can_repair_breaks_the_account(answer, code):
    error = failure(answer)

    assert (type(error), error.code) == (AccountBroken, code)
    assert REFRESH_TOKEN not in error.detail


@pytest.mark.parametrize(
    "answer", [Answer(b"<html>", 503), Answer(problem(), 500), Answer({}, 200), Answer(b"", 200)]
)
def test_a_fault_of_x_means_later(answer):
    assert type(failure(answer)) is RetryLater


def test_a_rate_limit_means_later_when_it_ends():
    error = failure(Answer({}, 429, {"x-rate-limit-reset": RESET}))

    assert type(error) is RetryLater
    assert str(int(error.at.timestamp())) == RESET


def test_no_answer_leaves_unknown_whether_the_pair_is_spent():
    assert type(failure(Answer(drop=True))) is OutcomeUnknown


def test_nobody_at_the_address_means_later():
    with StandIn(answering()) as x:
        url = x.url

    with pytest.raises(RetryLater):
        oauth.renew(settings(api_url=url), access())


@pytest.mark.parametrize(
    ("account", "changes", "code"),
    [
        (access(OAUTH_1), {}, "token_dead"),
        (access({}), {}, "token_dead"),
        (access(), {"client_id": ""}, "app_missing"),
    ],
)
def test_what_cannot_be_renewed_is_not_asked_for(account, changes, code):
    with pytest.raises(AccountBroken) as caught:
        oauth.renew(settings(**changes), account)

    assert caught.value.code == code
