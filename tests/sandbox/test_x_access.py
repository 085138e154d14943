"""Who may call X, how often, and how access is renewed."""

from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest
import requests
import time_machine
from flask import Flask
from requests_oauthlib import OAuth1
from werkzeug.test import TestResponse

from hub.sandbox.x.identities import (
    ACCOUNT_ID,
    CREDENTIALS,
    OAUTH1_CREDENTIALS,
    PEOPLE,
    SCOPES,
)
from hub.sandbox.x.stand_in import XStandIn
from tests.sandbox.conftest import Call, Hub
from tests.x import ENVIRON

CITIZEN = PEOPLE[0].id


def token(app: Flask, **form: str) -> TestResponse:
    name, secret = ENVIRON["TWITTER_CLIENT_ID"], ENVIRON["TWITTER_CLIENT_SECRET"]
    basic = b64encode(f"{name}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}"}
    return app.test_client().post("/sandbox/x/2/oauth2/token", data=form, headers=headers)


def refresh(app: Flask, refresh_token: Any) -> TestResponse:
    return token(app, grant_type="refresh_token", refresh_token=str(refresh_token))


def test_the_seeded_access_works_for_two_hours(call: Call, x: XStandIn) -> None:
    assert call("GET", "users/me").json == {
        "data": {"id": ACCOUNT_ID, "name": "Région Montvallée", "username": "Montvallee"}
    }
    x.advance(timedelta(hours=2, seconds=1))
    answer = call("GET", "users/me")
    assert (answer.status_code, answer.json) == (
        401,
        {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"},
    )


def test_a_refresh_token_is_good_once_and_gives_a_new_pair(app: Flask, call: Call) -> None:
    fresh = refresh(app, CREDENTIALS["refresh_token"]).json
    assert fresh is not None
    assert (fresh["token_type"], fresh["expires_in"], fresh["scope"]) == ("bearer", 7200, SCOPES)
    assert call("GET", "users/me", token=fresh["access_token"]).status_code == 200
    again = refresh(app, CREDENTIALS["refresh_token"])
    assert again.status_code == 400
    assert again.json is not None
    assert again.json["error"] == "invalid_grant"
    assert refresh(app, fresh["refresh_token"]).status_code == 200


@pytest.mark.parametrize("seconds", [29, 31])
def test_a_code_is_changed_for_tokens_within_thirty_seconds(
    app: Flask, x: XStandIn, seconds: int
) -> None:
    code = x.authorise()
    x.advance(timedelta(seconds=seconds))
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": "v"}
    assert token(app, **form).status_code == (200 if seconds < 30 else 400)


def test_the_token_endpoint_wants_the_app_itself(app: Flask) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": str(CREDENTIALS["refresh_token"])}
    answer = app.test_client().post("/sandbox/x/2/oauth2/token", data=form)
    assert answer.status_code == 401
    assert token(app, grant_type="password").status_code == 400


def test_the_app_gets_its_bearer_token_with_its_key_and_secret(app: Flask) -> None:
    pair = f"{ENVIRON['TWITTER_CONSUMER_KEY']}:{ENVIRON['TWITTER_CONSUMER_SECRET']}"
    headers = {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
    form = {"grant_type": "client_credentials"}
    answer = app.test_client().post("/sandbox/x/oauth2/token", data=form, headers=headers)
    assert answer.json == {
        "token_type": "bearer",
        "access_token": ENVIRON["TWITTER_BEARER_TOKEN"],
    }


def test_revoked_access_is_told_and_ends_until_it_is_granted_again(
    app: Flask, call: Call, x: XStandIn, hub: Hub
) -> None:
    x.switch(shape="account_activity")
    x.revoke()
    x.deliver_pending()
    assert b'"user_event":{"revoke":' in hub.received[0][1]
    assert call("GET", "users/me").status_code == 401
    assert refresh(app, CREDENTIALS["refresh_token"]).status_code == 400
    fresh = x.grant()
    assert call("GET", "users/me", token=fresh["access_token"]).status_code == 200


def test_a_reset_takes_no_access_away(call: Call, app: Flask, x: XStandIn) -> None:
    fresh = refresh(app, CREDENTIALS["refresh_token"]).json
    assert fresh is not None
    x.database.reset()
    assert call("GET", "users/me", token=fresh["access_token"]).status_code == 200
    assert refresh(app, CREDENTIALS["refresh_token"]).status_code == 400


def test_a_scope_that_was_not_granted_is_missing(call: Call, x: XStandIn) -> None:
    narrow = x.grant("tweet.read users.read")["access_token"]
    assert call("GET", "users/me", token=narrow).status_code == 200
    answer = call("POST", "tweets", token=narrow, text="Bonjour")
    assert answer.status_code == 403
    assert "tweet.write" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("who", "method", "path"),
    [("app", "GET", "users/me"), ("app", "GET", "dm_events"), ("user", "GET", "webhooks")],
)
def test_some_calls_are_for_the_account_and_some_for_the_app(
    call: Call, app_call: Call, who: str, method: str, path: str
) -> None:
    answer = (app_call if who == "app" else call)(method, path)
    assert answer.status_code == 403
    assert answer.json is not None
    assert answer.json["title"] == "Unsupported Authentication"


# --- OAuth 1.0a


def as_text(header: str | bytes) -> str:
    """requests-oauthlib makes headers of bytes."""
    return header.decode() if isinstance(header, bytes) else header


def signed(app: Flask, method: str, url: str, secret: str = "", **options: Any) -> TestResponse:
    """A call signed as requests-oauthlib does it."""
    auth = OAuth1(
        ENVIRON["TWITTER_CONSUMER_KEY"],
        ENVIRON["TWITTER_CONSUMER_SECRET"],
        OAUTH1_CREDENTIALS["oauth_token"],
        secret or OAUTH1_CREDENTIALS["oauth_token_secret"],
    )
    prepared = requests.Request(method, f"http://localhost{url}", auth=auth, **options).prepare()
    path = (prepared.url or "").removeprefix("http://localhost")
    return app.test_client().open(
        path,
        method=method,
        data=prepared.body,
        headers={
            name: as_text(prepared.headers.get(name, ""))
            for name in ("Authorization", "Content-Type")
        },
    )


def test_a_signed_call_is_let_in(app: Flask) -> None:
    fields = {"user.fields": "created_at,name", "expansions": ""}
    answer = signed(app, "GET", "/sandbox/x/2/users/me", params=fields)
    assert answer.status_code == 200
    said = signed(app, "POST", "/sandbox/x/2/tweets", json={"text": "Ça y est : 100 % & plus"})
    assert said.status_code == 201


def test_a_wrongly_signed_call_is_not(app: Flask) -> None:
    assert signed(app, "GET", "/sandbox/x/2/users/me", secret="wrong").status_code == 401


def test_an_old_signature_is_refused(app: Flask, frozen: time_machine.Traveller) -> None:
    auth = OAuth1(ENVIRON["TWITTER_CONSUMER_KEY"], ENVIRON["TWITTER_CONSUMER_SECRET"],
                  OAUTH1_CREDENTIALS["oauth_token"],
                  OAUTH1_CREDENTIALS["oauth_token_secret"])  # fmt: skip
    url = "http://localhost/sandbox/x/2/users/me"
    header = requests.Request("GET", url, auth=auth).prepare().headers["Authorization"]
    headers = {"Authorization": as_text(header)}
    client = app.test_client()
    assert client.get("/sandbox/x/2/users/me", headers=headers).status_code == 200
    frozen.shift(301)
    assert client.get("/sandbox/x/2/users/me", headers=headers).status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer nobody", "OAuth nonsense", "Basic x"])
def test_nobody_is_not_let_in(app: Flask, header: str) -> None:
    answer = app.test_client().get("/sandbox/x/2/users/me", headers={"Authorization": header})
    assert answer.status_code == 401


# --- Windows


def test_every_answer_counts_down_its_window(call: Call, frozen: time_machine.Traveller) -> None:
    first, second = call("GET", "users/me"), call("GET", "users/me")
    assert first.headers["x-rate-limit-limit"] == "75"
    assert (first.headers["x-rate-limit-remaining"], second.headers["x-rate-limit-remaining"]) == (
        "74", "73",
    )  # fmt: skip
    assert first.headers["x-rate-limit-reset"] == str(1794300000 + 900)
    frozen.shift(900)
    assert call("GET", "users/me").headers["x-rate-limit-remaining"] == "74"


def test_the_sixteenth_message_in_a_window_is_refused(call: Call, x: XStandIn) -> None:
    x.write(CITIZEN, "Bonjour")
    path = f"dm_conversations/with/{CITIZEN}/messages"
    answers = [call("POST", path, text=f"Réponse {number}") for number in range(16)]
    assert [answer.status_code for answer in answers] == [201] * 15 + [429]
    last = answers[-1]
    assert last.json == {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}
    assert last.headers["x-rate-limit-remaining"] == "0"
    assert answers[0].headers["x-user-limit-24hour-remaining"] == "1439"
    x.advance(timedelta(minutes=15))
    again = call("POST", path, text="Encore")
    assert again.status_code == 201
    assert again.headers["x-user-limit-24hour-remaining"] == "1424"


def test_the_day_has_its_own_limit(call: Call, x: XStandIn) -> None:
    x.write(CITIZEN, "Bonjour")
    path = f"dm_conversations/with/{CITIZEN}/messages"
    with x.database.writing() as connection:
        connection.execute(
            "INSERT INTO x_window SELECT 'user hub.sandbox.x.calls.messages.send"
            " user-limit-24hour', 1794300000000, 1440"
        )
    answer = call("POST", path, text="Bonjour")
    assert answer.status_code == 429
    assert answer.headers["x-user-limit-24hour-remaining"] == "0"


def test_the_reset_is_told_in_the_hubs_own_time(call: Call, x: XStandIn) -> None:
    x.advance(timedelta(days=7))
    fresh = x.grant()["access_token"]
    answer = call("GET", "users/me", token=fresh)
    assert answer.headers["x-rate-limit-reset"] == str(1794300000 + 900)


def test_counting_can_be_switched_off(call: Call, x: XStandIn) -> None:
    x.switch(limits=False)
    assert "x-rate-limit-limit" not in call("GET", "users/me").headers


def test_the_app_and_the_account_are_counted_apart(call: Call, app_call: Call) -> None:
    call("GET", f"users/{ACCOUNT_ID}")
    assert app_call("GET", f"users/{ACCOUNT_ID}").headers["x-rate-limit-remaining"] == "299"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "nothing/here", 404), ("POST", "users/me", 405), ("DELETE", "dm_events", 405)],
)
def test_what_does_not_exist_is_a_problem_too(
    call: Call, method: str, path: str, status: int
) -> None:
    answer = call(method, path)
    assert answer.status_code == status
    assert answer.json is not None
    assert answer.json["status"] == status
