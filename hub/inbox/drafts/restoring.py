"""Putting what somebody had begun to write back into the composer."""

from dataclasses import replace

from flask_babel import format_time, to_user_timezone
from flask_babel import gettext as _

from hub.accounts.models import User
from hub.clock import now
from hub.formats import moment
from hub.inbox.composer import Draft
from hub.inbox.drafts import queries
from hub.inbox.drafts.models import DraftKind, SavedDraft
from hub.inbox.reply_files import Attached
from hub.outbox.attaching import ReplyFile
from hub.outbox.scheduling import OVERTAKEN
from hub.tickets.models import Ticket


def put_back(draft: Draft, ticket: Ticket, user: User) -> Draft:
    """What the composer shows: the saved drafts, below a text that the page brings of its own. What
    was just typed and refused stays as it is; it grew from the saved one. One statement."""
    saved = queries.both(ticket, user)
    if not saved:
        return draft
    draft = replace(draft, saved=saved)
    note, reply = saved.get(DraftKind.NOTE), saved.get(DraftKind.REPLY)
    if note and draft.typed != DraftKind.NOTE:
        draft = replace(draft, note_text=note.text)
    if note and not (reply or draft.text or draft.typed):
        draft = replace(draft, note=True)  # it opens where it was written
    if reply and draft.typed != DraftKind.REPLY:
        draft = _with_reply(draft, reply)
    return draft


def saved_at(draft: SavedDraft) -> str:
    """When it was saved; the day too, unless that is today."""
    at = to_user_timezone(draft.updated_at)
    if at.date() == to_user_timezone(now()).date():
        return _("Draft saved at %(time)s", time=format_time(draft.updated_at, "short"))
    return _("Draft saved on %(instant)s", instant=moment(draft.updated_at))


def why_here(draft: SavedDraft) -> str:
    """Why the hub itself put it there; "" where its author wrote it."""
    if draft.notice != OVERTAKEN:
        return ""
    return _(
        "This answer was to leave later. Somebody wrote before that, so it was held back: read "
        "what is new, then send it, change it or delete it."
    )


def _with_reply(draft: Draft, reply: SavedDraft) -> Draft:
    known = {file.key for file in draft.attached.files}
    kept = (ReplyFile(**file) for file in reply.files if file["key"] not in known)
    texts = [draft.text.strip(), reply.text]
    if draft.is_added:
        texts.reverse()
    return replace(
        draft,
        text="\n\n".join(filter(None, texts)),
        way=draft.way or reply.way,
        attached=Attached(files=(*draft.attached.files, *kept)),
    )
