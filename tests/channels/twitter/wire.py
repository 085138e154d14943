"""A local server in the place of X, and accounts that ask it."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from hub.channels.base import AccountAccess
from hub.channels.twitter.settings import TwitterSettings

ACCOUNT = "1710000000000000001"
HANDLE = "RegionExemple"
NOW = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
#: When X's windows of the tests end: ten minutes from NOW.
RESET = str(int(NOW.timestamp()) + 600)

ACCESS_TOKEN = "access-token-ONE"
REFRESH_TOKEN = "refresh-token-ONE"
OAUTH_2 = {
    "access_token": ACCESS_TOKEN,
    "refresh_token": REFRESH_TOKEN,
    "scope": "tweet.read tweet.write users.read dm.read dm.write media.write offline.access",
    "expires_at": "2026-11-10T13:30:00+00:00",
}
OAUTH_1 = {"oauth_token": "oauth-token-ONE", "oauth_token_secret": "oauth-secret-ONE"}


@dataclass
class Request:
    """What the server was asked. `fields` holds the query, the form or the JSON body; `body` its
    bytes."""

    method: str
    path: str
    fields: dict[str, Any]
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Answer:
    """What the server answers; `drop` closes the connection after the request instead."""

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False


class StandIn:
    """A local HTTP server that keeps what it was asked and answers what the test tells."""

    def __init__(self, answer: Callable[[Request], Answer]) -> None:
        self.requests: list[Request] = []
        self._answer = answer
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "StandIn":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def asked(self) -> list[str]:
        return [request.line for request in self.requests]

    def receive(self, handler: BaseHTTPRequestHandler) -> Answer:
        request = _request(handler)
        self.requests.append(request)
        return self._answer(request)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                _write(self, stand_in.receive(self))

            def do_POST(self) -> None:
                self.do_GET()

            def do_PUT(self) -> None:
                self.do_GET()

            def do_DELETE(self) -> None:
                self.do_GET()

            def log_message(self, *_: object) -> None:
                """The test's own output is enough."""

        return Handler


def answering(*answers: Any) -> Callable[[Request], Answer]:
    """These answers, one after the other; bodies alone are answers of status 200."""
    left = [given if isinstance(given, Answer) else Answer(given) for given in answers]
    return lambda _request: left.pop(0)


def by_line(answers: Mapping[str, Any]) -> Callable[[Request], Answer]:
    """The answer for each "METHOD /path"; a list is used up one by one, up to its last."""

    def reply(request: Request) -> Answer:
        given = answers[request.line]
        if isinstance(given, list):
            given = given.pop(0) if len(given) > 1 else given[0]
        return given if isinstance(given, Answer) else Answer(given)

    return reply


def settings(**changes: Any) -> TwitterSettings:
    given = {
        "consumer_key": "consumer-key",
        "consumer_secrets": ("consumer-secret",),
        "bearer_token": "app-bearer-token",
        "client_id": "client-id",
        "client_secret": "client-secret",
    }
    return TwitterSettings(**{**given, **changes})


def access(credentials: Mapping[str, str] = OAUTH_2, **changes: Any) -> AccountAccess:
    given = {"external_id": ACCOUNT, "name": HANDLE, "credentials": credentials}
    return AccountAccess(**{**given, **changes})


def renewable(*later: Mapping[str, str], first: Mapping[str, str] = OAUTH_2) -> AccountAccess:
    """An account that has these credentials once it is renewed, one after the other."""
    left = list(later)

    def renewed() -> AccountAccess:
        return renewable(*left[1:], first=left[0])

    return access(first, renewed=renewed)


def problem(kind: str = "about:blank", detail: str = "Non.", title: str = "Forbidden") -> Any:
    """A problem as X writes it; `kind` is the end of its type."""
    known = kind if kind == "about:blank" else f"https://api.x.com/2/problems/{kind}"
    return {"title": title, "detail": detail, "type": known}


def _request(handler: BaseHTTPRequestHandler) -> Request:
    parts = urlsplit(handler.path)
    fields: dict[str, Any] = dict(parse_qsl(parts.query))
    body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    media_type = handler.headers.get("Content-Type", "")
    if media_type == "application/json":
        fields |= json.loads(body)
    elif media_type == "application/x-www-form-urlencoded":
        fields |= dict(parse_qsl(body.decode()))
    headers = {name.lower(): value for name, value in handler.headers.items()}
    return Request(handler.command, parts.path, fields, headers, body)


def _write(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    if answer.drop:
        handler.close_connection = True
        return
    body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
    handler.send_response(answer.status)
    for name, value in answer.headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
