"""Calls to Meta's Graph API for one account: address, token and proof, answer or error."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from requests import Response

from hub import clock
from hub.channels.base import AccountBroken, ChannelError, OutcomeUnknown, RetryLater
from hub.channels.facebook.errors import LIMITED, to_raise
from hub.channels.facebook.settings import FacebookSettings
from hub.channels.facebook.signature import app_secret_proof
from hub.channels.http import Http, json_object
from hub.channels.untrusted import mapping, sequence

USAGE_HEADERS = ("X-App-Usage", "X-Page-Usage", "X-Business-Use-Case-Usage")
#: Meta counts calls over a sliding hour.
USAGE_HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Speaks with one access token. The token travels in the parameters of a read and in the
    body of a write, never in a path, and is cut out of whatever text an error carries."""

    settings: FacebookSettings
    token: str = field(repr=False)
    http: Http = field(default_factory=Http)
    #: The highest share of an allowance, in per cent, that each answer spoke of.
    shares: list[float] = field(default_factory=list, compare=False)

    def get(self, path: str, **params: str) -> dict[str, Any]:
        """Read an object or a page of a list.

        Raises AccountBroken or Refused as Meta says, and RetryLater for all that is unclear:
        reading says nothing, so it may be tried again.
        """
        response = self.http.get(self._url(path), params=self._signed(params))
        try:
            return self._answer(response)
        except OutcomeUnknown as error:
            raise RetryLater(error.code, error.detail) from error

    def post(self, path: str, fields: Mapping[str, str]) -> dict[str, Any]:
        """Write, as a form. Raises ChannelError; OutcomeUnknown means look before resending."""
        return self._answer(self.http.post(self._url(path), data=self._signed(fields)))

    def post_json(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Write, as JSON. Raises as `post` does."""
        return self._answer(self.http.post(self._url(path), json=self._signed(body)))

    def _url(self, path: str) -> str:
        return f"{self.settings.graph_url}/{self.settings.graph_version}/{path}"

    def _signed(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        if not self.token:
            raise AccountBroken("token_missing")
        signed = {**fields, "access_token": self.token}
        if self.settings.app_secret:
            signed["appsecret_proof"] = app_secret_proof(self.settings.app_secret, self.token)
        return signed

    def _answer(self, response: Response) -> dict[str, Any]:
        """The JSON object of an answer. A body with `error` is an error, also under status 200."""
        if usages := usages_of(response):
            self.shares.append(max(map(_spent, usages)))
        body = json_object(response)
        if body is None:
            raise _unreadable(response)
        if "error" in body:
            raise self._without_token(to_raise(response.status_code, body, regained_at(response)))
        if not response.ok:
            raise OutcomeUnknown("unclear", f"HTTP {response.status_code} without an error")
        return body

    def _without_token(self, error: ChannelError) -> ChannelError:
        """Meta repeats a malformed token in its message."""
        error.detail = error.detail.replace(self.token, "(token)")
        error.args = (f"{error.code}: {error.detail}",)
        return error


def _unreadable(response: Response) -> ChannelError:
    """What to raise for an answer that is not Meta's JSON: a proxy's page, a cut connection."""
    status = response.status_code
    if status == 429:
        at = regained_at(response) or clock.now() + LIMITED.wait
        return RetryLater(LIMITED.code, "HTTP 429", at=at, for_all=True)
    return OutcomeUnknown("unclear", f"HTTP {status}, not a JSON object")


def regained_at(response: Response) -> datetime | None:
    """When calls are accepted again, by the usage headers; None while they are accepted.

    Meta blocks at 100 per cent, and tells the minutes left for business use cases only.
    """
    usages = usages_of(response)
    minutes = max(
        (_figure(usage, "estimated_time_to_regain_access") for usage in usages), default=0
    )
    if minutes > 0:
        return clock.now() + timedelta(minutes=minutes)
    spent = max((_spent(usage) for usage in usages), default=0)
    return clock.now() + USAGE_HOUR if spent >= 100 else None


def usages_of(response: Response) -> list[Mapping[str, Any]]:
    """What an answer tells of the allowances that are used up by calls."""
    headers = (response.headers.get(name) for name in USAGE_HEADERS)
    return [usage for header in headers if header for usage in _usages(header)]


def _usages(header: str) -> Iterable[Mapping[str, Any]]:
    """The usage objects of a header: itself one, or lists of them by account."""
    try:
        value = mapping(json.loads(header))
    except ValueError:
        return []
    listed = [mapping(usage) for usages in value.values() for usage in sequence(usages)]
    return [value, *listed]


def _spent(usage: Mapping[str, Any]) -> float:
    return max(_figure(usage, name) for name in ("call_count", "total_time", "total_cputime"))


def _figure(usage: Mapping[str, Any], name: str) -> float:
    value = usage.get(name)
    return float(value) if isinstance(value, int | float) else 0.0
