"""Who is who: proposing a link to the citizen, linking by hand, and a person's page."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.accounts.access import requires
from hub.accounts.models import Role
from hub.accounts.session import me
from hub.database import LARGEST_ID
from hub.extensions import db
from hub.inbox.entrance import back_to, ticket_to_work_on
from hub.inbox.people import asking, candidates, queries, wording
from hub.inbox.people.forms import CodeForm, LinkPersonForm, PersonForm
from hub.inbox.showing import vocabulary
from hub.people import codes, corrections, dismissing, links
from hub.people.refusals import CannotIdentify
from hub.tickets.models import Ticket
from hub.tickets.people import Contact

blueprint = Blueprint("people", __name__)
blueprint.context_processor(vocabulary)


# --- Beside a ticket ------------------------------------------------------------------------------


@blueprint.post("/tickets/<reference>/person/code")
@requires(Role.AGENT)
def send_code(reference: str) -> ResponseReturnValue:
    """Send the other person a code, and ask for it in this ticket."""
    found = ticket_to_work_on(reference)
    try:
        asking.ask(found, _other(found), by=me())
    except CannotIdentify as problem:
        flash(wording.refusal(problem), "warning")
        return back_to(found, "person")
    flash(_("A code is on its way to the other person. Now ask for it here."), "success")
    address = url_for("inbox.ticket", reference=reference, ask="code", _anchor="composer")
    return redirect(address, 303)


@blueprint.post("/tickets/<reference>/person/told")
@requires(Role.AGENT)
def tell_code(reference: str) -> ResponseReturnValue:
    """Type in a code that the citizen told."""
    found = ticket_to_work_on(reference)
    form = CodeForm()
    try:
        code = codes.tell(found, form.code.data or "")
    except CannotIdentify as problem:
        flash(wording.refusal(problem), "warning")
        return back_to(found, "person")
    codes.identify(code.id)
    flash(_("It is the same person."), "success")
    return back_to(found, "person")


@blueprint.post("/tickets/<reference>/person/dismiss")
@requires(Role.AGENT)
def dismiss(reference: str) -> ResponseReturnValue:
    """Never suggest these two again."""
    found = ticket_to_work_on(reference)
    dismissing.dismiss(found.contact, _other(found), by=me())
    return back_to(found, "person")


@blueprint.route("/tickets/<reference>/person/link", methods=["GET", "POST"])
@requires(Role.AGENT)
def link(reference: str) -> ResponseReturnValue:
    """Look for somebody who is the same person, and link the two with a reason."""
    found = ticket_to_work_on(reference)
    asked = request.args.get("q", "").replace("\x00", "")[:200]
    people = _offered(found, asked)
    form = LinkPersonForm(contact=request.args.get("contact"))
    form.contact.choices = [(str(one.contact.id), str(one.contact.id)) for one in people]
    if form.validate_on_submit():
        try:
            links.link(_contact(found, form.contact.data), found, reason=_reason(form), by=me())
        except CannotIdentify as problem:
            form.contact.errors = [wording.refusal(problem)]
        else:
            flash(_("They are one person now. It can be undone on the person’s page."), "success")
            return back_to(found, "person")
    page = render_template(
        "inbox/people/link.html",
        ticket=found,
        form=form,
        asked=asked,
        people={str(one.contact.id): one for one in people},
        reasons=wording.reasons,
    )
    return page, 422 if form.is_submitted() else 200


# --- A person's page ------------------------------------------------------------------------------


@blueprint.route("/people/<int:number>", methods=["GET", "POST"])
@requires(Role.AGENT)
def person(number: int) -> ResponseReturnValue:
    """All that this reader may see of a person; what is known of them can be corrected."""
    found = _person(number)
    if found.id != number:
        return redirect(url_for(".person", number=found.id))
    may_change = queries.works_for(found, me())
    form = PersonForm(obj=found)
    if form.is_submitted() and not may_change:
        abort(403)
    if form.validate_on_submit():
        values = {name: (form[name].data or "").replace("\x00", "").strip()
                  for name in corrections.FIELDS}  # fmt: skip
        corrections.correct(found, values, by=me())
        flash(_("Saved."), "success")
        return redirect(url_for(".person", number=number), 303)
    page = render_template(
        "inbox/people/person.html",
        contact=found,
        form=form,
        may_change=may_change,
        identities=queries.identities(found),
        page=queries.tickets_of(found, me(), request.args.get("after", "")),
        hidden=queries.hidden(found, me()),
        joined=queries.links(found),
        corrections=queries.corrections(found),
        how=wording.how,
        field_name=wording.field,
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/people/<int:number>/links/<int:link_id>/undo")
@requires(Role.AGENT)
def undo(number: int, link_id: int) -> ResponseReturnValue:
    """Let two people be two again."""
    found = _person(number)
    if not queries.works_for(found, me()):
        abort(403)
    done = queries.link(found, min(link_id, LARGEST_ID)) or abort(404)
    separated = done.from_contact_id
    try:
        links.undo(done, by=me())
    except CannotIdentify as problem:
        flash(wording.refusal(problem), "warning")
        return redirect(url_for(".person", number=found.id), 303)
    flash(_("They are two people again, and each has their own tickets."), "success")
    back = db.session.get_one(Contact, number)
    seen = queries.contact(back.id, me()) is not None
    return redirect(url_for(".person", number=number if seen else separated), 303)


# --- Steps of the above ---------------------------------------------------------------------------


def _person(number: int) -> Contact:
    return queries.contact(min(number, LARGEST_ID), me()) or abort(404)


def _other(found: Ticket) -> Contact:
    """The other person whom the form names."""
    return _contact(found, request.form.get("contact", ""))


def _contact(found: Ticket, text: str) -> Contact:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        abort(400)
    return candidates.by_number(found, me(), int(text)) or abort(404)


def _offered(found: Ticket, asked: str) -> list[candidates.Likely]:
    """Who was looked for, else who is suggested."""
    return candidates.find(found, me(), asked) if asked.strip() else candidates.likely(found, me())


def _reason(form: LinkPersonForm) -> str:
    return (form.reason.data or "").replace("\x00", "").strip()
