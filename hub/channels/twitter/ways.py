"""Which answers X still lets the council give.

A public reply stands under the citizen's last post; a direct message goes to them alone. What is
allowed depends on the access that was bought (terms.py) and on what the account granted.
"""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import ngettext

from hub.channels.base import AccountAccess, FileRule, ThreadMessage, Way
from hub.channels.twitter.length import weighted_length
from hub.channels.twitter.parse_chat import NOTICE
from hub.channels.twitter.scopes import may
from hub.channels.twitter.terms import FileTerms, Terms

POST_LIMIT = 280  # as `weighted_length` counts
DIRECT = "dm"


def ways(thread: Sequence[ThreadMessage], account: AccountAccess, terms: Terms) -> list[Way]:
    """The ways to answer, that by which the citizen wrote last first.

    `thread`: the last messages of the ticket, oldest first. `terms`: of the access that was
    bought.
    """
    inbound = [message for message in thread if message.direction == "in"]
    post = _last(inbound, "public")
    found = [_reply(post, account, terms)] if post else []
    if inbound and (person := inbound[-1].details.get("author_id") or inbound[-1].author_id):
        found.append(_direct_message(person, _last(inbound, "private"), account, terms))
    return sorted(found, key=lambda way: way.visibility != inbound[-1].visibility)


def length(text: str, way: Way) -> int:
    """A post counts as `weighted_length`, a direct message each of its characters."""
    return len(text) if way.code == DIRECT else weighted_length(text)


def _last(messages: Sequence[ThreadMessage], visibility: str) -> ThreadMessage | None:
    return next((m for m in reversed(messages) if m.visibility == visibility), None)


def _reply(post: ThreadMessage, account: AccountAccess, terms: Terms) -> Way:
    summoned = post.details.get("summoned", "")
    reason = ""
    if not may(account, "tweet.write"):
        reason = _not_granted()
    elif not terms.takes_replies_to(summoned):
        reason = _(
            "X takes the council's reply only under a post that names its account or quotes one "
            "of its posts, and this one does not. Answer by direct message, or wait until the "
            "person names the account."
        )
    return Way(
        code="reply",
        visibility="public",
        allowed=not reason,
        reason=reason,
        label=_("Public reply"),
        hint=_reply_hint(terms, summoned),
        limit=POST_LIMIT,
        most_parts=terms.most_parts,
        files=_file_rule(terms.post_files, account, note=_post_files_note(terms.post_files)),
        target={
            "mode": "reply",
            "post_id": post.details.get("post_id") or post.external_id or "",
            "summoned": summoned,
        },
    )


def _reply_hint(terms: Terms, summoned: str) -> str:
    hint = _("Everybody can read it under the post. A long answer becomes a numbered thread.")
    if terms.access.replies_need_summons and summoned == "implicit":
        doubt = _("X may refuse it: the person answered without naming the account.")
        return f"{hint} {doubt}"
    return hint


def _direct_message(
    person: str, last: ThreadMessage | None, account: AccountAccess, terms: Terms
) -> Way:
    allowed = may(account, "dm.write")
    return Way(
        code=DIRECT,
        visibility="private",
        allowed=allowed,
        reason="" if allowed else _not_granted(),
        label=_("Direct message"),
        hint=_direct_message_hint(last),
        limit=terms.longest_message,
        files=_file_rule(terms.message_files, account, note=_message_files_note(terms)),
        target={"mode": "dm", "user_id": person},
    )


def _direct_message_hint(last: ThreadMessage | None) -> str:
    if last is None:
        return _(
            "Only the person can read it. X refuses it when they take no messages from the "
            "account: then answer in public."
        )
    if last.details.get("notice") == NOTICE:
        return _(
            "The person wrote in an encrypted chat, which the hub cannot read. Ask them to write "
            "without encryption, or answer at x.com as the account."
        )
    return _("Only the person can read it.")


def _not_granted() -> str:
    return _(
        "The account was connected without the permission to do this. Answer another way, and "
        "ask an administrator to connect it again with all permissions."
    )


def _file_rule(files: FileTerms, account: AccountAccess, *, note: str) -> FileRule | None:
    if not may(account, "media.write"):
        return None
    return FileRule(
        most=files.most,
        most_bytes=files.most_bytes,
        alone=files.alone,
        alt_text=files.alt_text,
        note=note,
    )


def _post_files_note(files: FileTerms) -> str:
    return ngettext(
        "%(num)d picture, or one film of at most %(seconds)s seconds, or one GIF.",
        "At most %(num)d pictures, or one film of at most %(seconds)s seconds, or one GIF.",
        files.most,
        seconds=files.most_seconds,
    )


def _message_files_note(terms: Terms) -> str:
    return _(
        "One picture, GIF or film of at most %(seconds)s seconds; the text with it may then have "
        "%(most)s characters.",
        seconds=terms.message_files.most_seconds,
        most=terms.longest_message_with_file,
    )
