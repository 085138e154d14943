"""Deliveries as they should not be and sometimes are, each seen in the field or in X's notes."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from hub.sandbox.x import access, account_activity, activity, webhooks
from hub.sandbox.x.identities import HANDLE, PEOPLE
from hub.sandbox.x.stand_in import XStandIn
from hub.sandbox.x.store import Store
from hub.sandbox.x.teller import Teller
from hub.sandbox.x.values import Message, Post

Json = dict[str, Any]
_AUTHOR = PEOPLE[1].id


@dataclass(frozen=True)
class Oddity:
    """One odd delivery: `send` queues it, and keeps in the state what the citizen really did."""

    label: LazyString
    send: Callable[[XStandIn], None]


@contextmanager
def _untold(x: XStandIn) -> Iterator[None]:
    """What happens inside is kept in the state and told to nobody."""
    with x.reading() as store:
        pushed = store.setting("webhooks")
    x.switch(webhooks=False)
    try:
        yield
    finally:
        x.switch(webhooks=True if pushed is None else pushed)


def _mention(x: XStandIn, words: str) -> Post:
    """A mention kept in the state but told by no webhook yet."""
    with _untold(x):
        return x.post(_AUTHOR, f"@{HANDLE} {words}")


def _payload(x: XStandIn, post: Post) -> Json:
    """One delivery that tells of a mention, in the shape in force."""
    with x.reading() as store:
        teller = Teller(store, x.keys)
        told = account_activity.post_created(teller, post)
        kept = access.Kept(store.now(), told, activity.posted(teller, post))
        payloads = webhooks.told(store, kept)
    return payloads[0] if payloads else told


def _message(x: XStandIn, words: str) -> tuple[Message, Json]:
    """A direct message that no webhook has told yet, and the delivery that does."""
    with _untold(x):
        said = x.write(_AUTHOR, words)
    with x.reading() as store:
        teller = Teller(store, x.keys)
        told = account_activity.message(teller, said)
        kept = access.Kept(store.now(), told, [activity.message(teller, said)])
        payloads = webhooks.told(store, kept)
    return said, payloads[0] if payloads else told


def _delivered_twice(x: XStandIn) -> None:
    payload = _payload(x, _mention(x, "cette livraison arrive deux fois."))
    x.send_raw(payload)
    x.send_raw(payload)


def _reply_before_parent(x: XStandIn) -> None:
    """Somebody goes on from their own mention, and the second post is told first."""
    first = _mention(x, "le car de 7 h est supprimé ?")
    with _untold(x):
        second = x.reply(_AUTHOR, first.id, f"@{HANDLE} Et celui de 8 h ?")
    x.send_raw(_payload(x, second))
    x.send_raw(_payload(x, first))


def _edit_before_post(x: XStandIn) -> None:
    first = _mention(x, "quand ouvre la piscne de Saint-Aubin ?")
    told = _payload(x, first)
    with _untold(x):
        edited = x.edit(first.id, f"@{HANDLE} quand ouvre la piscine de Saint-Aubin ?")
    x.send_raw(_payload(x, edited))
    x.send_raw(told)


def _batch_of_two(x: XStandIn) -> None:
    """Arrays may hold several; only Account Activity has arrays."""
    posts = [_mention(x, f"message {number} sur deux.") for number in (1, 2)]
    with x.reading() as store:
        teller = Teller(store, x.keys)
        one, two = (account_activity.post_created(teller, post) for post in posts)
    one["tweet_create_events"] += two["tweet_create_events"]
    x.send_raw(one)


def _ids_as_numbers(x: XStandIn) -> None:
    """Every id as a number alone, with all its digits."""
    post = _mention(x, "mes identifiants sont des nombres.")
    with x.reading() as store:
        told = account_activity.post_created(Teller(store, x.keys), post)
    x.send_raw(_numbered(told))


def _negative_uuid(x: XStandIn) -> None:
    payload = _activity(x, _mention(x, "le numéro de cet événement est négatif."))
    payload["data"]["event_uuid"] = "-2781149976877970683"
    x.send_raw(payload)


def _includes_nobody(x: XStandIn) -> None:
    payload = _activity(x, _mention(x, "qui suis-je ? X ne le dit pas."))
    payload["data"]["includes"] = {}
    x.send_raw(payload)


def _bare_envelope(x: XStandIn) -> None:
    """As in the earliest example: neither number nor includes."""
    payload = _activity(x, _mention(x, "une enveloppe des débuts."))
    for name in ("event_uuid", "includes"):
        payload["data"].pop(name, None)
    x.send_raw(payload)


def _users_without_sender(x: XStandIn) -> None:
    said, payload = _message(x, "Bonjour, X oublie de dire mon nom.")
    users = payload.get("users") or payload["data"]["payload"]["users"]
    del users[said.person_id]
    x.send_raw(payload)


def _unknown_event(x: XStandIn) -> None:
    x.send_raw({"data": {"event_type": "space.start", "payload": {"id": "1"}}})


def _wrong_signature(x: XStandIn) -> None:
    """Nobody wrote this: it stands in no timeline."""
    with x.database.writing() as connection:
        new_id = Store(connection).new_id()
    forged = Post(
        id=new_id, first_id=new_id, author_id=_AUTHOR, text=f"@{HANDLE} personne n’a écrit ceci.",
        created_at=x.now(), conversation_id=new_id,
    )  # fmt: skip
    with x.reading() as store:
        payload = _forged(Teller(store, x.keys), forged)
    x.send_raw(payload, "wrong")


def _activity(x: XStandIn, post: Post) -> Json:
    """The delivery of X Activity, whatever the shape in force."""
    with x.reading() as store:
        (event,) = activity.posted(Teller(store, x.keys), post)
    return activity.envelope(event, "2781149976877970683", "post-mention-create")


def _forged(teller: Teller, post: Post) -> Json:
    payload = {"id": post.id, "author_id": post.author_id, "text": post.text}
    event = {"event_type": "post.mention.create", "payload": payload}
    return activity.envelope(event, "1", "post-mention-create")


def _numbered(value: Any) -> Any:
    if isinstance(value, list):
        return [_numbered(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {name: _numbered(item) for name, item in value.items() if not name.endswith("id_str")}
    for name, item in value.items():
        if name.endswith("id_str"):
            found[name.removesuffix("_str")] = None if item is None else int(item)
    return found


ODDITIES: Mapping[str, Oddity] = {
    "delivered_twice": Oddity(_l("The same delivery twice"), _delivered_twice),
    "reply_before_parent": Oddity(_l("A reply before the post it answers"), _reply_before_parent),
    "edit_before_post": Oddity(_l("An edit before its post"), _edit_before_post),
    "batch_of_two": Oddity(_l("Two posts in one delivery"), _batch_of_two),
    "ids_as_numbers": Oddity(_l("Ids as numbers, not as text"), _ids_as_numbers),
    "negative_uuid": Oddity(_l("An event with a negative number"), _negative_uuid),
    "includes_nobody": Oddity(_l("A mention without its author’s name"), _includes_nobody),
    "bare_envelope": Oddity(_l("A mention in a bare envelope"), _bare_envelope),
    "users_without_sender": Oddity(
        _l("A private message without its sender’s name"), _users_without_sender
    ),
    "unknown_event": Oddity(_l("An event nobody knows"), _unknown_event),
    "wrong_signature": Oddity(_l("A forged delivery"), _wrong_signature),
}
