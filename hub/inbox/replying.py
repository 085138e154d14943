"""An answer as its form sends it: read, looked at, sent, or given back with the reason."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from flask import current_app, request

from hub.accounts.models import User
from hub.inbox import composer, exposure, reply_files
from hub.inbox.composer import Draft, Untimely
from hub.inbox.drafts import actions as drafts
from hub.inbox.drafts.models import DraftKind
from hub.inbox.exposure import Exposed, TellsPersonalData
from hub.inbox.form_values import typed
from hub.inbox.planning import instants
from hub.inbox.planning.instants import NoInstant
from hub.inbox.previews import Shown
from hub.inbox.showing import as_id
from hub.outbox import actions as outbox
from hub.outbox import signing
from hub.outbox.refusals import CannotReply
from hub.tickets.models import Message, Ticket

#: More saves than can be on their way at once.
TURNS: Final = 10


def read(found: Ticket) -> Draft:
    """What the form holds, with the files that came along."""
    chosen, sent = typed("way"), request.files.getlist("files")
    attached = reply_files.of_form(request.form)
    if any(sent):
        attached = reply_files.add(attached, sent, composer.file_rule(found, chosen))
    return Draft(
        text=typed("text"),
        way=chosen,
        attached=attached,
        seen=as_id(typed("shown")),
        unsigned=typed("unsigned") == "yes",
        confirmed=frozenset(filter(None, typed("confirmed").split(","))),
        typed=DraftKind.REPLY,
        **_as_before(),
    )


def _as_before() -> dict[str, Any]:
    """A page that comes back goes on where the one it came from stopped: the same sending, and a
    later turn than any save of the draft that is still on its way."""
    if not (submission := typed("submission")):
        return {}
    return {"submission": submission, "turn": (as_id(typed("turn")) or 0) + TURNS}


def send(found: Ticket, draft: Draft, *, by: User) -> Message:
    """Send it, or put it off where that was asked. Raises CannotReply: nothing is stored then."""
    draft.attached.check()
    exposed = _exposed(draft, by)
    if any(one.mark not in draft.confirmed for one in exposed):
        raise TellsPersonalData
    visibility, way = composer.parse_choice(draft.way)
    leaves_at = _leaves_at() if typed("then") == "later" else None
    said = (draft.way, draft.text, str(leaves_at or ""), *draft.attached.marks)
    return outbox.reply(
        found,
        draft.text,
        visibility=visibility,
        way=way,
        files=draft.attached.files,
        by=by,
        idempotency_key=composer.key(typed("submission"), *said),
        leaves_in=timedelta(seconds=current_app.config["HUB"].undo_seconds),
        leaves_at=leaves_at,
        unless_since=draft.seen,
        closes=typed("later_closes") == "yes",
        signature=signature(found, draft, by),
        tells=sorted({one.kind for one in exposed}),
        also=lambda _message: drafts.forget(found, by, DraftKind.REPLY),
    )


def refused(found: Ticket, draft: Draft, problem: CannotReply, *, by: User) -> Draft:
    """The draft with what the agent should do about it."""
    draft = composer.refused(draft, problem)
    if isinstance(problem, TellsPersonalData):
        return replace(draft, preview=look(found, draft, by=by, asks=True))
    return draft


def look(found: Ticket, draft: Draft, *, by: User, asks: bool = False) -> Shown | None:
    """What it will be on the platform, and what it would tell everybody. `asks`: its author is
    asked whether that is meant."""
    shown = composer.look(found, draft.text, draft.way, signature=signature(found, draft, by))
    exposed = _exposed(draft, by)
    if not exposed:
        return shown
    shown = shown or Shown()
    return replace(shown, exposed=tuple(exposed), asks=asks, confirmed=draft.confirmed)


def masked(draft: Draft, marks: list[str], *, by: User) -> Draft:
    """With these findings of its text blotted out."""
    return replace(draft, text=exposure.masked(draft.text, marks, by))


def signature(found: Ticket, draft: Draft, by: User) -> str:
    """Who signs it: always, but for what follows an answer that was signed within the day."""
    if draft.unsigned and signing.may_be_left_out(by, found):
        return ""
    return signing.signature(by, found)


def _exposed(draft: Draft, by: User) -> list[Exposed]:
    visibility, _way = composer.parse_choice(draft.way)
    return exposure.of(draft.text, by) if visibility == "public" else []


def _leaves_at() -> datetime:
    """What was chosen; a day and a time that were typed go before the list. Raises Untimely."""
    at = typed("leaves_at")
    try:
        return instants.chosen({"until": "" if at else typed("leaves"), "at": at})
    except NoInstant as error:
        raise Untimely(error.reason) from error
