"""The stand-in's switches for programs: events, faults, clock, state, log. JSON in and out.

Only bodies declared as JSON are taken, so that no page of another site can drive it through a
visitor's browser.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request

from hub.sandbox.meta import faults
from hub.sandbox.meta.oddities import ODDITIES
from hub.sandbox.meta.rules import GraphError
from hub.sandbox.meta.stand_in import MetaStandIn

Json = dict[str, Any]

#: Event kind -> the stand-in's method; the other keys of the body are its arguments.
EVENTS = frozenset(
    {
        "comment", "edit_comment", "remove_comment", "hide_comment", "visitor_post", "remove_post",
        "write", "sticker", "postback", "react", "edit_message", "read", "page_comments",
        "page_writes_outside",
    }
)  # fmt: skip


def add_routes(blueprint: Blueprint, meta: MetaStandIn) -> None:
    """Serve the switches under /_control/ of the blueprint."""

    def post(path: str, act: Callable[[MetaStandIn, Json], Json]) -> None:
        def view() -> Response:
            return _acted(meta, act)

        name = f"control_{path}"
        blueprint.add_url_rule(f"/_control/{path}", name, view, methods=["POST"])

    post("events", _event)
    post("oddities", _oddity)
    post("deliveries", _raw_delivery)
    post("faults", _fault)
    post("clock", _clock)
    post("people", _person)
    post("page", _page)
    post("reset", _reset)

    @blueprint.get("/_control/state")
    def control_state() -> Response:
        return _json(_state(meta))

    @blueprint.get("/_control/requests")
    def control_requests() -> Response:
        with meta.database.reading() as connection:
            rows = connection.execute("SELECT * FROM request ORDER BY id").fetchall()
        return _json({"requests": [dict(row) for row in rows]})


def _acted(meta: MetaStandIn, act: Callable[[MetaStandIn, Json], Json]) -> Response:
    body = request.get_json(silent=True) if request.is_json else None
    if not isinstance(body, dict):
        return _json({"error": "Send a JSON object, declared as application/json."}, 415)
    try:
        return _json(act(meta, body))
    except GraphError as error:
        return _json({"error": error.message}, 404)
    except (KeyError, TypeError, ValueError) as error:
        return _json({"error": f"{type(error).__name__}: {error}"}, 400)


def _event(meta: MetaStandIn, body: Json) -> Json:
    """{"kind": "comment", "post_id": …, "author": …, "text": …}: a method of the stand-in."""
    kind = body.pop("kind")
    if kind not in EVENTS:
        raise ValueError(f"kind must be one of {', '.join(sorted(EVENTS))}")
    happened = getattr(meta, kind)(**body)
    return {} if happened is None else asdict(happened)


def _oddity(meta: MetaStandIn, body: Json) -> Json:
    ODDITIES[body["name"]].send(meta)
    return {}


def _raw_delivery(meta: MetaStandIn, body: Json) -> Json:
    """{"entry": […], "signature": "both"|"sha1"|"wrong"}: delivered as it is."""
    meta.send_raw(body["entry"], body.get("signature", "both"))
    return {}


def _fault(meta: MetaStandIn, body: Json) -> Json:
    """{"name": …, "times": 1, "seconds": 20}; {"clear": true} switches all off."""
    with meta.database.writing() as connection:
        if body.get("clear"):
            faults.disarm(connection)
        else:
            faults.arm(
                connection, body["name"], int(body.get("times", 1)), float(body.get("seconds", 20))
            )
        return {"faults": [asdict(fault) for fault in faults.armed(connection)]}


def _clock(meta: MetaStandIn, body: Json) -> Json:
    """{"advance_seconds": 3600}; {"real": true} goes back to the machine's time."""
    if body.get("real"):
        meta.real_time()
    else:
        meta.advance(timedelta(seconds=float(body["advance_seconds"])))
    return {"now": meta.now()}


def _person(meta: MetaStandIn, body: Json) -> Json:
    """{"id": …, "blocked": true, "profile_hidden": false}"""
    meta.set_person(
        body["id"],
        blocked=bool(body.get("blocked")),
        profile_hidden=bool(body.get("profile_hidden")),
    )
    return {}


def _page(meta: MetaStandIn, body: Json) -> Json:
    """{"human_agent": true} and {"subscribed": false}, either or both."""
    if "human_agent" in body:
        meta.grant_human_agent(bool(body["human_agent"]))
    if "subscribed" in body:
        if body["subscribed"]:
            meta.subscribe_page()
        else:
            meta.subscribe_page(())
    return {}


def _reset(meta: MetaStandIn, body: Json) -> Json:
    meta.database.reset()
    return {}


def _state(meta: MetaStandIn) -> Json:
    with meta.database.reading() as connection:
        armed = faults.armed(connection)
    people = meta.people()
    posts = meta.posts()
    return {
        "now": meta.now(),
        "callback_url": meta.callback_url(),
        "faults": [asdict(fault) for fault in armed],
        "people": [asdict(person) for person in people],
        "posts": [asdict(p) | {"comments": [asdict(c) for c in meta.thread(p.id)]} for p in posts],
        "conversations": {
            person.id: [asdict(message) for message in meta.conversation(person.id)]
            for person in people
        },
        "deliveries": [
            asdict(delivery) | {"body": delivery.body.decode()} for delivery in meta.deliveries()
        ],
    }


def _json(body: Mapping[str, Any], status: int = 200) -> Response:
    text = json.dumps(body, default=_instant)
    return Response(text, status, mimetype="application/json")


def _instant(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
