from typing import Any

import pytest
import time_machine

from hub.channels.base import AccountAccess, AccountBroken, OutcomeUnknown, Refused, RetryLater
from hub.channels.twitter import hiding
from hub.channels.twitter.client import AccountApi
from hub.channels.twitter.sentences import SENTENCES
from tests.channels.servers import closed_port
from tests.channels.twitter.wire import (
    NOW,
    OAUTH_1,
    OAUTH_2,
    RESET,
    Answer,
    Request,
    StandIn,
    access,
    answering,
    problem,
    renewable,
    settings,
)

POST = "2120073977656246395"
MODERATES = {**OAUTH_2, "scope": f"{OAUTH_2['scope']} {hiding.SCOPE}"}
FORBIDDEN = Answer(problem(detail="You are not the author of this conversation."), 403)


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


def confirmed(hidden: Any) -> dict[str, Any]:
    return {"data": {"hidden": hidden}}


def hide(
    *answers: Any,
    hidden: bool = True,
    post_id: str = POST,
    account: AccountAccess | None = None,
) -> list[Request]:
    """Ask a stand-in that answers so; gives what it was asked."""
    with StandIn(answering(*answers)) as x:
        api = AccountApi(settings(api_url=x.url), account or access(MODERATES))
        hiding.hide(api, post_id, hidden=hidden)
    return x.requests


@pytest.mark.parametrize("hidden", [True, False])
def test_the_one_post_is_named_and_what_it_is_to_be(hidden):
    (request,) = hide(confirmed(hidden), hidden=hidden)
    assert (request.line, request.fields) == (f"PUT /2/tweets/{POST}/hidden", {"hidden": hidden})


def test_a_token_that_has_ended_is_renewed_on_the_way():
    newer = {**MODERATES, "access_token": "access-token-TWO"}
    account = renewable(newer, first=MODERATES)
    ended = Answer({"title": "Unauthorized", "type": "about:blank", "status": 401}, 401)
    first, second = hide(ended, confirmed(True), account=account)
    assert first.line == second.line
    assert second.headers["authorization"] == "Bearer access-token-TWO"


@pytest.mark.parametrize("credentials", [OAUTH_1, {"access_token": "access-token-ONE"}])
def test_where_no_scopes_are_known_x_is_left_to_say(credentials):
    assert len(hide(confirmed(True), account=access(credentials))) == 1


def test_without_the_scope_nothing_is_asked():
    with StandIn(answering()) as x, pytest.raises(Refused) as caught:
        hiding.hide(AccountApi(settings(api_url=x.url), access(OAUTH_2)), POST, hidden=True)
    assert caught.value.code == "permission_missing"
    assert hiding.SCOPE in caught.value.detail
    assert x.requests == []


@pytest.mark.parametrize("post_id", ["", "12/../13", "12?a=b", "١٢", "abc"])
def test_nothing_but_an_id_becomes_part_of_the_address(post_id):
    with pytest.raises(Refused) as caught:
        hide(post_id=post_id)
    assert caught.value.code == "bad_target"


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (FORBIDDEN, Refused, "cannot_hide"),
        (Answer(problem("resource-not-found", title="Not Found Error"), 404), Refused, "gone"),
        (Answer(problem("oauth1-permissions"), 403), AccountBroken, "permission"),
        (Answer(problem("client-forbidden"), 403), AccountBroken, "access_level"),
        (Answer(problem("credits"), 402), AccountBroken, "credits"),
    ],
)
def test_a_refusal_says_what_stands_against_it(answer, error, code):
    with pytest.raises(error) as caught:
        hide(answer)
    assert caught.value.code == code
    assert code in SENTENCES


def test_a_refusal_keeps_the_words_of_x():
    with pytest.raises(Refused) as caught:
        hide(FORBIDDEN)
    assert "You are not the author of this conversation." in caught.value.detail


def test_too_many_calls_are_repeated_when_x_takes_them_again():
    headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": RESET}
    with pytest.raises(RetryLater) as caught:
        hide(Answer({"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, 429, headers))
    assert caught.value.code == "rate_limited"
    assert caught.value.at is not None
    assert int(RESET) <= caught.value.at.timestamp() < int(RESET) + 60


@pytest.mark.parametrize(
    "answer",
    [
        Answer(problem(), 503),
        Answer(b"<html>Bad gateway</html>", 502),
        Answer(b"", 200),
        Answer(drop=True),
        {"data": {}},
        {"data": {"hidden": "true"}},
        confirmed(False),
    ],
)
def test_what_does_not_confirm_is_no_confirmation(answer):
    with pytest.raises(OutcomeUnknown) as caught:
        hide(answer)
    assert caught.value.code in {"unclear", "no_answer"}


def test_nobody_at_the_address_means_later():
    api = AccountApi(settings(api_url=f"http://127.0.0.1:{closed_port()}"), access(MODERATES))
    with pytest.raises(RetryLater) as caught:
        hiding.hide(api, POST, hidden=True)
    assert caught.value.code == "unreachable"
