"""Which answers Meta still lets the council give, and until when.

Rules of developers.facebook.com/docs/messenger-platform/policy: a person may be answered within
24 hours of what they last wrote in Messenger, by a human within seven days where Meta approved
the app's Human Agent feature; a comment or visitor's post may get one private reply within
seven days. Public comments have no end.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _

from hub import clock
from hub.channels.base import ThreadMessage, Way
from hub.channels.untrusted import instant

COMMENT_LIMIT = 8000
MESSENGER_LIMIT = 2000
STANDARD_WINDOW = timedelta(hours=24)
HUMAN_AGENT_WINDOW = timedelta(days=7)
PRIVATE_REPLY_WINDOW = timedelta(days=7)
HUMAN_AGENT = "HUMAN_AGENT"


def ways(thread: Sequence[ThreadMessage], *, human_agent: bool) -> list[Way]:
    """The ways to answer, that by which the citizen wrote last first.

    `thread`: the last messages of the ticket, oldest first. `human_agent`: the feature is
    approved for the account.
    """
    inbound = [message for message in thread if message.direction == "in"]
    public = _last(inbound, "public")
    private = _last(inbound, "private")
    in_public = [_comment(public, thread), _private_reply(public, thread)] if public else []
    in_private = [_messenger(private, human_agent)] if private else []
    if private and inbound[-1] is private:
        return in_private + in_public
    return in_public + in_private


def length(text: str) -> int:
    """UTF-16 units: never fewer than the characters, and Meta does not say which it counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def messenger_tag(written_at: datetime, *, human_agent: bool) -> str | None:
    """The tag a message needs now to a person who wrote last at `written_at`: "" within the
    standard window, HUMAN_AGENT after it where approved, None when the time is over."""
    age = clock.now() - written_at
    if age <= STANDARD_WINDOW:
        return ""
    return HUMAN_AGENT if human_agent and age <= HUMAN_AGENT_WINDOW else None


def private_reply_is_open(written_at: datetime) -> bool:
    """May a comment or post of `written_at` still get a private reply?"""
    return clock.now() - written_at <= PRIVATE_REPLY_WINDOW


def written_at(target: Mapping[str, str]) -> datetime | None:
    """When the citizen wrote what a target answers, as the target remembers."""
    return instant(target.get("written_at"))


def _last(messages: Sequence[ThreadMessage], visibility: str) -> ThreadMessage | None:
    return next((m for m in reversed(messages) if m.visibility == visibility), None)


def _comment(message: ThreadMessage, thread: Sequence[ThreadMessage]) -> Way:
    return Way(
        code="comment",
        label=_("Public comment"),
        visibility="public",
        allowed=True,
        hint=_("Everybody can read it under the post."),
        limit=COMMENT_LIMIT,
        target={"mode": "comment", "object_id": _top_of_thread(message, thread)},
    )


def _top_of_thread(message: ThreadMessage, thread: Sequence[ThreadMessage]) -> str:
    """The top-level comment, or the visitor's post: Facebook shows one level of answers only."""
    parents = {m.external_id: m.reply_to for m in thread if m.external_id and m.reply_to}
    top, passed = message.external_id or "", set[str]()
    while (parent := parents.get(top)) and parent not in passed:
        passed.add(top)
        top = parent
    return top


def _private_reply(message: ThreadMessage, thread: Sequence[ThreadMessage]) -> Way:
    answered = _private_reply_object(message)
    closes_at = message.posted_at + PRIVATE_REPLY_WINDOW
    made = any(m.direction == "out" and m.delivered and _is_for(m.target, answered) for m in thread)
    reason = ""
    if made:
        reason = _(
            "This comment already got its private reply, and Facebook allows one. Continue in "
            "Messenger when the person answers, or answer in public."
        )
    elif not private_reply_is_open(message.posted_at):
        reason = _(
            "Facebook allows a private reply for seven days after a comment. Answer in public "
            "and invite the person to write to the page in Messenger."
        )
    return Way(
        code="private_reply",
        label=_("Private reply"),
        visibility="private",
        allowed=not reason,
        reason=reason,
        hint=_("One message to the person in Messenger; the next needs their answer first."),
        closes_at=closes_at,
        limit=MESSENGER_LIMIT,
        target={
            "mode": "private_reply",
            **answered,
            "written_at": message.posted_at.isoformat(),
        },
    )


def _private_reply_object(message: ThreadMessage) -> dict[str, str]:
    """The comment or the visitor's post, by the name Meta wants it under. A visitor's post is
    the public message whose id is that of the post in its conversation's key."""
    external_id = message.external_id or ""
    is_post = message.conversation.startswith(f"public:{external_id}:")
    return {"post_id" if is_post else "comment_id": external_id}


def _is_for(target: Mapping[str, str], answered: Mapping[str, str]) -> bool:
    wanted = {"mode": "private_reply", **answered}
    return all(target.get(name) == value for name, value in wanted.items())


def _messenger(message: ThreadMessage, human_agent: bool) -> Way:
    tag = messenger_tag(message.posted_at, human_agent=human_agent)
    window = HUMAN_AGENT_WINDOW if human_agent else STANDARD_WINDOW
    return Way(
        code="messenger",
        label=_("Messenger"),
        visibility="private",
        allowed=tag is not None,
        reason="" if tag is not None else _closed(human_agent),
        hint=_messenger_hint(tag),
        closes_at=message.posted_at + window,
        limit=MESSENGER_LIMIT,
        target={
            "mode": "messenger",
            "psid": message.conversation.removeprefix("messenger:"),
            "tag": tag or "",
            "written_at": message.posted_at.isoformat(),
        },
    )


def _messenger_hint(tag: str | None) -> str:
    if tag == HUMAN_AGENT:
        return str(
            _("Only the person can read it. It must be written by you and advertise nothing.")
        )
    return str(_("Only the person can read it."))


def _closed(human_agent: bool) -> str:
    if human_agent:
        return str(
            _(
                "More than seven days have passed since the person wrote in Messenger: Facebook "
                "no longer lets the page write to them. Use another address of theirs, or wait "
                "until they write again."
            )
        )
    return str(
        _(
            "More than 24 hours have passed since the person wrote in Messenger: Facebook no "
            "longer lets the page write to them. Use another address of theirs, or wait until "
            "they write again."
        )
    )
