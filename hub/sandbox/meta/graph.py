"""The front of Graph: versions, tokens, proofs, faults, usage headers and the log of requests."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from hub.sandbox import wire
from hub.sandbox.faults import Armed
from hub.sandbox.meta import rules
from hub.sandbox.meta.calls import Call, Fetch, Json, access, fetch, messenger, wall
from hub.sandbox.meta.faults import FAULTS
from hub.sandbox.meta.identities import LONG_USER_TOKEN, PAGE_ID, PAGE_TOKEN, USER_TOKEN
from hub.sandbox.meta.rules import GraphError
from hub.sandbox.meta.stand_in import MetaStandIn
from hub.sandbox.meta.store import Store
from hub.sandbox.meta.values import AppSettings
from hub.sandbox.values import milliseconds

_VERSION = re.compile(r"^v\d+\.\d+/")


@dataclass(frozen=True)
class Route:
    """A call and the kind of token it needs: "page", "user", "app", "" for any, None for none."""

    call: Callable[..., Json]
    token: str | None


ROUTES = Map(
    [
        Rule(path, methods=[method], endpoint=Route(call, token))
        for method, path, token, call in (
            ("GET", "/oauth/access_token", None, access.exchange_token),
            ("GET", "/debug_token", "", access.debug_token),
            ("GET", "/me/accounts", "user", access.accounts),
            ("POST", "/<app_id>/subscriptions", "app", access.subscribe_app),
            ("GET", "/<app_id>/subscriptions", "app", access.app_subscriptions),
            ("POST", "/<page_id>/subscribed_apps", "page", access.subscribe_page),
            ("GET", "/<page_id>/subscribed_apps", "page", access.subscribed_apps),
            ("DELETE", "/<page_id>/subscribed_apps", "page", access.unsubscribe_page),
            ("POST", "/<page_id>/messages", "page", messenger.send_message),
            ("GET", "/<conversation_id>/messages", "page", messenger.conversation_messages),
            ("GET", "/<page_id>/conversations", "page", messenger.conversations),
            ("GET", "/<page_id>/feed", "page", wall.feed),
            ("GET", "/<page_id>/published_posts", "page", wall.published_posts),
            ("GET", "/<page_id>/visitor_posts", "page", wall.visitor_posts),
            ("POST", "/<object_id>/comments", "page", wall.add_comment),
            ("GET", "/<object_id>/comments", "page", wall.list_comments),
            ("POST", "/<object_id>/likes", "page", wall.like),
            ("DELETE", "/<object_id>/likes", "page", wall.unlike),
            ("GET", "/<object_id>", "", wall.read_object),
            ("POST", "/<object_id>", "page", wall.change_object),
            ("DELETE", "/<object_id>", "page", wall.delete_object),
        )
    ]
)


def add_routes(blueprint: Blueprint, meta: MetaStandIn, fetch: Fetch = fetch) -> None:
    """Serve Graph under /graph/ of the blueprint."""

    @blueprint.route("/graph/<path:path>", methods=["GET", "POST", "DELETE"])
    def graph(path: str) -> Response:
        with meta.database.writing() as connection:
            striking = FAULTS.take(connection, writes=request.method != "GET")
        response = _answer(meta, fetch, _VERSION.sub("", path), striking)
        response.headers.update(_usage({fault.name for fault in striking}))
        with meta.database.writing() as connection:
            wire.log(Store(connection), response)
        wire.spoil(striking)
        return response


def _answer(meta: MetaStandIn, fetch: Fetch, path: str, striking: list[Armed]) -> Response:
    try:
        for armed in striking:
            if armed.name == "html_503":
                return Response("<html><body>Sorry, something went wrong.</body></html>", 503)
            if armed.fault.when == "instead" and armed.fault.error:
                raise armed.fault.error()
        result = _do(meta, fetch, path)
        for armed in striking:
            if armed.fault.when == "after" and armed.fault.error:
                raise armed.fault.error()
    except GraphError as error:
        trace = f"Sbx{milliseconds(meta.now()):x}"
        return _json(error.body(trace), error.status)
    return _json(result, 200)


def _do(meta: MetaStandIn, fetch: Fetch, path: str) -> Json:
    route, arguments = _route(path)
    params = _params()
    if route.token is not None:
        token = rules.check_token(_token(params), _known_tokens(meta.app), route.token)
        if not token.startswith(f"{meta.app.app_id}|"):
            rules.check_proof(meta.app.app_secret, token, params.get("appsecret_proof"))
    graph_url = request.base_url.removesuffix(f"/{path}")
    return route.call(Call(meta, fetch, graph_url, params), **arguments)


def _route(path: str) -> tuple[Route, Mapping[str, Any]]:
    try:
        endpoint, arguments = ROUTES.bind("").match(f"/{path}", method=request.method)
    except HTTPException as error:
        raise GraphError(2500, f"Unknown path components: /{path}") from error
    assert isinstance(endpoint, Route)
    return endpoint, arguments


def _params() -> dict[str, Any]:
    """Query, form and JSON body together, as Graph reads them."""
    params: dict[str, Any] = {**request.args.to_dict(), **request.form.to_dict()}
    if request.is_json:
        body = request.get_json(silent=True)
        if not isinstance(body, dict):
            raise GraphError(100, "(#100) The body is not a JSON object")
        params |= body
    return params


def _token(params: Mapping[str, Any]) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() in {"bearer", "oauth"}:
        return token.strip()
    return params.get("access_token")


def _known_tokens(app: AppSettings) -> dict[str, str]:
    return {
        PAGE_TOKEN: "page",
        USER_TOKEN: "user",
        LONG_USER_TOKEN: "user",
        f"{app.app_id}|{app.app_secret}": "app",
    }


def _json(body: Json, status: int) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json")


def _usage(striking: Collection[str]) -> dict[str, str]:
    """The three usage headers, in percent and minutes (Graph API, Rate limits)."""
    percent = 96 if "usage_high" in striking else 3
    usage = {"call_count": percent, "total_time": percent, "total_cputime": 1}
    minutes = 1 if "rate_limited" in striking else 0
    business = {"type": "pages", "estimated_time_to_regain_access": minutes, **usage}
    return {
        "X-App-Usage": json.dumps(usage),
        "X-Page-Usage": json.dumps(usage),
        "X-Business-Use-Case-Usage": json.dumps({PAGE_ID: [business]}),
    }
