"""Around every call of a network: the log of requests, and connections that break."""

import json
import socket
import time
from collections.abc import Sequence

from flask import Response, request

from hub.sandbox.faults import Armed
from hub.sandbox.store import Store
from hub.sandbox.values import milliseconds

LOGGED_REQUESTS = 500
#: Of a body; uploads are longer.
LOGGED_CHARACTERS = 20_000


def log(store: Store, response: Response) -> None:
    """Keep the current request with its answer; only the latest are kept."""
    store.connection.execute(
        "INSERT INTO request (network, at, method, path, query, headers, body, status, answer)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            store.network,
            milliseconds(store.now()),
            request.method,
            request.path,
            request.query_string.decode(errors="replace"),
            json.dumps(dict(request.headers)),
            request.get_data(as_text=True)[:LOGGED_CHARACTERS],
            response.status_code,
            response.get_data().decode(errors="replace")[:LOGGED_CHARACTERS],
        ),
    )
    store.connection.execute(
        "DELETE FROM request WHERE id <= (SELECT max(id) FROM request) - ?", (LOGGED_REQUESTS,)
    )


def spoil(striking: Sequence[Armed]) -> None:
    """Lose the answer of what has already happened, or let it wait."""
    for armed in striking:
        if armed.name == "answer_slow":
            time.sleep(armed.seconds)
        if armed.name == "answer_lost":
            _cut(armed.seconds)


def _cut(seconds: float) -> None:
    """Close the socket under the server. A server that does not show it can only be late."""
    environ = request.environ
    wire = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
    if wire is None:
        time.sleep(seconds)
        return
    wire.shutdown(socket.SHUT_RDWR)
