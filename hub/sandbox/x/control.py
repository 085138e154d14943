"""X's switches for programs, under /x/_control/."""

from dataclasses import asdict

from flask import Blueprint

from hub.sandbox import control
from hub.sandbox.control import Json
from hub.sandbox.x import access, switches
from hub.sandbox.x.faults import FAULTS
from hub.sandbox.x.identities import ACCOUNT_ID
from hub.sandbox.x.oddities import ODDITIES
from hub.sandbox.x.stand_in import XStandIn

#: What may happen: methods of the stand-in.
EVENTS = frozenset(
    {
        "post", "reply", "quote", "repost", "edit", "delete", "like", "unlike", "write",
        "write_encrypted", "read_messages", "council_posts", "council_writes", "revoke",
    }
)  # fmt: skip


def add_routes(blueprint: Blueprint, x: XStandIn) -> None:
    """Serve the switches under /x/_control/ of the blueprint."""
    control.add_routes(
        blueprint,
        "/x/_control",
        {
            "events": control.event(x, EVENTS),
            "oddities": lambda body: _oddity(x, body),
            "deliveries": lambda body: _raw_delivery(x, body),
            "faults": control.fault(x, FAULTS),
            "clock": control.clock(x),
            "people": lambda body: _person(x, body),
            "switches": lambda body: _switch(x, body),
            "webhook": lambda body: _webhook(x, body),
            "grant": lambda body: {"code": x.authorise()} if body.get("code") else dict(x.grant()),
            "reset": control.reset(x),
        },
        {"state": lambda: _state(x), "requests": control.requests(x)},
    )


def _oddity(x: XStandIn, body: Json) -> Json:
    ODDITIES[body["name"]].send(x)
    return {}


def _raw_delivery(x: XStandIn, body: Json) -> Json:
    """{"payload": {…}, "signature": "right"|"wrong"}: delivered as it is."""
    x.send_raw(body["payload"], body.get("signature", "right"))
    return {}


def _person(x: XStandIn, body: Json) -> Json:
    """{"id": …, "blocks": true, "protected": false}, either or both."""
    x.set_person(body["id"], blocks=body.get("blocks"), protected=body.get("protected"))
    return {}


def _switch(x: XStandIn, body: Json) -> Json:
    """{"webhooks": false, "level": "enterprise", …}: see SWITCHES. Gives how all now stand."""
    x.switch(**body)
    with x.reading() as store:
        return switches.everything(store)


def _webhook(x: XStandIn, body: Json) -> Json:
    """{"valid": false} makes the webhook invalid; {"check": true} lets X ask for its proof."""
    if body.get("valid") is False:
        x.invalidate_webhook()
    if body.get("check"):
        x.check_webhook()
    with x.reading() as store:
        return {"webhooks": [asdict(webhook) for webhook in access.webhooks(store)]}


def _state(x: XStandIn) -> Json:
    with x.reading() as store:
        people = [one for one in store.people() if one.id != ACCOUNT_ID]
        return {
            "now": store.now(),
            "switches": switches.everything(store),
            "callback_url": x.callback_url(),
            "webhooks": [asdict(webhook) for webhook in access.webhooks(store)],
            "subscriptions": [asdict(one) for one in access.subscriptions(store)],
            "faults": [fault.facts() for fault in FAULTS.armed(store.connection)],
            "account": {"id": ACCOUNT_ID},
            "people": [asdict(person) for person in people],
            "posts": [asdict(post) for post in store.posts()],
            "conversations": {
                person.id: [asdict(message) for message in store.messages(person.id)]
                for person in people
            },
            "deliveries": control.deliveries(x),
        }
