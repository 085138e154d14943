"""The OpenAPI document of the API, served at /api/v1/openapi.json."""

from http import HTTPStatus
from typing import Any

import flask_smorest
from flask import Flask, Response, json
from flask_smorest.utils import prepare_response

from hub.accounts.access import public
from hub.api import views  # noqa: F401  (importing fills the blueprint)
from hub.api.blueprint import blueprint
from hub.api.schemas import ProblemSchema
from hub.problems import MEDIA_TYPE

PATH = "/api/v1/openapi.json"
TEXT = """\
Everything the hub knows of tickets, for the council's other tools.

Send `Authorization: Bearer <token>` with every request. An administrator makes a token with
`flask --app wsgi api-token create NAME --role ROLE`. A token with the role `agent` reads and
answers the tickets of all departments; `supervisor` also reads the reports.

Instants are ISO 8601 with their offset, in UTC. Errors are problem details (RFC 9457). 422: a
value is wrong in itself. 409: the values are well formed, and it cannot be done as things stand.
"""
MEANINGS = {
    HTTPStatus.BAD_REQUEST: "The body is not JSON.",
    HTTPStatus.UNAUTHORIZED: "The token is missing, wrong or revoked.",
    HTTPStatus.FORBIDDEN: "The role of the token is not sufficient.",
    HTTPStatus.NOT_FOUND: "No ticket has this reference, or it has no such part.",
    HTTPStatus.CONFLICT: "It cannot be done as things stand; `kind` and `errors` say why.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is larger than 256 KiB.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body does not say that it is JSON.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "A value is wrong in itself; `errors` says which.",
}


class Api(flask_smorest.Api):
    """flask-smorest with our own errors: hub/errors.py answers them for the whole application."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Leave the application's handlers alone."""

    def _register_etag_headers(self) -> None:
        """Nothing here speaks of them, so they stay out of the document."""

    _register_pagination_header = _register_etag_headers

    def _register_responses(self) -> None:
        for status, meaning in MEANINGS.items():
            response: dict[str, Any] = {"description": meaning, "schema": ProblemSchema}
            if status is HTTPStatus.UNAUTHORIZED:
                response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
            prepare_response(response, self.spec, MEDIA_TYPE)
            self.spec.components.response(status.name, response, lazy=True)


def install(app: Flask) -> None:
    """Hang the API and its document into the application."""
    api = Api(
        app,
        spec_kwargs={
            "title": "Hub",
            "version": "1",
            "openapi_version": "3.1.0",
            "info": {"description": TEXT},
            "security": [{"token": []}],
        },
    )
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    api.register_blueprint(blueprint)
    document = json.dumps(api.spec.to_dict())

    @app.get(PATH)
    @public
    def openapi() -> Response:
        return Response(document, mimetype="application/json")
