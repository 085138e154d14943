"""What a program is told when something is wrong: problem details (RFC 9457), in English.

Two rules say which status a refusal has. 422: a value is wrong in itself, whatever the state of
the hub. 409: every value is well formed, but it cannot be done as things stand.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response, json, request
from werkzeug.exceptions import HTTPException, InternalServerError

MEDIA_TYPE = "application/problem+json"

Errors = Mapping[str, list[str]]


class Problem(HTTPException):
    """A refusal with its reason. `kind` is a short word a program can compare; `errors` ties
    sentences to the names of fields and parameters."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        kind: str = "",
        errors: Errors | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = int(status)
        self.kind = kind
        self.errors = errors
        self.headers = dict(headers or {})


def wanted() -> bool:
    """Is the caller a program rather than a person with a browser?"""
    return request.path.startswith("/api/")


def answer(error: HTTPException) -> Response:
    """The problem document of any of HTTP's refusals, with the headers it needs (Allow,
    Retry-After, WWW-Authenticate)."""
    status = error.code or 500
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _detail(error),
    }
    if kind := getattr(error, "kind", ""):
        body["kind"] = kind
    if errors := _errors(error):
        body["errors"] = errors
    response = Response(json.dumps(body), status=status, mimetype=MEDIA_TYPE)
    response.headers.extend(
        [(name, value) for name, value in error.get_headers() if name != "Content-Type"]
    )
    response.headers.extend(getattr(error, "headers", {}))
    return response


def unexpected() -> Response:
    """Our own fault, told without detail."""
    return answer(InternalServerError())


def _detail(error: HTTPException) -> str:
    if error.code == HTTPStatus.UNPROCESSABLE_ENTITY and _errors(error):
        return "Some values are wrong; `errors` says which."
    if error.code == HTTPStatus.BAD_REQUEST and _parser_messages(error):
        return "The body is not valid JSON."
    return str(error.description)


def _errors(error: HTTPException) -> dict[str, list[str]]:
    """Field -> sentences: our own, or what the request parser found."""
    if own := getattr(error, "errors", None):
        return dict(own)
    if error.code != HTTPStatus.UNPROCESSABLE_ENTITY:
        return {}
    found: dict[str, list[str]] = {}
    for fields in _parser_messages(error).values():
        for name, sentences in fields.items():
            found[name] = [str(sentence) for sentence in sentences]
    return found


def _parser_messages(error: HTTPException) -> dict[str, Any]:
    """webargs leaves place ("json", "query") -> field -> sentences on the error."""
    data = getattr(error, "data", None) or {}
    messages: dict[str, Any] = data.get("messages", {})
    return messages
