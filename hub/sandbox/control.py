"""Switches for programs: events, faults, clock, state, log. JSON in and out.

Only bodies declared as JSON are taken, so that no page of another site can drive a stand-in
through a visitor's browser. Each network hangs its own switches in, beside those that all have.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request

from hub.sandbox.faults import Faults, Refusal
from hub.sandbox.stand_in import StandIn

Json = dict[str, Any]
Act = Callable[[Json], Json]
Read = Callable[[], Json]


def add_routes(
    blueprint: Blueprint, path: str, acts: Mapping[str, Act], reads: Mapping[str, Read]
) -> None:
    """Serve `acts` to POST and `reads` to GET, each by its name under `path` of the blueprint."""
    place = path.strip("/").replace("/", "_")
    for name, act in acts.items():
        blueprint.add_url_rule(f"{path}/{name}", f"{place}_{name}", _post(act), methods=["POST"])
    for name, read in reads.items():
        blueprint.add_url_rule(f"{path}/{name}", f"{place}_{name}", _get(read))


def event(stand_in: StandIn[Any], kinds: Collection[str]) -> Act:
    """{"kind": …, …}: a method of the stand-in, with the other keys as its arguments."""

    def act(body: Json) -> Json:
        kind = body.pop("kind")
        if kind not in kinds:
            raise ValueError(f"kind must be one of {', '.join(sorted(kinds))}")
        happened = getattr(stand_in, kind)(**body)
        return {} if happened is None else asdict(happened)

    return act


def fault(stand_in: StandIn[Any], faults: Faults) -> Act:
    """{"name": …, "times": 1, "seconds": 20, "any_call": false}; {"clear": true} switches all
    off."""

    def act(body: Json) -> Json:
        with stand_in.database.writing() as connection:
            if body.get("clear"):
                faults.disarm(connection)
            else:
                faults.arm(
                    connection,
                    body["name"],
                    int(body.get("times", 1)),
                    float(body.get("seconds", 20)),
                    body.get("any_call"),
                )
            return {"faults": [armed.facts() for armed in faults.armed(connection)]}

    return act


def clock(stand_in: StandIn[Any]) -> Act:
    """{"advance_seconds": 3600}; {"real": true} goes back to the machine's time."""

    def act(body: Json) -> Json:
        if body.get("real"):
            stand_in.real_time()
        else:
            stand_in.advance(timedelta(seconds=float(body["advance_seconds"])))
        return {"now": stand_in.now()}

    return act


def reset(stand_in: StandIn[Any]) -> Act:
    """Both networks and the mails start anew: they share one file."""

    def act(body: Json) -> Json:
        stand_in.database.reset()
        return {}

    return act


def requests(stand_in: StandIn[Any]) -> Read:
    """The latest calls of this network, oldest first."""

    def read() -> Json:
        with stand_in.reading() as store:
            rows = store.connection.execute(
                "SELECT * FROM request WHERE network = ? ORDER BY id", (store.network,)
            ).fetchall()
        return {"requests": [dict(row) for row in rows]}

    return read


def deliveries(stand_in: StandIn[Any]) -> list[Json]:
    """The latest webhooks, with their bodies as text."""
    return [asdict(one) | {"body": one.body.decode()} for one in stand_in.deliveries()]


def _post(act: Act) -> Callable[[], Response]:
    def view() -> Response:
        body = request.get_json(silent=True) if request.is_json else None
        if not isinstance(body, dict):
            return _json({"error": "Send a JSON object, declared as application/json."}, 415)
        try:
            return _json(act(body))
        except Refusal as error:
            return _json({"error": error.message}, 404)
        except (KeyError, TypeError, ValueError) as error:
            return _json({"error": f"{type(error).__name__}: {error}"}, 400)

    return view


def _get(read: Read) -> Callable[[], Response]:
    def view() -> Response:
        return _json(read())

    return view


def _json(body: Mapping[str, Any], status: int = 200) -> Response:
    text = json.dumps(body, default=_instant)
    return Response(text, status, mimetype="application/json")


def _instant(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
