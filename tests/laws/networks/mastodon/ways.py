"""How a citizen can be answered on Mastodon: in public under their post, or in private.

A post reaches nobody but those it names, so every answer begins with the person's handle, and the
room for the text is what is left. No rule of time: whoever wrote can be answered.
"""

import re
from collections.abc import Sequence

from flask_babel import gettext as _

from hub.channels.base import ThreadMessage, Way
from hub.channels.graphemes import graphemes

#: Characters of a post on a server as it is installed; a server may allow more.
LIMIT = 500
LINK = re.compile(r"https?://\S+")
#: What any link counts for.
LINK_LENGTH = 23
MOST_PARTS = 10


def ways(thread: Sequence[ThreadMessage]) -> list[Way]:
    """The ways to answer, that by which the citizen wrote last first."""
    inbound = [message for message in thread if message.direction == "in"]
    if not inbound:
        return []
    last = inbound[-1]
    public = next((m for m in reversed(inbound) if m.visibility == "public"), None)
    if public is None:
        return [_direct(last)]
    found = [_reply(public), _direct(last)]
    return found if last is public else found[::-1]


def length(text: str) -> int:
    """What a reader takes for characters, and for each link 23 of them
    (docs.joinmastodon.org/user/posting)."""
    return sum(1 for _character in graphemes(LINK.sub("x" * LINK_LENGTH, text)))


def room(handle: str) -> int:
    """The longest text in an answer to `handle`, whose host counts for nothing."""
    return LIMIT - len(f"@{handle.split('@')[1]} ")


def _reply(message: ThreadMessage) -> Way:
    return Way(
        code="reply",
        label=_("Public reply"),
        visibility="public",
        allowed=True,
        hint=_("Everybody can read it under the person's post."),
        limit=room(message.author_handle),
        most_parts=MOST_PARTS,
        target=_target(message, message.details.get("visibility", "public")),
    )


def _direct(message: ThreadMessage) -> Way:
    return Way(
        code="direct",
        label=_("Private mention"),
        visibility="private",
        allowed=True,
        hint=_("Only the person can read it, and those who run the servers: ask for no secrets."),
        limit=room(message.author_handle),
        most_parts=MOST_PARTS,
        target=_target(message, "direct"),
    )


def _target(message: ThreadMessage, visibility: str) -> dict[str, str]:
    return {
        "status_id": message.external_id or "",
        "author_id": message.author_id or "",
        "handle": message.author_handle,
        "visibility": visibility,
    }
