"""What is to be said next of an outbound message, as its channel takes it."""

from hub.channels.base import OutboundMessage
from hub.tickets import codes, markers
from hub.tickets.models import Message, Part


def words(message: Message) -> OutboundMessage:
    """The whole message, or its first part that is not on the platform yet: which text, and where
    it goes. Files, and what is printed around the text, are left to whoever says it."""
    part, marker = message.next_part, message.marker or ""
    return OutboundMessage(
        marker=markers.of_part(marker, part.number) if part else marker,
        visibility="public" if message.visibility == "public" else "private",
        text=codes.spoken(message, part),
        target=message.target,
        previous=_before(message, part) if part else None,
    )


def _before(message: Message, part: Part) -> str | None:
    """The id of the part before this one: the last one known, where a person alone has seen a
    part on the platform."""
    earlier = reversed(message.parts[: part.number - 1])
    return next((found.external_id for found in earlier if found.external_id), None)
