"""Read Meta's JSON: the entries of a delivery, and who wrote a public text."""

from collections.abc import Mapping
from typing import Any

from hub.channels.base import Author, NotOurs
from hub.channels.untrusted import LONGEST_NAME, decode, identifier, mapping, text


def entries(body: bytes) -> list[Any]:
    """The entries of a delivery about pages. Raises NotOurs with a short sentence."""
    envelope = decode(body)
    if not isinstance(envelope, dict):
        raise NotOurs("The body is not a JSON object.")
    if envelope.get("object") != "page":
        raise NotOurs("The delivery is not about a page.")
    found = envelope.get("entry")
    if not isinstance(found, list) or not found:
        raise NotOurs("The delivery has no entry.")
    return found


def author(value: Mapping[str, Any]) -> Author:
    """Who wrote a public text: `from`, or `sender_id` and `sender_name` of older versions.
    Without either, an author without id: the platform hides the person."""
    person = mapping(value.get("from"))
    found = identifier(person.get("id")) or identifier(value.get("sender_id"))
    name = text(person.get("name")) or text(value.get("sender_name"))
    return Author(external_id=found, name=name[:LONGEST_NAME])
