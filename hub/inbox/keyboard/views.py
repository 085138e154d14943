"""Working by keyboard: the sheet of shortcuts, the command bar, and going on to the next ticket."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.accounts import own
from hub.accounts.access import requires
from hub.accounts.models import Role, User
from hub.accounts.session import me
from hub.inbox.addresses import address, last_selection
from hub.inbox.entrance import ticket_to_read
from hub.inbox.keyboard import commands, neighbours, preferences, shortcuts
from hub.inbox.keyboard.forms import KeyboardForm

blueprint = Blueprint("keyboard", __name__)
blueprint.record(lambda state: state.app.jinja_env.globals.update(shortcuts=shortcuts))


@blueprint.get("/keyboard")
@requires(Role.AGENT)
def sheet() -> ResponseReturnValue:
    """All shortcuts."""
    return render_template("inbox/keyboard/page.html")


@own.section("keyboard", "inbox/keyboard/_settings.html")
def _settings(user: User) -> dict[str, Any]:
    chosen = {
        "single_keys": preferences.uses_single_keys(user),
        "goes_on": preferences.goes_on(user),
    }
    return {"form": KeyboardForm(formdata=None, data=chosen)}


@blueprint.post("/account/keyboard")
@requires(Role.AGENT)
def choose() -> ResponseReturnValue:
    """Switch single keys on or off, and say what follows the closing of a ticket."""
    form = KeyboardForm()
    if not form.validate_on_submit():
        return own.page(keyboard={"form": form}), 422
    preferences.choose(me(), single_keys=form.single_keys.data, goes_on=form.goes_on.data)
    flash(_("Your choice is kept."), "success")
    return redirect(url_for("accounts.own_page", _anchor="keyboard"), 303)


@blueprint.get("/commands")
@requires(Role.AGENT)
def bar() -> ResponseReturnValue:
    """What the command bar may open, for js/inbox/commands.js."""
    return jsonify(commands=commands.places(me()), search=commands.search_address())


@blueprint.get("/tickets/<reference>/next")
@requires(Role.AGENT)
def following(reference: str) -> ResponseReturnValue:
    """The ticket that follows this one in the list that the person works through."""
    return _go(reference, backwards=False)


@blueprint.get("/tickets/<reference>/previous")
@requires(Role.AGENT)
def preceding(reference: str) -> ResponseReturnValue:
    """The ticket that comes before it."""
    return _go(reference, backwards=True)


def _go(reference: str, *, backwards: bool) -> ResponseReturnValue:
    ticket = ticket_to_read(reference)
    found = neighbours.beside(me(), ticket, backwards=backwards)
    if found is None:
        end = _("This is where the list begins.") if backwards else _("That was the last one.")
        flash(end, "info")
        return redirect(address(last_selection()))
    return redirect(url_for("inbox.ticket", reference=found.reference))
