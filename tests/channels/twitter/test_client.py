import logging
from urllib.parse import urlsplit

import pytest
import time_machine

from hub.channels.base import AccountBroken, OutcomeUnknown, Refused, RetryLater
from hub.channels.twitter.client import AccountApi, AppApi
from tests.channels.twitter.wire import (
    ACCESS_TOKEN,
    NOW,
    OAUTH_1,
    OAUTH_2,
    RESET,
    Answer,
    StandIn,
    access,
    answering,
    problem,
    renewable,
    settings,
)

NEWER = {**OAUTH_2, "access_token": "access-token-TWO"}
UNAUTHORIZED = Answer({"title": "Unauthorized", "type": "about:blank", "status": 401}, 401)
OK = {"data": {"id": "1"}}


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


def api(x, account=None, **changes):
    return AccountApi(settings(api_url=x.url, **changes), account or access())


def test_an_oauth_2_account_asks_with_its_token_in_a_header():
    with StandIn(answering(OK)) as x:
        assert api(x).get("users/me", {"user.fields": "name"}) == OK

    (request,) = x.requests
    assert request.line == "GET /2/users/me"
    assert request.fields == {"user.fields": "name"}
    assert request.headers["authorization"] == f"Bearer {ACCESS_TOKEN}"


def test_an_oauth_1_account_signs_with_the_keys_of_the_app():
    with StandIn(answering(OK)) as x:
        api(x, access(OAUTH_1)).post("tweets", {"text": "Bonjour"})

    (request,) = x.requests
    signed = request.headers["authorization"]
    assert signed.startswith("OAuth ")
    assert 'oauth_consumer_key="consumer-key"' in signed
    assert 'oauth_token="oauth-token-ONE"' in signed
    assert "oauth_signature=" in signed
    assert request.fields == {"text": "Bonjour"}


def test_the_app_asks_with_its_own_bearer_token():
    with StandIn(answering(OK)) as x:
        AppApi(settings(api_url=x.url)).get("webhooks")

    assert x.requests[0].headers["authorization"] == "Bearer app-bearer-token"


def test_a_refused_bearer_token_is_not_put_down_to_an_account():
    with StandIn(answering(UNAUTHORIZED)) as x, pytest.raises(AccountBroken) as caught:
        AppApi(settings(api_url=x.url)).get("webhooks")

    assert caught.value.code == "bearer_refused"


@pytest.mark.parametrize(
    ("asks", "code"),
    [
        (lambda: AppApi(settings(bearer_token="")), "bearer_missing"),
        (lambda: AccountApi(settings(), access({})), "token_missing"),
        (lambda: AccountApi(settings(), access({"oauth_token": "a"})), "token_missing"),
        (lambda: AccountApi(settings(consumer_key=""), access(OAUTH_1)), "app_missing"),
        (lambda: AccountApi(settings(consumer_secrets=()), access(OAUTH_1)), "app_missing"),
    ],
)
def test_without_proof_of_who_asks_nothing_is_asked(asks, code):
    with pytest.raises(AccountBroken) as caught:
        asks().get("users/me")

    assert caught.value.code == code


@pytest.mark.parametrize("left", [-3600, 0, 299])
def test_a_token_that_ends_soon_is_renewed_before_it_is_used(left):
    ends = {"expires_at": f"{NOW.fromtimestamp(NOW.timestamp() + left, NOW.tzinfo).isoformat()}"}
    with StandIn(answering(OK)) as x:
        api(x, renewable(NEWER, first={**OAUTH_2, **ends})).get("users/me")

    assert [r.headers["authorization"] for r in x.requests] == ["Bearer access-token-TWO"]


@pytest.mark.parametrize("ends", [{"expires_at": "2026-11-10T12:06:00+00:00"}, {"expires_at": ""}])
def test_a_token_that_lasts_is_used_as_it_is(ends):
    with StandIn(answering(OK)) as x:
        api(x, renewable(NEWER, first={**OAUTH_2, **ends})).get("users/me")

    assert x.requests[0].headers["authorization"] == f"Bearer {ACCESS_TOKEN}"


def test_a_token_that_x_no_longer_takes_is_renewed_once_and_the_call_repeated():
    with StandIn(answering(UNAUTHORIZED, OK)) as x:
        assert api(x, renewable(NEWER)).post("tweets", {"text": "Bonjour"}) == OK

    assert [r.headers["authorization"] for r in x.requests] == [
        f"Bearer {ACCESS_TOKEN}",
        "Bearer access-token-TWO",
    ]
    assert x.requests[0].fields == x.requests[1].fields == {"text": "Bonjour"}


def test_a_second_refusal_of_the_token_breaks_the_account():
    refused = answering(UNAUTHORIZED, UNAUTHORIZED)
    with StandIn(refused) as x, pytest.raises(AccountBroken) as caught:
        api(x, renewable(NEWER, OAUTH_2)).get("users/me")

    assert caught.value.code == "token_dead"
    assert len(x.requests) == 2


def test_a_renewed_token_serves_the_calls_after_it():
    with StandIn(answering(UNAUTHORIZED, OK, OK)) as x:
        asking = api(x, renewable(NEWER))
        asking.get("users/me")
        asking.get("users/me")

    assert x.requests[2].headers["authorization"] == "Bearer access-token-TWO"


def test_what_renewing_raises_is_told_and_nothing_is_repeated():
    def renewed():
        raise RetryLater("unreachable")

    with StandIn(answering(UNAUTHORIZED)) as x, pytest.raises(RetryLater):
        api(x, access(renewed=renewed)).post("tweets", {})
    assert len(x.requests) == 1


@pytest.mark.parametrize("credentials", [OAUTH_1, {"access_token": ACCESS_TOKEN}])
def test_an_account_that_cannot_be_renewed_breaks_at_the_first_refusal(credentials):
    with StandIn(answering(UNAUTHORIZED)) as x, pytest.raises(AccountBroken) as caught:
        api(x, access(credentials)).get("users/me")

    assert caught.value.code == "token_dead"
    assert "Unauthorized" in caught.value.detail


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<html>Bad gateway</html>", 502),
        Answer(b"<html>Hello</html>", 200),
        Answer(b"[]", 200),
        Answer(b"", 200),
        Answer(problem(), 503),
        Answer({}, 302, {"Location": "https://ailleurs.example/"}),
        Answer(drop=True),
    ],
)
def test_an_unclear_answer_to_a_question_means_later(answer):
    with StandIn(answering(answer)) as x, pytest.raises(RetryLater) as caught:
        api(x).get("users/me")

    assert caught.value.code in {"unclear", "unreachable"}


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<html>Bad gateway</html>", 502),
        Answer(b"<html>Hello</html>", 201),
        Answer(problem(), 500),
        Answer({}, 302, {"Location": "https://ailleurs.example/"}),
        Answer(drop=True),
    ],
)
def test_an_unclear_answer_to_a_write_leaves_the_outcome_unknown(answer):
    with StandIn(answering(answer)) as x, pytest.raises(OutcomeUnknown) as caught:
        api(x).post("tweets", {"text": "Bonjour"})

    assert caught.value.code in {"unclear", "no_answer"}


def test_nobody_at_the_address_means_surely_not_sent():
    with StandIn(answering()) as x:
        asking = api(x)

    with pytest.raises(RetryLater) as caught:
        asking.post("tweets", {"text": "Bonjour"})
    assert caught.value.code == "unreachable"


def test_an_empty_answer_confirms_a_write():
    with StandIn(answering(Answer(b"", 204))) as x:
        assert api(x).send("DELETE", "webhooks/1") == {}


def test_errors_without_data_are_an_error_under_status_200():
    answer = {"errors": [problem("resource-not-found", title="Not Found Error")]}
    with StandIn(answering(answer)) as x, pytest.raises(Refused) as caught:
        api(x).get("tweets/1")

    assert caught.value.code == "gone"


def test_errors_beside_data_are_no_error():
    answer = {"data": [{"id": "1"}], "errors": [problem("resource-not-found")]}
    with StandIn(answering(answer)) as x:
        assert api(x).get("tweets") == answer


def test_who_reads_error_by_error_gets_an_answer_of_errors_alone():
    answer = {"errors": [problem("resource-not-found")]}
    with StandIn(answering(answer)) as x:
        assert api(x).get("tweets", partial=True) == answer


def test_what_is_left_of_the_limit_is_kept():
    headers = {
        "x-rate-limit-limit": "15",
        "x-rate-limit-remaining": "4",
        "x-rate-limit-reset": RESET,
    }
    with StandIn(answering(Answer(OK, headers=headers))) as x:
        asking = api(x)
        asking.get("dm_events")

    assert (asking.rate.limit, asking.rate.remaining) == (15, 4)
    assert asking.rate.rest_until(5) == asking.rate.reset_at
    assert asking.rate.rest_until(3) is None


def test_without_headers_no_limit_is_known():
    with StandIn(answering(OK)) as x:
        asking = api(x)
        asking.get("users/me")

    assert asking.rate.rest_until(1000) is None


@pytest.mark.parametrize("credentials", [OAUTH_1, OAUTH_2])
def test_no_secret_is_in_an_error_or_in_a_log(caplog, credentials):
    caplog.set_level(logging.DEBUG)
    repeated = Answer(problem(detail=" ".join(credentials.values())), 403)

    with StandIn(answering(repeated)) as x, pytest.raises(Refused) as caught:
        api(x, access(credentials)).post("tweets", {"text": "Bonjour"})

    for secret in [value for value in credentials.values() if "-ONE" in value]:
        assert secret not in str(caught.value)
        assert secret not in caught.value.detail
        assert secret not in caplog.text
        assert secret not in repr(access(credentials))


def test_the_bearer_token_of_the_app_is_in_no_error():
    repeated = Answer(problem(detail="app-bearer-token"), 403)
    with StandIn(answering(repeated)) as x, pytest.raises(Refused) as caught:
        AppApi(settings(api_url=x.url)).get("webhooks")

    assert "app-bearer-token" not in str(caught.value)


PRIVATE = "https://ton.twitter.com/1.1/ton/data/dm/2120/2121/Ab-Cd.jpg"


def test_a_file_of_a_direct_message_is_asked_for_as_the_account():
    headers = AccountApi(settings(), access()).file_headers(PRIVATE)

    assert headers == {"Authorization": f"Bearer {ACCESS_TOKEN}"}


def test_a_file_of_a_direct_message_is_signed_for_by_an_oauth_1_account():
    headers = AccountApi(settings(), access(OAUTH_1)).file_headers(PRIVATE)

    assert headers["Authorization"].startswith("OAuth ")


def test_a_file_at_the_address_of_the_api_is_asked_for_as_the_account():
    asking = AccountApi(settings(api_url="http://127.0.0.1:8000/sandbox/x"), access())

    assert asking.file_headers("http://127.0.0.1:8000/sandbox/files/1.jpg")
    assert not asking.file_headers("http://127.0.0.1:8001/sandbox/files/1.jpg")


def test_the_token_for_a_file_is_renewed_in_time():
    account = renewable(NEWER, first={**OAUTH_2, "expires_at": NOW.isoformat()})

    headers = AccountApi(settings(), account).file_headers(PRIVATE)

    assert headers == {"Authorization": "Bearer access-token-TWO"}


@pytest.mark.parametrize(
    "url",
    [
        "https://pbs.twimg.com/media/GxYz0123.jpg",
        "http://ton.twitter.com/1.1/ton/data/dm/1.jpg",
        "https://ton.twitter.com.example/1.jpg",
        "https://ton.twitter.com:8443/1.jpg",
        "https://evil@ton.twitter.com/1.jpg",
        "https://x.ton.twitter.com/1.jpg",
        "",
    ],
)
def test_no_other_address_sees_who_asks(url):
    assert AccountApi(settings(), access()).file_headers(url) == {}
    assert AccountApi(settings(), access({})).file_headers(url) == {}
    assert urlsplit(url).hostname != "api.x.com"
