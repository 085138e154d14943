"""Calls to one Mastodon server for one account: address, token, answer or error."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self
from urllib.parse import urlsplit

from requests import Response

from hub import clock
from hub.channels.base import (
    AccountAccess,
    AccountBroken,
    ChannelError,
    OutcomeUnknown,
    Refused,
    RetryLater,
)
from hub.channels.http import Http
from hub.channels.untrusted import instant, mapping, text

#: The window in which a server counts; a header that says later is not believed.
LONGEST_WAIT = timedelta(minutes=15)

#: Status -> what to raise (docs.joinmastodon.org/methods/statuses). 404 is also the answer for a
#: post that the account may not see.
MEANINGS: Mapping[int, tuple[type[ChannelError], str]] = {
    401: (AccountBroken, "token_dead"),
    403: (AccountBroken, "permission"),
    404: (Refused, "gone"),
    410: (Refused, "gone"),
}


@dataclass(frozen=True, kw_only=True)
class Server:
    """Speaks with one access token, which travels in a header alone."""

    address: str
    token: str = field(repr=False)
    http: Http = field(default_factory=Http)

    @classmethod
    def of(cls, account: AccountAccess) -> Self:
        """The account's own server. Raises AccountBroken when its credentials name none."""
        known = account.credentials
        if not (known.get("server") and known.get("access_token")):
            raise AccountBroken("token_missing")
        return cls(address=known["server"], token=known["access_token"])

    @property
    def host(self) -> str:
        """The part of the address by which people know the server."""
        return urlsplit(self.address).netloc

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """Read a JSON value. Raises AccountBroken, Refused, or RetryLater for all that is
        unclear: reading says nothing."""
        return _answer(self.http.get(self._url(path), params=params, headers=self._headers()))

    def post(self, path: str, fields: Mapping[str, str], *, key: str) -> Mapping[str, Any]:
        """Write. Within an hour a call with the same `key` has no second effect and gives the
        same answer (docs.joinmastodon.org/methods/statuses, Idempotency-Key), so a lost answer is
        a RetryLater like any other trouble. Raises AccountBroken and Refused as `get` does."""
        headers = {**self._headers(), "Idempotency-Key": key}
        try:
            response = self.http.post(self._url(path), data=fields, headers=headers)
        except OutcomeUnknown as error:
            raise RetryLater("no_answer", error.detail) from error
        return mapping(_answer(response))

    def _url(self, path: str) -> str:
        return f"{self.address}/api/{path}"

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def _answer(response: Response) -> Any:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        body = None
    if response.ok and body is not None:
        return body
    raise _error(response, text(mapping(body).get("error")))


def _error(response: Response, words: str) -> ChannelError:
    status = response.status_code
    detail = f"HTTP {status} {words}".strip()[:300]
    if status == 429:
        told = instant(response.headers.get("X-RateLimit-Reset"))
        at = min(told, clock.now() + LONGEST_WAIT) if told else None
        return RetryLater("rate_limited", detail, at=at, for_all=True)
    if not 400 <= status < 500:
        return RetryLater("no_answer", detail)
    error, code = MEANINGS.get(status, (Refused, "invalid"))
    return error(code, detail)
