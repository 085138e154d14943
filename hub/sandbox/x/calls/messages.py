"""Direct messages (X API v2, Direct Messages). What is encrypted never shows here."""

from collections.abc import Sequence
from datetime import timedelta

from hub.sandbox.x import objects, rules
from hub.sandbox.x.calls import Call, Json
from hub.sandbox.x.calls.paging import page
from hub.sandbox.x.calls.selection import Cutter, read
from hub.sandbox.x.values import Message

#: Only so far back.
LOOK_BACK = timedelta(days=30)


def events(call: Call) -> Json:
    """All conversations together."""
    return _listed(call, None)


def events_with(call: Call, participant_id: str) -> Json:
    return _listed(call, participant_id)


def event(call: Call, event_id: str) -> Json:
    selection = read(call.query, call.switch("naming"))
    with call.x.reading() as store:
        said = store.message(event_id)
        if said is None or said.deleted_at is not None or said.encrypted:
            return {"errors": [rules.missing("dm_event", "event_id", event_id)]}
        return Cutter(call.x.teller(store), selection).messages([said], one=True)


def send(call: Call, participant_id: str) -> Json:
    rules.check_keys(call.body, frozenset({"text", "attachments"}))
    text, attachments = call.body.get("text", ""), call.body.get("attachments") or []
    rules.check_message(text, attachments)
    media = [str(one.get("media_id")) for one in attachments]
    with call.x.reading() as store:
        written = any(not said.from_account for said in store.messages(participant_id))
        rules.check_recipient(store.person(participant_id), has_written=written)
        rules.check_media([store.media(one) for one in media], "dm_", 1, store.now())
    said = call.x.say_privately(participant_id, text, "".join(media))
    conversation = objects.conversation_id(participant_id)
    return {"data": {"dm_conversation_id": conversation, "dm_event_id": said.id}}


def delete(call: Call, event_id: str) -> Json:
    """An own one only."""
    with call.x.change() as store:
        said = store.message(event_id)
        if said is None or not said.from_account:
            raise rules.forbidden("You are not allowed to delete this direct message.")
        store.remove_message(event_id)
    return {"data": {"deleted": True}}


def _listed(call: Call, participant_id: str | None) -> Json:
    if "since_id" in call.query:
        raise rules.invalid("The query parameter [since_id] is not one of [max_results,...]")
    selection = read(call.query, call.switch("naming"))
    with call.x.reading() as store:
        start = store.now() - LOOK_BACK
        said: Sequence[Message] = [
            one
            for one in reversed(store.messages(participant_id))
            if not one.encrypted and one.created_at >= start
        ]
        found, meta = page(said, call.query, usual=100, least=1, bounds=False)
        answer = Cutter(call.x.teller(store), selection).messages(found)
    return answer | {"meta": meta}
