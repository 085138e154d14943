"""How Meta writes, signs and answers: what the tests of the channel speak."""

import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

APP_ID = "270000000000042"
SECRET = "0123456789abcdef0123456789abcdef"
VERIFY_TOKEN = "mot-de-passe-du-crochet"
PAGE = "104000000000001"
TOKEN = "EAAtest0000PAGETOKEN"
PROOF = "b22694fc638ff1446c5bb826f9af454df9563f0741fca56ed8d421613d3d68ee"


def as_meta_writes(value: Any) -> bytes:
    """JSON with everything beyond ASCII, and every slash, escaped: the bytes Meta signs."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    mac = hmac.new(secret.encode(), body, sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={mac}"}


@dataclass
class Request:
    """What a stand-in was asked. `fields` holds the query, the form or the JSON body."""

    method: str
    path: str
    fields: dict[str, Any]
    headers: dict[str, str]


@dataclass
class Answer:
    """What a stand-in answers; `drop` closes the connection after the request instead."""

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
        return [f"{request.method} {request.path}" for request in self.requests]

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
                _write(self, stand_in.receive(self))

            def log_message(self, *_: object) -> None:
                """The test's own output is enough."""

        return Handler


def _request(handler: BaseHTTPRequestHandler) -> Request:
    parts = urlsplit(handler.path)
    fields: dict[str, Any] = dict(parse_qsl(parts.query))
    body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    if handler.headers.get("Content-Type") == "application/json":
        fields |= json.loads(body)
    else:
        fields |= dict(parse_qsl(body.decode()))
    return Request(handler.command, parts.path, fields, dict(handler.headers))


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
