"""The search, and the language of a ticket."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from hub.accounts.access import requires
from hub.accounts.models import Role
from hub.accounts.session import me
from hub.inbox import wording
from hub.inbox.entrance import back_to, ticket_to_work_on
from hub.inbox.finding import pages
from hub.search import queries as search_queries
from hub.search.question import Question
from hub.tickets import correcting
from hub.tickets import queries as tickets
from hub.tickets.languages import LANGUAGES
from hub.tickets.models import Ticket

blueprint = Blueprint("finding", __name__)
blueprint.context_processor(lambda: {"words": wording})


@blueprint.get("/search")
@requires(Role.AGENT)
def search() -> ResponseReturnValue:
    """Tickets that fit what was typed. A whole reference leads straight to its ticket."""
    asked = search_queries.ask(request.args.get("q", ""))
    if asked.is_one_ticket and (found := _named(asked)):
        return redirect(url_for("inbox.ticket", reference=found.reference))
    content = pages.results(me(), asked, below=_number("below"))
    return render_template("inbox/finding/search.html", **content)


@blueprint.post("/tickets/<reference>/language")
@requires(Role.AGENT)
def language(reference: str) -> ResponseReturnValue:
    """Say what the citizen writes in."""
    found = ticket_to_work_on(reference)
    code = request.form.get("language", "")
    if code not in LANGUAGES:
        abort(400)
    correcting.correct_language(found, code, by=me())
    return back_to(found, "language")


def _named(asked: Question) -> Ticket | None:
    """The ticket, where this person may read it."""
    found = tickets.by_reference(asked.text)
    return found if found and tickets.may_see(me(), found) else None


def _number(name: str) -> int | None:
    """An id in the address; None for anything else."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
