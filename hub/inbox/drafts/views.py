"""What is being written, kept on the server as it is typed."""

from typing import Any

from flask import Blueprint, abort, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.accounts.access import requires
from hub.accounts.models import Role
from hub.accounts.session import me
from hub.inbox import reply_files
from hub.inbox.drafts import actions
from hub.inbox.drafts.actions import Kept, Writing
from hub.inbox.drafts.models import DraftKind
from hub.inbox.drafts.restoring import saved_at
from hub.inbox.entrance import ticket_to_read
from hub.inbox.form_values import typed
from hub.inbox.showing import as_id

blueprint = Blueprint("drafts", __name__)

#: The longest text that is kept; a longer one can be sent nowhere.
LONGEST = 50_000


@blueprint.post("/tickets/<reference>/drafts/<kind>")
@requires(Role.AGENT)
def save(reference: str, kind: str) -> ResponseReturnValue:
    """Keep what stands in the composer. Pages do it by themselves; without scripts a button."""
    found = ticket_to_read(reference)
    if kind not in set(DraftKind):
        abort(404)
    kept = actions.save(found, me(), DraftKind(kind), _writing(kind))
    if "HX-Request" not in request.headers:
        write = kind if kind == DraftKind.NOTE else None
        address = url_for("inbox.ticket", reference=reference, write=write, _anchor="composer")
        return redirect(address, 303)
    return jsonify(_said(kept))


def _writing(kind: str) -> Writing:
    is_note = kind == DraftKind.NOTE
    attached = reply_files.of_form(request.form)
    return Writing(
        text=typed("note" if is_note else "text")[:LONGEST],
        way="" if is_note else typed("way")[:64],
        files=() if is_note else attached.files,
        seen=as_id(typed("shown")) or 0,
        based_on=as_id(typed("revision")) or 0,
        writer=typed("submission")[:32],
        turn=as_id(typed("turn")) or 0,
    )


def _said(kept: Kept) -> dict[str, Any]:
    """What the page should know and say. `text`: what it should show in place of its own."""
    if kept.draft is None:
        return {"revision": 0, "said": ""}
    said = {"revision": kept.draft.revision, "said": saved_at(kept.draft)}
    if not kept.was_joined:
        return said
    told = _("You wrote something else on another page: both texts are here.")
    return said | {"text": kept.draft.text, "said": told}
