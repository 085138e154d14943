"""Read what X delivers of its encrypted chats: that somebody wrote, and not what.

The keys are on people's own devices. The hub shows an agent that there is something to read at
x.com, and how to answer.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from hub.channels.base import Parsed
from hub.channels.twitter.messages import DirectMessage, of_direct_message
from hub.channels.twitter.reading import id_of, instant, other_party, person
from hub.channels.untrusted import Unreadable, text

#: Code of a sentence of the channel.
NOTICE = "encrypted"


def encrypted_message(found: Mapping[str, Any], account: str, now: datetime) -> Parsed:
    """The payload of `chat.received` or `chat.sent`, or one item of `x_chat_events`. Raises
    Unreadable.

    A message of the account itself shows that it was answered at x.com.
    """
    sender = id_of(found, "sender_id")
    if sender is None:
        raise Unreadable("an encrypted message without sender")
    message = DirectMessage(
        external_id=id_of(found) or _made_id(found),
        sender=person(sender),
        recipient=other_party(found.get("conversation_id"), sender),
        sent_at=instant(found.get("created_at_msec")) or now,
        notice=NOTICE,
    )
    return of_direct_message(message, account)


def _made_id(found: Mapping[str, Any]) -> str:
    """An id from what was said, so that a repeated delivery has the same."""
    said = text(found.get("encoded_event"))
    if not said:
        raise Unreadable("an encrypted message without id")
    return f"made:{sha256(said.encode()).hexdigest()[:32]}"
