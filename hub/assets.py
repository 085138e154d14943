"""Styles, scripts and icons, under an address that names their contents: a browser asks for each of
them once, and for all of them anew after an update. A page has some forty, and to ask whether each
is still the same takes longer than the page.

A page of before an update still finds what it asks for: an address of other contents gives what
there is now, and says not to keep it.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any

from flask import Flask, Response, send_from_directory

from hub.accounts.access import public

FOLDER = Path(__file__).parent / "static"
YEAR_SECONDS = 365 * 86400
#: Where people develop, files change under a running hub: it looks again after so many seconds.
LOOK_AGAIN_SECONDS = 1.0


def install(app: Flask, *, development: bool) -> None:
    """Serve the folder, as the endpoint "static"."""
    current = _looking_again() if development else cache(contents)

    @app.get("/static/<path:filename>", endpoint="static_now")
    @public
    def static_now(filename: str) -> Response:
        return send_from_directory(FOLDER, filename)

    @app.get("/static/v-<version>/<path:filename>", endpoint="static")
    @public
    def static(version: str, filename: str) -> Response:
        if version != current():
            return send_from_directory(FOLDER, filename)
        response = send_from_directory(FOLDER, filename, max_age=YEAR_SECONDS)
        response.cache_control.immutable = True
        return response

    @app.url_defaults
    def name_the_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values.setdefault("version", current())


def contents() -> str:
    """A short name of what all files hold: the same on every machine."""
    whole = hashlib.sha256()
    for path in sorted(path for path in FOLDER.rglob("*") if path.is_file()):
        whole.update(path.relative_to(FOLDER).as_posix().encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:16]


def _looking_again() -> Callable[[], str]:
    found, looked_at = "", -inf

    def current() -> str:
        nonlocal found, looked_at
        if monotonic() - looked_at > LOOK_AGAIN_SECONDS:
            found, looked_at = contents(), monotonic()
        return found

    return current
