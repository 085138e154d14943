"""The agents' pages: the list, the ticket, and what is done to it.

A page that is open asks again for the address it shows, with htmx's header, and is given only the
parts that change.
"""

from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from hub import files
from hub.accounts.access import requires
from hub.accounts.models import Role, User
from hub.accounts.session import me
from hub.database import LARGEST_ID
from hub.extensions import db
from hub.inbox import (
    addresses,
    composer,
    navigation,
    pages,
    queries,
    reply_files,
    replying,
    wording,
)
from hub.inbox.canned import inserting as canned
from hub.inbox.colleagues import notes
from hub.inbox.colleagues.notes import NotSeenBy, Then
from hub.inbox.composer import Draft
from hub.inbox.drafts import actions as drafts
from hub.inbox.drafts.models import DraftKind
from hub.inbox.entrance import OnlyAsked, back_to, ticket_to_read, ticket_to_work_on
from hub.inbox.form_values import typed
from hub.inbox.forms import TagForm, TransferForm
from hub.inbox.held import Held
from hub.inbox.hiding import shown as hiding
from hub.inbox.keyboard import neighbours, preferences
from hub.inbox.pages import Typed
from hub.inbox.people.asking import question
from hub.inbox.queries import Opened
from hub.inbox.reply_files import Attached
from hub.inbox.selection import Selection
from hub.inbox.showing import as_id, number, reading, show, vocabulary
from hub.outbox import cancelling, decisions
from hub.outbox.cancelling import LeftAlready
from hub.outbox.holding import CameMeanwhile
from hub.outbox.refusals import CannotReply
from hub.routing import queries as routing
from hub.tickets import actions, downloads
from hub.tickets import queries as tickets
from hub.tickets.actions import AlreadyTaken, NotAllowedNow, TooManyTags
from hub.tickets.models import FileState, Ticket

blueprint = Blueprint("inbox", __name__)
blueprint.app_context_processor(navigation.add_navigation)
blueprint.context_processor(vocabulary)


@blueprint.app_errorhandler(OnlyAsked)
def only_asked(error: OnlyAsked) -> ResponseReturnValue:
    """Say why nothing was changed."""
    return render_template(
        "error.html",
        code=error.code,
        title=_("You cannot change this ticket"),
        explanation=error.description,
        next_step=_("Go back and write a note: those who asked you are told."),
    ), 403


# --- Looking ------------------------------------------------------------------------------------


@blueprint.get("/inbox")
@requires(Role.AGENT)
def queue() -> ResponseReturnValue:
    """The tickets of a view, those that are due first at the top."""
    selection = Selection.of(request.args)
    if _is_fragment():
        short, known = "short" in request.args, number("known")
        content = pages.queue(me(), selection, known_ticket=known, short=short)
        return render_template("inbox/_queue_update.html", **content)
    addresses.remember(selection)
    return render_template("inbox/queue.html", **pages.queue(me(), selection))


@blueprint.get("/tickets/<reference>")
@requires(Role.AGENT)
def ticket(reference: str) -> ResponseReturnValue:
    """A conversation and all that belongs to it."""
    if _is_fragment():
        return _changed_parts(queries.opened(me(), reference))
    opened = queries.opened(me(), reference) or abort(404)
    found = opened.ticket
    if selection := Selection.of_ticket(request.args):
        addresses.remember(selection)
    neighbours.remember(found)
    draft = _draft_from_address(found)
    return show(found, typed=Typed(draft=draft), versions=opened.versions)


@blueprint.get("/attachments/<int:attachment_id>")
@requires(Role.AGENT)
def attachment(attachment_id: int) -> ResponseReturnValue:
    """A file of a message, as a download."""
    found = queries.attachment(me(), min(attachment_id, LARGEST_ID))
    if found is None or found.state != FileState.STORED:
        abort(404)
    return downloads.as_download(found)


# --- Writing ------------------------------------------------------------------------------------


@blueprint.post("/tickets/<reference>/replies")
@requires(Role.AGENT)
def reply(reference: str) -> ResponseReturnValue:
    """Answer the citizen, and close the ticket when that was asked."""
    found = ticket_to_work_on(reference)
    draft = replying.read(found)
    try:
        message = replying.send(found, draft, by=me())
    except CameMeanwhile as problem:
        held = Held.by(problem, then=typed("then"))
        return show(found, typed=Typed(draft=replace(draft, held=held, seen=held.seen)), status=409)
    except CannotReply as problem:
        typed_draft = replying.refused(found, draft, problem, by=me())
        return show(found, typed=Typed(draft=typed_draft), status=422)
    place = f"message-{message.id}"
    if typed("then") == "close":
        _close_unless_closed(found)
    return redirect(url_for(".ticket", reference=reference.upper(), _anchor=place), 303)


@blueprint.post("/tickets/<reference>/replies/<int:message_id>/cancel")
@requires(Role.AGENT)
def cancel(reference: str, message_id: int) -> ResponseReturnValue:
    """Take back an answer that has not left. What it said returns to the composer."""
    found = ticket_to_work_on(reference)
    message = tickets.reply_of(found, min(message_id, LARGEST_ID)) or abort(404)
    try:
        cancelling.cancel(message, by=me())
    except LeftAlready:
        flash(_("The answer has left already."), "warning")
        return back_to(found, f"message-{message.id}")
    address = url_for(".ticket", reference=found.reference, restore=message.id, _anchor="composer")
    return redirect(address, 303)


@blueprint.post("/tickets/<reference>/preview")
@requires(Role.AGENT)
def preview(reference: str) -> ResponseReturnValue:
    """What an answer will be on the platform, and what it will cost. Nothing is sent."""
    found = ticket_to_work_on(reference)
    draft = replying.masked(replying.read(found), request.form.getlist("mask"), by=me())
    shown = replying.look(found, draft, by=me(), asks=typed("asks") == "yes")
    if _is_fragment():
        return render_template("inbox/_preview.html", shown=shown)
    return show(found, typed=Typed(draft=replace(draft, preview=shown)))


@blueprint.post("/tickets/<reference>/files")
@requires(Role.AGENT)
def hold_files(reference: str) -> ResponseReturnValue:
    """Take files for an answer that is being written. Nothing is sent."""
    found = ticket_to_work_on(reference)
    draft = replying.read(found)
    if _is_fragment():
        return render_template("inbox/_reply_files.html", ticket=found, attached=draft.attached)
    return show(found, typed=Typed(draft=draft))


@blueprint.get("/tickets/<reference>/files/<token>")
@requires(Role.AGENT)
def held_file(reference: str, token: str) -> ResponseReturnValue:
    """A picture of an answer that is being written, to look at while describing it."""
    file = reply_files.unseal(token)
    if file is None or not file.is_picture:
        abort(404)
    ticket_to_read(reference)
    return downloads.as_file(files.held(file.key), file.name, file.media_type)


@blueprint.post("/tickets/<reference>/notes")
@requires(Role.AGENT)
def note(reference: str) -> ResponseReturnValue:
    """Write to colleagues."""
    found = ticket_to_read(reference)
    text = typed("note").replace("\r\n", "\n").strip()
    if not text:
        draft = _note_draft(error=_("Write a note."))
        return show(found, typed=Typed(draft=draft), status=422)
    key = composer.key(typed("submission"), "note", text)
    try:
        message = notes.write(found, text, by=me(), then=_then(), key=key)
    except NotSeenBy as problem:
        said = problem.strangers
        draft = _note_draft(note_text=text, error=said.sentence, strangers=said)
        return show(found, typed=Typed(draft=draft), status=422)
    drafts.forget(found, me(), DraftKind.NOTE)
    db.session.commit()
    return back_to(found, f"message-{message.id}")


@blueprint.post("/tickets/<reference>/messages/<int:message_id>/decision")
@requires(Role.AGENT)
def decide(reference: str, message_id: int) -> ResponseReturnValue:
    """Say of an answer of unknown fate what was seen on the platform."""
    found = ticket_to_work_on(reference)
    message = queries.message_of(found, min(message_id, LARGEST_ID)) or abort(404)
    decide_so = decisions.DECISIONS.get(typed("decision")) or abort(400)
    try:
        decide_so(message, by=me())
    except decisions.SettledAlready:
        flash(_("It is settled already what became of this answer."), "info")
    except decisions.AccountGone:
        flash(_("The council has disconnected this account: nothing can be sent there."), "warning")
    return back_to(found, f"message-{message.id}")


# --- Handling -----------------------------------------------------------------------------------


@blueprint.post("/tickets/<reference>/take")
@requires(Role.AGENT)
def take(reference: str) -> ResponseReturnValue:
    """Become the one who answers."""
    found = ticket_to_work_on(reference)
    try:
        actions.take(found, me())
    except AlreadyTaken as error:
        flash(_("%(name)s took this ticket first.", name=error.by.name), "warning")
    return back_to(found)


@blueprint.post("/tickets/<reference>/assign")
@requires(Role.AGENT)
def assign(reference: str) -> ResponseReturnValue:
    """Give the ticket to a colleague, or let it go (no name)."""
    found, to = ticket_to_work_on(reference), typed("to")
    if not pages.may_give(me(), found):
        flash(_("Only its holder or a supervisor can give this ticket away."), "warning")
    elif to and to not in dict(pages.assignable(me(), found)):
        flash(_("This person cannot be given the ticket. Choose from the list."), "warning")
    else:
        _give(found, db.session.get_one(User, int(to)) if to else None)
    return back_to(found)


@blueprint.post("/tickets/<reference>/transfer")
@requires(Role.AGENT)
def transfer(reference: str) -> ResponseReturnValue:
    """Give the ticket to another department. Its new place may be out of this person's sight."""
    found = ticket_to_work_on(reference)
    form = TransferForm()
    form.department.choices = pages.elsewhere(found, routing.departments())
    if not form.validate_on_submit():
        return show(found, typed=Typed(transfer=form), status=422)
    department = routing.department(form.department.data)
    if department is None:
        abort(404)
    reason = form.reason.data.replace("\x00", "").strip()
    try:
        actions.transfer(found, department, reason, by=me())
    except NotAllowedNow:
        flash(_("The ticket is there already."), "info")
    else:
        flash(_("Transferred to %(name)s.", name=department.name), "success")
    if queries.ticket(me(), reference) is None:
        return redirect(addresses.address(addresses.last_selection()), 303)
    return back_to(found)


@blueprint.post("/tickets/<reference>/close")
@requires(Role.AGENT)
def close(reference: str) -> ResponseReturnValue:
    """End the work on it; the form may say that no answer was needed."""
    found = ticket_to_work_on(reference)
    _close_unless_closed(found, needs_no_answer=typed("why") == "no_answer")
    return _on_to_the_next(found) if preferences.goes_on(me()) else back_to(found)


@blueprint.post("/tickets/<reference>/reopen")
@requires(Role.AGENT)
def reopen(reference: str) -> ResponseReturnValue:
    """Take up the work again."""
    found = ticket_to_work_on(reference)
    try:
        actions.reopen(found, by=me())
    except NotAllowedNow:
        flash(_("The ticket is open already."), "info")
    return back_to(found)


@blueprint.post("/tickets/<reference>/tags")
@requires(Role.AGENT)
def tags(reference: str) -> ResponseReturnValue:
    """Put a tag on the ticket (`name`) or take one off (`remove`)."""
    found = ticket_to_work_on(reference)
    if removed := typed("remove"):
        actions.untag(found, removed[:48], by=me())
        return back_to(found, "tags")
    form = TagForm()
    if not form.validate_on_submit():
        return show(found, typed=Typed(tag=form), status=422)
    try:
        actions.tag(found, typed("name"), by=me())
    except TooManyTags:
        form.name.errors = [_("A ticket takes %(most)s tags.", most=actions.MOST_TAGS)]
        return show(found, typed=Typed(tag=form), status=422)
    return back_to(found, "tags")


# --- Steps of the above ---------------------------------------------------------------------------


def _note_draft(**values: Any) -> Draft:
    """A note that was refused."""
    return Draft(note=True, typed=DraftKind.NOTE, **values)


def _then() -> Then:
    """What to do about people whom a note names and who do not see the ticket."""
    chosen = typed("then")
    return Then(chosen) if chosen in set(Then) else Then.DECIDE


def _is_fragment() -> bool:
    return "HX-Request" in request.headers


def _changed_parts(opened: Opened | None) -> ResponseReturnValue:
    """What an open page should now show; nothing when it knows the ticket's last change. None
    means that the ticket went out of this person's sight: the page stays, with what was typed."""
    if opened is None:
        return render_template("inbox/_ticket_gone.html")
    if number("version") == opened.versions.last:
        return "", 204
    found = opened.ticket
    content = pages.ticket(me(), found, reading(found), versions=opened.versions)
    return render_template("inbox/_ticket_update.html", **content)


def _give(found: Ticket, to: User | None) -> None:
    """Unless somebody holds it whom the page did not show."""
    shown = as_id(typed("holder")) if "holder" in request.form else found.assignee_id
    try:
        actions.assign(found, to, by=me(), instead_of=() if shown is None else (shown,))
    except AlreadyTaken as error:
        flash(_("%(name)s took this ticket first.", name=error.by.name), "warning")


def _draft_from_address(found: Ticket) -> Draft:
    """What the address puts into the composer: the text of a message that was refused or taken
    back, a canned reply, or the first words of going on in private."""
    if request.args.get("write") == "private":
        return hiding.in_private(found)
    if key := number("canned"):
        return canned.as_draft(found, me(), key, plain="plain" in request.args)
    restored = number("restore")
    message = queries.message_of(found, restored) if restored is not None else None
    if request.args.get("ask") == "code":
        return Draft(text=question())
    if message is None:
        return Draft(note=request.args.get("write") == "note")
    return Draft(
        text=wording.unsent_text(message),
        way=f"{message.visibility}:{message.way}",
        attached=Attached() if wording.progress(message) else reply_files.of_message(message),
    )


def _close_unless_closed(found: Ticket, *, needs_no_answer: bool = False) -> None:
    try:
        actions.close(found, by=me(), needs_no_answer=needs_no_answer)
    except NotAllowedNow:
        flash(_("The ticket was closed already."), "info")


def _on_to_the_next(found: Ticket) -> ResponseReturnValue:
    """To the ticket that follows in the list, with a way back to this one."""
    address = url_for("inbox.ticket", reference=found.reference)
    said = _("%(reference)s is closed.", reference=found.reference)
    flash(Markup('<a href="%s">%s</a>') % (address, said), "success")
    return redirect(url_for("keyboard.following", reference=found.reference), 303)
