"""Meta's switches for programs, under /_control/."""

from dataclasses import asdict

from flask import Blueprint

from hub.sandbox import control
from hub.sandbox.control import Json
from hub.sandbox.meta.faults import FAULTS
from hub.sandbox.meta.oddities import ODDITIES
from hub.sandbox.meta.stand_in import MetaStandIn

#: What may happen: methods of the stand-in.
EVENTS = frozenset(
    {
        "comment", "edit_comment", "remove_comment", "hide_comment", "visitor_post", "remove_post",
        "write", "sticker", "postback", "react", "edit_message", "read", "page_comments",
        "page_writes_outside",
    }
)  # fmt: skip


def add_routes(blueprint: Blueprint, meta: MetaStandIn) -> None:
    """Serve the switches under /_control/ of the blueprint."""
    control.add_routes(
        blueprint,
        "/_control",
        {
            "events": control.event(meta, EVENTS),
            "oddities": lambda body: _oddity(meta, body),
            "deliveries": lambda body: _raw_delivery(meta, body),
            "faults": control.fault(meta, FAULTS),
            "clock": control.clock(meta),
            "people": lambda body: _person(meta, body),
            "page": lambda body: _page(meta, body),
            "reset": control.reset(meta),
        },
        {"state": lambda: _state(meta), "requests": control.requests(meta)},
    )


def _oddity(meta: MetaStandIn, body: Json) -> Json:
    ODDITIES[body["name"]].send(meta)
    return {}


def _raw_delivery(meta: MetaStandIn, body: Json) -> Json:
    """{"entry": […], "signature": "both"|"sha1"|"wrong"}: delivered as it is."""
    meta.send_raw(body["entry"], body.get("signature", "both"))
    return {}


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


def _state(meta: MetaStandIn) -> Json:
    with meta.database.reading() as connection:
        armed = FAULTS.armed(connection)
    people = meta.people()
    posts = meta.posts()
    return {
        "now": meta.now(),
        "callback_url": meta.callback_url(),
        "faults": [fault.facts() for fault in armed],
        "people": [asdict(person) for person in people],
        "posts": [asdict(p) | {"comments": [asdict(c) for c in meta.thread(p.id)]} for p in posts],
        "conversations": {
            person.id: [asdict(message) for message in meta.conversation(person.id)]
            for person in people
        },
        "deliveries": control.deliveries(meta),
    }
