"""Exchange an account's OAuth 2 tokens for new ones (docs.x.com/fundamentals/authentication/
oauth-2-0/authorization-code). The refresh token is good for one use: whatever comes of it, the
new pair must be stored before anybody asks again."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from requests import Response
from requests.auth import AuthBase, HTTPBasicAuth

from hub import clock
from hub.channels.base import AccountAccess, AccountBroken, ChannelError, RetryLater
from hub.channels.http import Http, json_object
from hub.channels.twitter.errors import to_raise
from hub.channels.twitter.settings import TwitterSettings
from hub.channels.untrusted import text

#: Answers of RFC 6749, section 5.2, after which only a person can help, and what to repair.
FINAL = {
    "invalid_grant": "token_dead",
    "invalid_request": "token_dead",
    "invalid_client": "app_missing",
    "unauthorized_client": "app_missing",
}


def renew(
    settings: TwitterSettings, account: AccountAccess, http: Http | None = None
) -> Mapping[str, str]:
    """The account's credentials with a new pair of tokens and when the first of them ends.

    Raises AccountBroken when a person must connect the account again, RetryLater when X could
    not be asked, and OutcomeUnknown when it did not answer: the old pair may be spent.
    """
    token = account.credentials.get("refresh_token")
    if not token:
        raise AccountBroken("token_dead", "there is no refresh token")
    if not settings.client_id:
        raise AccountBroken("app_missing", "TWITTER_CLIENT_ID")
    response = (http or Http()).post(
        f"{settings.api_url}/2/oauth2/token",
        data={
            "grant_type": "refresh_token",
            "refresh_token": token,
            "client_id": settings.client_id,
        },
        auth=_client(settings),
    )
    body = json_object(response) or {}
    if not (response.ok and text(body.get("access_token"))):
        raise _error(response, body)
    kept = {name: value for name, value in account.credentials.items() if name != "expires_at"}
    return {**kept, **tokens(body)}


def tokens(answer: Mapping[str, Any]) -> dict[str, str]:
    """What to keep of X's answer that gives tokens, with the instant when the access ends."""
    kept = {
        name: text(answer.get(name))
        for name in ("access_token", "refresh_token", "scope")
        if text(answer.get(name))
    }
    seconds = answer.get("expires_in")
    if isinstance(seconds, int) and not isinstance(seconds, bool) and seconds > 0:
        kept["expires_at"] = (clock.now() + timedelta(seconds=seconds)).isoformat()
    return kept


def _client(settings: TwitterSettings) -> AuthBase | None:
    """A confidential client proves itself; a public one has nothing to prove it with."""
    if not settings.client_secret:
        return None
    return HTTPBasicAuth(settings.client_id, settings.client_secret)


def _error(response: Response, body: Mapping[str, Any]) -> ChannelError:
    """The words of X are told, but not those that could repeat a token."""
    name = text(body.get("error"))
    if name in FINAL:
        return AccountBroken(FINAL[name], f"HTTP {response.status_code}, {name}")
    if response.status_code in {400, 401}:
        return AccountBroken("token_dead", f"HTTP {response.status_code}")
    if response.status_code == 429:
        return to_raise(429, None, response.headers)
    return RetryLater("unreachable", f"HTTP {response.status_code} while renewing the token")
