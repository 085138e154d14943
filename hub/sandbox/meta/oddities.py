"""Deliveries as they should not be and sometimes are, each seen in the field or in Meta's notes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from hub.sandbox.meta import payloads
from hub.sandbox.meta.identities import PAGE_ID, PEOPLE
from hub.sandbox.meta.payloads import messaging_entry
from hub.sandbox.meta.stand_in import THUMB, MetaStandIn
from hub.sandbox.meta.store import Store
from hub.sandbox.meta.values import Comment, Message
from hub.sandbox.values import milliseconds

Json = dict[str, Any]
_AUTHOR = PEOPLE[1]


@dataclass(frozen=True)
class Oddity:
    """One odd delivery: `send` queues it, and keeps in the state what the citizen really did."""

    label: LazyString
    send: Callable[[MetaStandIn], None]


def _message(meta: MetaStandIn, text: str = "", *attachments: Json) -> Message:
    """A message kept in the state but told by no webhook yet."""
    with meta.database.writing() as connection:
        store = Store(connection)
        message = Message(
            mid=store.new_mid(),
            psid=_AUTHOR.id,
            from_page=False,
            kind="message",
            text=text,
            attachments=attachments,
            created_at=store.now(),
        )
        store.add_message(message)
        return message


def _comment(meta: MetaStandIn, text: str) -> Comment:
    """A comment kept in the state but told by no webhook yet."""
    post = meta.posts()[0]
    with meta.database.writing() as connection:
        store = Store(connection)
        return store.new_comment(
            post_id=post.id, parent_id=None, author_id=_AUTHOR.id, text=text, at=store.now()
        )


def _change(meta: MetaStandIn, comment: Comment, verb: str, **others: Any) -> Json:
    post = next(post for post in meta.posts() if post.id == comment.post_id)
    value = payloads.comment_value(meta.app, comment, post, _AUTHOR, verb) | others
    return payloads.feed_entry(value, meta.now())


def _messaging(meta: MetaStandIn, *items: Json) -> None:
    meta.send_raw([messaging_entry(*items, sent_at=meta.now())])


def _duplicate_mid(meta: MetaStandIn) -> None:
    item = payloads.message_item(_message(meta, "Bonjour, ce message arrive deux fois."))
    _messaging(meta, item, item)


def _delivered_twice(meta: MetaStandIn) -> None:
    item = payloads.message_item(_message(meta, "Bonjour, cette livraison arrive deux fois."))
    entry = messaging_entry(item, sent_at=meta.now())
    meta.send_raw([entry])
    meta.send_raw([entry])


def _from_absent(meta: MetaStandIn) -> None:
    entry = _change(meta, _comment(meta, "Qui suis-je ? Facebook ne le dit pas."), "add")
    del entry["changes"][0]["value"]["from"]
    meta.send_raw([entry])


def _remove_before_add(meta: MetaStandIn) -> None:
    comment = _comment(meta, "Commentaire retiré aussitôt.")
    with meta.database.writing() as connection:
        Store(connection).remove_comment(comment.id, meta.now())
    meta.send_raw([_change(meta, comment, "remove")])
    meta.send_raw([_change(meta, comment, "add")])


def _edited_before_add(meta: MetaStandIn) -> None:
    first = _comment(meta, "Le car de 7 h passe t il ?")
    with meta.database.writing() as connection:
        store = Store(connection)
        edited = store.change_comment(
            first.id, text="Le car de 7 h passe-t-il demain ?", edited_at=store.now()
        )
    meta.send_raw([_change(meta, edited, "edited")])
    meta.send_raw([_change(meta, first, "add")])


def _sticker_twins(meta: MetaStandIn) -> None:
    payload = {"url": meta.app.file_url("thumb.png"), "sticker_id": THUMB}
    twins = [{"type": kind, "payload": payload} for kind in ("sticker", "image")]
    told = _message(meta, "", *twins)
    _messaging(meta, payloads.message_item(told))


def _fallback_without_payload(meta: MetaStandIn) -> None:
    item = payloads.message_item(_message(meta, "Regardez : https://www.example.org/horaires"))
    item["message"]["attachments"] = [{"type": "fallback", "payload": None}]
    _messaging(meta, item)


def _unknown_attachment(meta: MetaStandIn) -> None:
    """It stands between two plain messages, which must not suffer."""
    before, odd, after = (
        payloads.message_item(_message(meta, text))
        for text in ("Message avant la pièce inconnue.", "", "Message après la pièce inconnue.")
    )
    odd["message"]["attachments"] = [{"type": "hologram", "payload": {"depth": 3}}]
    _messaging(meta, before, odd, after)


def _item_without_known_key(meta: MetaStandIn) -> None:
    item = payloads.message_item(_message(meta, "Message voisin d’un événement inconnu."))
    unknown = {key: item[key] for key in ("sender", "recipient", "timestamp")}
    _messaging(meta, unknown | {"community_moment": {"kind": "new"}}, item)


def _standby(meta: MetaStandIn) -> None:
    item = payloads.message_item(_message(meta, "Allô ? Un autre outil tient la conversation."))
    meta.send_raw([messaging_entry(item, sent_at=meta.now(), key="standby")])


def _entry_with_only_id(meta: MetaStandIn) -> None:
    item = payloads.message_item(_message(meta, "Message voisin d’une entrée vide."))
    meta.send_raw([{"id": PAGE_ID}, messaging_entry(item, sent_at=meta.now())])


def _timestamp_in_seconds(meta: MetaStandIn) -> None:
    message = _message(meta, "Ce message est daté en secondes.")
    item = payloads.message_item(message)
    item["timestamp"] = milliseconds(message.created_at) // 1000
    _messaging(meta, item)


def _badly_signed(signature: str) -> Callable[[MetaStandIn], None]:
    def send(meta: MetaStandIn) -> None:
        now = meta.now()
        forged = Message(
            mid=f"m_forged_{milliseconds(now)}", psid=_AUTHOR.id, from_page=False, kind="message",
            text="Personne n’a écrit ceci.", attachments=(), created_at=now,
        )  # fmt: skip
        entry = messaging_entry(payloads.message_item(forged), sent_at=now)
        meta.send_raw([entry], "sha1" if signature == "sha1" else "wrong")

    return send


ODDITIES: Mapping[str, Oddity] = {
    "duplicate_mid": Oddity(_l("The same message twice in one batch"), _duplicate_mid),
    "delivered_twice": Oddity(_l("The same delivery twice"), _delivered_twice),
    "from_absent": Oddity(_l("A comment without its author"), _from_absent),
    "remove_before_add": Oddity(_l("A removal before its comment"), _remove_before_add),
    "edited_before_add": Oddity(_l("An edit before its comment"), _edited_before_add),
    "sticker_twins": Oddity(_l("One sticker told as two"), _sticker_twins),
    "fallback_without_payload": Oddity(
        _l("A link preview without content"), _fallback_without_payload
    ),
    "unknown_attachment": Oddity(_l("An unknown attachment in the middle"), _unknown_attachment),
    "item_without_known_key": Oddity(
        _l("An unknown event beside a message"), _item_without_known_key
    ),
    "standby": Oddity(_l("A message while another tool holds the conversation"), _standby),
    "entry_with_only_id": Oddity(_l("An empty entry beside a message"), _entry_with_only_id),
    "timestamp_in_seconds": Oddity(_l("A message dated in seconds"), _timestamp_in_seconds),
    "sha1_only": Oddity(_l("A delivery with the old signature only"), _badly_signed("sha1")),
    "wrong_signature": Oddity(_l("A forged delivery"), _badly_signed("wrong")),
}
