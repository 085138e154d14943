"""The Send API and the conversations."""

from collections.abc import Mapping
from typing import Any

from hub.sandbox.meta import rules
from hub.sandbox.meta.calls import Call, Json, check_own
from hub.sandbox.meta.fields import page_of
from hub.sandbox.meta.identities import PAGE_ID
from hub.sandbox.meta.rules import GraphError
from hub.sandbox.meta.store import Store
from hub.sandbox.meta.values import Person


def send_message(call: Call, page_id: str) -> Json:
    """The Send API, private replies included."""
    check_own(page_id, PAGE_ID)
    recipient = call.structure("recipient")
    if call.text("sender_action"):
        return {"recipient_id": _person_of(call, str(recipient.get("id"))).id}
    message = call.structure("message")
    rules.check_message(message)
    attachments = _attachments(call, message)
    target = str(recipient.get("comment_id") or recipient.get("post_id") or "")
    psid = _private_reply_to(call, target) if target else _open_window(call, recipient)
    said = call.meta.page_says(
        psid,
        str(message.get("text") or ""),
        attachments=attachments,
        metadata=str(message.get("metadata") or ""),
        reply_to=call.structure("reply_to").get("mid"),
        private_reply_to=target,
    )
    return {"recipient_id": psid, "message_id": said.mid}


def _open_window(call: Call, recipient: Mapping[str, Any]) -> str:
    person = _person_of(call, str(recipient.get("id")))
    with call.meta.database.reading() as connection:
        store = Store(connection)
        rules.check_window(
            messaging_type=call.text("messaging_type") or "RESPONSE",
            tag=call.text("tag"),
            human_agent=store.setting("human_agent", call.meta.app.human_agent),
            last_action_at=store.last_action_at(person.id),
            now=store.now(),
        )
    return person.id


def _private_reply_to(call: Call, target_id: str) -> str:
    with call.meta.database.reading() as connection:
        store = Store(connection)
        target = store.comment(target_id) or store.post(target_id)
        author_id = rules.check_private_reply(target, store.now()).author_id
    return _person_of(call, author_id).id


def _person_of(call: Call, psid: str) -> Person:
    with call.meta.database.reading() as connection:
        return rules.check_recipient(Store(connection).person(psid))


def _attachments(call: Call, message: Mapping[str, Any]) -> list[Json]:
    """Meta fetches the file itself, before anything is said."""
    attachment = message.get("attachment")
    if not attachment:
        return []
    url = str((attachment.get("payload") or {}).get("url") or "")
    if not url.startswith(("http://", "https://")) or call.fetch(url) != 200:
        raise GraphError(100, "(#100) Failed to fetch the file from the url", subcode=2018008)
    return [{"type": attachment["type"], "payload": {"url": url}}]


def conversations(call: Call, page_id: str) -> Json:
    check_own(page_id, PAGE_ID)
    with call.meta.database.reading() as connection:
        store = Store(connection)
        nodes = call.nodes(store)
        only = call.text("user_id")
        items = [
            nodes.conversation(psid, latest, call.wanted)
            for psid, latest in store.people_who_talked()
            if only in {"", psid}
        ]
    return page_of(items, call.params, f"{call.graph_url}/{page_id}/conversations")


def conversation_messages(call: Call, conversation_id: str) -> Json:
    psid = conversation_id.removeprefix("t_")
    with call.meta.database.reading() as connection:
        store = Store(connection)
        if not conversation_id.startswith("t_") or not store.conversation(psid):
            raise rules.gone(conversation_id)
        return call.nodes(store).messages(psid, call.params, call.wanted)
