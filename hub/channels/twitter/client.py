"""Calls to X's REST interface: address, proof of who asks, answer or error.

Docs: docs.x.com/x-api, docs.x.com/fundamentals/authentication.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from requests import PreparedRequest, Response
from requests.auth import AuthBase
from requests_oauthlib import OAuth1

from hub import clock
from hub.channels.base import (
    AccountAccess,
    AccountBroken,
    ChannelError,
    OutcomeUnknown,
    RetryLater,
)
from hub.channels.http import Http, json_object
from hub.channels.twitter.errors import to_raise
from hub.channels.twitter.limits import Rate
from hub.channels.twitter.reading import instant
from hub.channels.twitter.settings import TwitterSettings

# At DEBUG these write what they sign and the headers they make, and with them tokens.
for _name in ("oauthlib", "requests_oauthlib"):
    logging.getLogger(_name).setLevel(logging.INFO)

Json = Mapping[str, Any]
Files = Mapping[str, tuple[str, bytes, str]]
#: A token that ends sooner than this is exchanged before it is used: X's live two hours.
RENEW_BEFORE = timedelta(minutes=5)
#: The parts of an account's credentials that no text may show.
SECRETS = ("access_token", "refresh_token", "oauth_token", "oauth_token_secret")
#: Where X keeps the files of direct messages, for the account alone.
PRIVATE_FILES = "ton.twitter.com"


class Bearer(AuthBase):
    """OAuth 2: the token in a header, never in an address."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Api(ABC):
    """X's interface as one caller uses it.

    `rate`: what the last answer told of its limit. `post_names`: this caller was found to be
    spoken to with the newer names of fields (see fields.py).
    """

    def __init__(self, settings: TwitterSettings, http: Http | None = None) -> None:
        self.settings = settings
        self.rate = Rate()
        self.post_names = False
        self._http = http or Http()

    def get(
        self, path: str, params: Mapping[str, str] | None = None, *, partial: bool = False
    ) -> Json:
        """Read. With `partial`, an answer of errors alone is an answer too: its reader looks at
        `errors` item by item.

        Raises AccountBroken or Refused as X says, and RetryLater for all that is unclear:
        reading says nothing, so it may be tried again.
        """
        response = self._call(
            lambda auth: self._http.get(self._url(path), params=params, auth=auth)
        )
        try:
            return self._answer(response, partial=partial)
        except OutcomeUnknown as error:
            raise RetryLater(error.code, error.detail) from error

    def send(
        self,
        method: str,
        path: str,
        *,
        json: Json | None = None,
        fields: Mapping[str, str] | None = None,
        files: Files | None = None,
    ) -> Json:
        """Write, as JSON or as a form; {} where X confirms with an empty answer. Raises
        ChannelError; OutcomeUnknown means that it may have been done: look before doing it
        again."""
        response = self._call(
            lambda auth: self._http.send(
                method, self._url(path), json=json, data=fields, files=files, auth=auth
            )
        )
        if _is_success(response) and not response.content:
            return {}
        return self._answer(response)

    def post(self, path: str, json: Json | None = None) -> Json:
        """`send` with POST and JSON."""
        return self.send("POST", path, json=json)

    @abstractmethod
    def auth(self) -> AuthBase:
        """Who asks. Raises AccountBroken when nothing can prove it."""

    @abstractmethod
    def _secrets(self) -> Collection[str]:
        """What no text of an error may show."""

    def _url(self, path: str) -> str:
        return f"{self.settings.api_url}/2/{path}"

    def _call(self, ask: Callable[[AuthBase], Response]) -> Response:
        response = ask(self.auth())
        self.rate = Rate.of(response.headers)
        return response

    def _answer(self, response: Response, *, partial: bool = False) -> Json:
        """The JSON object of an answer. Errors without data are an error under 200 too."""
        body = json_object(response)
        if body is not None and _is_success(response) and (partial or not _is_refusal(body)):
            return body
        raise self._without_secrets(to_raise(response.status_code, body, response.headers))

    def _without_secrets(self, error: ChannelError) -> ChannelError:
        for secret in filter(None, self._secrets()):
            error.detail = error.detail.replace(secret, "(secret)")
        error.args = (f"{error.code}: {error.detail}",)
        return error


class AppApi(Api):
    """Asks as the council's app, with TWITTER_BEARER_TOKEN: for webhooks and subscriptions."""

    def auth(self) -> AuthBase:
        if not self.settings.bearer_token:
            raise AccountBroken("bearer_missing")
        return Bearer(self.settings.bearer_token)

    def _secrets(self) -> Collection[str]:
        return (self.settings.bearer_token,)

    def _answer(self, response: Response, *, partial: bool = False) -> Json:
        try:
            return super()._answer(response, partial=partial)
        except AccountBroken as error:
            if error.code != "token_dead":
                raise
            raise AccountBroken("bearer_refused", error.detail) from error


class AccountApi(Api):
    """Asks as one of the council's accounts, by an OAuth 2 token or OAuth 1.0a.

    An OAuth 2 token is exchanged in time for a new one, and once when X no longer takes it.
    """

    def __init__(
        self, settings: TwitterSettings, account: AccountAccess, http: Http | None = None
    ) -> None:
        super().__init__(settings, http)
        self.account = account

    def auth(self) -> AuthBase:
        known = self.account.credentials
        if token := known.get("access_token"):
            return Bearer(token)
        if not (known.get("oauth_token") and known.get("oauth_token_secret")):
            raise AccountBroken("token_missing")
        if not (self.settings.consumer_key and self.settings.consumer_secret):
            raise AccountBroken("app_missing", "TWITTER_CONSUMER_KEY, TWITTER_CONSUMER_SECRET")
        return OAuth1(
            self.settings.consumer_key,
            self.settings.consumer_secret,
            known["oauth_token"],
            known["oauth_token_secret"],
        )

    def file_headers(self, url: str) -> Mapping[str, str]:
        """Proof of who asks, for a file that only the account gets: those of direct messages.
        Empty for any other address, which must not see it."""
        if not self._is_private(url):
            return {}
        self._renew_in_time()
        signed = requests.Request("GET", url, auth=self.auth()).prepare()
        proof = signed.headers["Authorization"]  # bytes, where OAuth 1.0a made it
        return {"Authorization": proof.decode() if isinstance(proof, bytes) else proof}

    def _is_private(self, url: str) -> bool:
        parts, api = urlsplit(url), urlsplit(self.settings.api_url)
        if (parts.scheme, parts.netloc) == (api.scheme, api.netloc):
            return True
        return (parts.scheme, parts.netloc) == ("https", PRIVATE_FILES)

    def _call(self, ask: Callable[[AuthBase], Response]) -> Response:
        self._renew_in_time()
        response = super()._call(ask)
        if response.status_code == 401 and self._is_renewable():
            self.account = self.account.renewed()
            response = super()._call(ask)
        return response

    def _renew_in_time(self) -> None:
        ends = instant(self.account.credentials.get("expires_at"))
        if ends and ends <= clock.now() + RENEW_BEFORE and self._is_renewable():
            self.account = self.account.renewed()

    def _is_renewable(self) -> bool:
        return bool(self.account.credentials.get("refresh_token"))

    def _secrets(self) -> Collection[str]:
        return [self.account.credentials.get(name, "") for name in SECRETS]


def _is_success(response: Response) -> bool:
    return 200 <= response.status_code < 300


def _is_refusal(body: Json) -> bool:
    return bool(body.get("errors")) and not body.get("data")
