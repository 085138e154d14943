"""The front of X's API: callers, windows, faults, the log of requests, and which call is which."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from hub import clock
from hub.sandbox import wire
from hub.sandbox.faults import Armed
from hub.sandbox.x import auth, limits, rules, switches
from hub.sandbox.x.auth import Kind
from hub.sandbox.x.calls import Call, Json, media, messages, oauth, people, posts, subscriptions
from hub.sandbox.x.calls import webhooks as hooks
from hub.sandbox.x.faults import FAULTS
from hub.sandbox.x.limits import Limit, TooMany
from hub.sandbox.x.rules import XError
from hub.sandbox.x.stand_in import XStandIn
from hub.sandbox.x.store import Store

Does = Callable[..., Json | Response]

USER: tuple[Kind, ...] = ("user1", "user2")
ANYONE: tuple[Kind, ...] = ("app", "user1", "user2")
APP: tuple[Kind, ...] = ("app",)


@dataclass(frozen=True)
class Route:
    """A call: who may make it, with which scopes of OAuth 2, how often, and the status of its
    success. `says`: it says something in the council's name."""

    does: Does
    callers: tuple[Kind, ...]
    scopes: str
    limit: Limit
    status: int = 200
    says: bool = False


_READ = "tweet.read users.read"
_WRITE = "tweet.read tweet.write users.read"
_DM_READ = "dm.read tweet.read users.read"
_DM_WRITE = "dm.read dm.write tweet.read users.read"
_HOOKS = Limit(app=450)
_ACTIVITY = Limit(app=500, user=500)
_ACCOUNT = Limit(app=500, user=500)
_DM_READS = Limit(user=15)
_UPLOADS = Limit(user=1875)

_ROUTES: tuple[tuple[str, str, Route], ...] = (
    ("POST", "/tweets", Route(
        posts.create, USER, _WRITE, Limit(user=100, app_day=10_000), status=201, says=True)),
    ("GET", "/tweets", Route(posts.several, ANYONE, _READ, Limit(user=5000, app=3500))),
    ("GET", "/tweets/<post_id>", Route(posts.one, ANYONE, _READ, Limit(user=900, app=450))),
    ("DELETE", "/tweets/<post_id>", Route(posts.delete, USER, _WRITE, Limit(user=50))),
    ("PUT", "/tweets/<post_id>/hidden", Route(
        posts.hide, USER, "tweet.read tweet.moderate.write users.read", Limit(user=50))),
    ("GET", "/users/me", Route(people.me, USER, _READ, Limit(user=75))),
    ("GET", "/users/<user_id>", Route(people.one, ANYONE, _READ, Limit(user=900, app=300))),
    ("GET", "/users/<user_id>/mentions", Route(
        people.mentions, ANYONE, _READ, Limit(user=300, app=450))),
    ("GET", "/users/<user_id>/tweets", Route(
        people.timeline, ANYONE, _READ, Limit(user=900, app=1500))),
    ("POST", "/users/<user_id>/likes", Route(
        posts.like, USER, "like.write tweet.read users.read", Limit(user=50, user_day=1000))),
    ("GET", "/dm_events", Route(messages.events, USER, _DM_READ, _DM_READS)),
    ("GET", "/dm_events/<event_id>", Route(messages.event, USER, _DM_READ, _DM_READS)),
    ("DELETE", "/dm_events/<event_id>", Route(messages.delete, USER, _DM_WRITE, Limit(user=300))),
    ("GET", "/dm_conversations/with/<participant_id>/dm_events", Route(
        messages.events_with, USER, _DM_READ, _DM_READS)),
    ("POST", "/dm_conversations/with/<participant_id>/messages", Route(
        messages.send, USER, _DM_WRITE, Limit(user=15, user_day=1440), status=201, says=True)),
    ("GET", "/dm_conversations/media/<event_id>/<media_id>/<resource>", Route(
        media.private, USER, "dm.read", Limit(user=900))),
    ("POST", "/media/upload", Route(media.upload, USER, "media.write", Limit(user=500))),
    ("GET", "/media/upload", Route(media.status, USER, "media.write", _UPLOADS)),
    ("POST", "/media/upload/initialize", Route(media.initialize, USER, "media.write", _UPLOADS)),
    ("POST", "/media/upload/<media_id>/append", Route(
        media.append, USER, "media.write", _UPLOADS)),
    ("POST", "/media/upload/<media_id>/finalize", Route(
        media.finalize, USER, "media.write", _UPLOADS)),
    ("POST", "/media/metadata", Route(media.describe, USER, "media.write", Limit(user=500))),
    ("POST", "/webhooks", Route(hooks.create, APP, "", _HOOKS)),
    ("GET", "/webhooks", Route(hooks.listed, APP, "", _HOOKS)),
    ("PUT", "/webhooks/<webhook_id>", Route(hooks.validate, APP, "", _HOOKS)),
    ("DELETE", "/webhooks/<webhook_id>", Route(hooks.delete, APP, "", _HOOKS)),
    ("POST", "/webhooks/replay", Route(hooks.replay, APP, "", Limit(app=100))),
    ("POST", "/account_activity/replay/webhooks/<webhook_id>/subscriptions/all", Route(
        hooks.replay_account_activity, APP, "", Limit(app=100))),
    ("POST", "/activity/subscriptions", Route(
        subscriptions.create, ("app", "user2"), _READ, _ACTIVITY)),
    ("GET", "/activity/subscriptions", Route(
        subscriptions.listed, ("app", "user2"), _READ, _ACTIVITY)),
    ("PUT", "/activity/subscriptions/<subscription_id>", Route(
        subscriptions.update, ("app", "user2"), _READ, _ACTIVITY)),
    ("DELETE", "/activity/subscriptions/<subscription_id>", Route(
        subscriptions.delete, ("app", "user2"), _READ, _ACTIVITY)),
    ("POST", "/account_activity/webhooks/<webhook_id>/subscriptions/all", Route(
        subscriptions.subscribe, USER, _DM_READ, _ACCOUNT)),
    ("GET", "/account_activity/webhooks/<webhook_id>/subscriptions/all", Route(
        subscriptions.is_subscribed, USER, _DM_READ, _ACCOUNT)),
    ("GET", "/account_activity/webhooks/<webhook_id>/subscriptions/all/list", Route(
        subscriptions.subscribers, APP, "", _ACCOUNT)),
    ("DELETE", "/account_activity/webhooks/<webhook_id>/subscriptions/<user_id>/all", Route(
        subscriptions.unsubscribe, APP, "", _ACCOUNT)),
    ("GET", "/account_activity/subscriptions/count", Route(
        subscriptions.count, APP, "", _ACCOUNT)),
)  # fmt: skip
ROUTES = Map([Rule(path, methods=[method], endpoint=route) for method, path, route in _ROUTES])
#: Where older addresses of private pictures begin.
_PICTURES = Route(media.private, USER, "dm.read", Limit(user=900))


def add_routes(blueprint: Blueprint, x: XStandIn) -> None:
    """Serve X under /x/ of the blueprint."""

    @blueprint.route("/x/2/<path:path>", methods=["GET", "POST", "PUT", "DELETE"])
    def x_api(path: str) -> Response:
        if (request.method, path) == ("POST", "oauth2/token"):
            return _logged(x, _plain(lambda: oauth.token(x, request)))
        try:
            route, arguments = _route(path)
        except XError as error:
            return _logged(x, _json(error.body, error.status))
        return _called(x, route, arguments)

    @blueprint.post("/x/oauth2/token")
    def x_app_token() -> Response:
        return _logged(x, _plain(lambda: oauth.app_token(x, request)))

    @blueprint.get("/x/1.1/ton/data/dm/<event_id>/<media_id>/<resource>")
    def x_private_picture(**arguments: str) -> Response:
        return _called(x, _PICTURES, arguments)

    @blueprint.get("/x/media/<media_id>")
    def x_media(media_id: str) -> Response:
        with x.reading() as store:
            found = store.media(media_id)
        return Response(status=404) if found is None else media.file(found)


def _called(x: XStandIn, route: Route, arguments: Mapping[str, Any]) -> Response:
    with x.database.writing() as connection:
        striking = FAULTS.take(connection, writes=route.says)
    response = _answer(x, route, arguments, striking)
    _logged(x, response)
    wire.spoil(striking)
    return response


def _answer(
    x: XStandIn, route: Route, arguments: Mapping[str, Any], striking: list[Armed]
) -> Response:
    headers: dict[str, str] = {}
    try:
        for armed in striking:
            if armed.name == "html_503":
                return Response("<html><body><h1>503 Over capacity</h1></body></html>", 503)
            if armed.fault.when == "instead" and armed.fault.error:
                headers = _refill(armed)
                raise armed.fault.error()
        caller, headers = _admit(x, route)
        result = route.does(_call(x, caller), **arguments)
        for armed in striking:
            if armed.fault.when == "after" and armed.fault.error:
                raise armed.fault.error()
        response = result if isinstance(result, Response) else _json(result, route.status)
    except TooMany as many:
        headers = many.headers
        response = _json(many.error.body, many.error.status)
    except XError as error:
        response = _json(error.body, error.status)
    response.headers.update(headers)
    return response


def _route(path: str) -> tuple[Route, Mapping[str, Any]]:
    try:
        endpoint, arguments = ROUTES.bind("").match(f"/{path}", method=request.method)
    except HTTPException as error:
        status = error.code if error.code == 405 else 404
        title = "Method Not Allowed" if status == 405 else "Not Found"
        raise rules.problem(status or 404, title, title) from error
    assert isinstance(endpoint, Route)
    return endpoint, arguments


def _admit(x: XStandIn, route: Route) -> tuple[auth.Caller, dict[str, str]]:
    """Who calls, and the headers that count the call."""
    with x.database.writing() as connection:
        store = Store(connection)
        caller = auth.caller(request, store, x.keys, route.callers, route.scopes)
        if not switches.read(store, "limits"):
            return caller, {}
        name = f"{route.does.__module__}.{route.does.__qualname__}"
        return caller, limits.count(store, name, route.limit, caller.who)


def _call(x: XStandIn, caller: auth.Caller) -> Call:
    body: Any = {}
    if request.get_data(cache=True, parse_form_data=not request.is_json):
        body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise rules.invalid("The body must be a JSON object")
    return Call(x, caller, request.args.to_dict(), body, request.form, request.files)


def _refill(armed: Armed) -> dict[str, str]:
    """No call is left for a while, when that is the fault."""
    if armed.name != "rate_limited":
        return {}
    reset = clock.now() + timedelta(seconds=armed.seconds)
    return limits.Count(limit=100, used=100, reset=reset).headers("rate-limit")


def _plain(act: Callable[[], Json]) -> Response:
    """A call at the token endpoint."""
    try:
        return _json(act(), 200)
    except XError as error:
        return _json(error.body, error.status)


def _logged(x: XStandIn, response: Response) -> Response:
    with x.database.writing() as connection:
        wire.log(Store(connection), response)
    return response


def _json(body: Json, status: int) -> Response:
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, status, mimetype="application/json")
