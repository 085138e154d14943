"""What all routes of the API share: who may call them, what they read, how it is documented."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

import flask_smorest
from flask import Request, Response, current_app, g, request
from marshmallow import Schema
from webargs.flaskparser import FlaskParser

from hub.accounts.access import guarded
from hub.accounts.models import Role
from hub.api import actions, queries
from hub.clock import now
from hub.extensions import csrf
from hub.problems import Problem

MOST_BYTES = 256 * 1024
ROLE = "api_role"

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Caller:
    """The tool behind a request."""

    token_id: int
    name: str
    role: Role


class Parser(FlaskParser):
    """Reads bodies that are JSON and say so."""

    def load_json(self, req: Request, schema: Schema) -> Any:
        if not req.is_json:
            raise Problem(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send JSON, with Content-Type application/json."
            )
        try:
            return super().load_json(req, schema)
        except (ValueError, RecursionError) as error:  # a huge number, endless brackets
            raise Problem(HTTPStatus.BAD_REQUEST, "The body is not valid JSON.") from error


class ApiBlueprint(flask_smorest.Blueprint):
    ARGUMENTS_PARSER = Parser()


blueprint = ApiBlueprint(
    "api", __name__, url_prefix="/api/v1", description="Tickets, and reports on them."
)
csrf.exempt(blueprint)


def allows(role: Role) -> Callable[[View], View]:
    """Tokens with this role, or one above it, may call the route. A route that does not say it
    is closed to all."""

    def mark(view: View) -> View:
        documented = refuses(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)(view)
        setattr(documented, ROLE, role)
        return guarded(documented)

    return mark


def refuses(*statuses: HTTPStatus) -> Callable[[View], View]:
    """Document the problems a route may answer with."""

    def document(view: View) -> View:
        for status in statuses:
            view = blueprint.alt_response(int(status), response=status.name)(view)
        return view

    return document


@blueprint.before_request
def check_caller() -> None:
    """Let in who brings a good token of a sufficient role. Nothing else is looked at before."""
    request.max_content_length = MOST_BYTES
    caller = _caller()
    needed = getattr(current_app.view_functions[str(request.endpoint)], ROLE, None)
    if needed is None or not caller.role.covers(needed):
        raise Problem(
            HTTPStatus.FORBIDDEN,
            f"The role of this token is {caller.role}: it may not do this.",
            headers={"WWW-Authenticate": 'Bearer realm="hub", error="insufficient_scope"'},
        )
    g.api_caller = caller


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """Answers hold what citizens wrote: no cache on the way keeps them."""
    response.headers["Cache-Control"] = "no-store"
    return response


def _caller() -> Caller:
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise _unknown('Bearer realm="hub"', "Send a token: Authorization: Bearer hub_…")
    token = queries.token(text.strip())
    if token is None:
        raise _unknown(
            'Bearer realm="hub", error="invalid_token"', "This token is wrong or was revoked."
        )
    caller = Caller(token.id, token.name, Role(token.role))
    if token.last_used_at is None or now() - token.last_used_at >= actions.USE_GRAIN:
        actions.note_use(token.id)
    return caller


def _unknown(challenge: str, detail: str) -> Problem:
    return Problem(HTTPStatus.UNAUTHORIZED, detail, headers={"WWW-Authenticate": challenge})
