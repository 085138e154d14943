"""Calls to a platform's HTTP interface, with time-outs, told apart by what may have happened.

Every call opens a connection of its own. A kept-alive connection that the platform closed in
the meantime fails *after* the request was written, which would leave the outcome of a reply
unknown for no good reason.
"""

import logging
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from requests import Response
from requests.auth import AuthBase
from urllib3.exceptions import NewConnectionError

from hub.channels.base import ChannelError, NotOurs, OutcomeUnknown, RetryLater
from hub.channels.untrusted import decode

# At DEBUG urllib3 writes whole addresses, and with them the tokens some platforms want there.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)

#: OpenSSL's reasons that only a handshake can give: the request had not been written.
_HANDSHAKE_REASONS = frozenset(
    {
        "CERTIFICATE_VERIFY_FAILED",
        "HTTP_REQUEST",
        "NO_PROTOCOLS_AVAILABLE",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "TLSV1_UNRECOGNIZED_NAME",
        "UNSUPPORTED_PROTOCOL",
        "WRONG_VERSION_NUMBER",
    }
)


@dataclass(frozen=True, kw_only=True)
class Http:
    """A client that never retries and never follows a redirect.

    `connect_seconds` and `read_seconds` bound the wait for a connection and for each piece of
    the answer.
    """

    connect_seconds: float = 5.0
    read_seconds: float = 20.0

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: AuthBase | None = None,
    ) -> Response:
        """Read. Any failure of the network raises RetryLater("unreachable"): reading says
        nothing, so trying again is safe. An answer of any status is returned."""
        try:
            return self._call("GET", url, params=params, headers=headers, auth=auth)
        except requests.RequestException as error:
            raise RetryLater("unreachable", _what(error)) from error

    def send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | bytes | None = None,
        json: Any = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: AuthBase | None = None,
    ) -> Response:
        """Write (POST, PUT, DELETE). An answer of any status is returned. `files` (field ->
        name, content, media type) go as multipart/form-data beside the fields of `data`.

        Raises RetryLater("unreachable") when the request surely never left (name not found,
        connection refused, TLS handshake, connect time-out): it may be sent again.
        Raises OutcomeUnknown("no_answer") for all else (read time-out, connection lost): it
        may have been obeyed, and must not be sent again before somebody looked.
        """
        try:
            return self._call(
                method,
                url,
                params=params,
                data=data,
                json=json,
                files=files,
                headers=headers,
                auth=auth,
            )
        except requests.RequestException as error:
            raise failure(error) from error

    def post(self, url: str, **options: Any) -> Response:
        """`send` with POST."""
        return self.send("POST", url, **options)

    def _call(self, method: str, url: str, **options: Any) -> Response:
        timeout = (self.connect_seconds, self.read_seconds)
        with requests.Session() as session:
            # Proxies of the environment are honoured; .netrc must not replace our own headers.
            session.auth = options.pop("auth") or _as_given
            return session.request(method, url, timeout=timeout, allow_redirects=False, **options)


def json_object(response: Response) -> dict[str, Any] | None:
    """The JSON object of an answer, read as a delivery is (see untrusted.decode); None for
    anything else: a proxy's page, a cut connection."""
    try:
        body = decode(response.content)
    except NotOurs:
        return None
    return body if isinstance(body, dict) else None


def failure(error: requests.RequestException) -> ChannelError:
    """The error to raise for a write that got no answer: RetryLater or OutcomeUnknown."""
    if never_left(error):
        return RetryLater("unreachable", _what(error))
    return OutcomeUnknown("no_answer", _what(error))


def never_left(error: requests.RequestException) -> bool:
    """Is it sure that not one byte of the request reached the platform? In doubt, False."""
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    return any(
        isinstance(cause, NewConnectionError)
        or (isinstance(cause, ssl.SSLError) and cause.reason in _HANDSHAKE_REASONS)
        for cause in _causes(error)
    )


def _as_given(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leave the headers alone. Without it requests would look in .netrc."""
    return request


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exceptions wrapped in one of requests: each keeps the next as argument or reason."""
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting:
        cause = waiting.pop()
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        inner = (*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__)
        waiting.extend(other for other in inner if isinstance(other, BaseException))


def _what(error: BaseException) -> str:
    """The kinds of exceptions alone: their texts hold the address, and so perhaps a token."""
    return " < ".join(type(cause).__name__ for cause in _causes(error))
