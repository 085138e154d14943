"""The page of what one was told, the bell, and what one chooses to be told."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.accounts import mails, own
from hub.accounts.access import requires
from hub.accounts.models import Role, User
from hub.accounts.session import me
from hub.database import LARGEST_ID
from hub.inbox.entrance import ticket_to_read
from hub.inbox.notifications import actions, choices, queries, wording
from hub.inbox.notifications.bell import add_bell
from hub.inbox.notifications.choices import Rhythm
from hub.inbox.notifications.forms import ChoicesForm
from hub.inbox.showing import number
from hub.live import queries as live

blueprint = Blueprint("notifications", __name__)
blueprint.app_context_processor(add_bell)


@blueprint.get("/notifications")
@requires(Role.AGENT)
def listing() -> ResponseReturnValue:
    """What one was told, the newest first."""
    event_id = live.latest()
    page = queries.page(me(), before=number("before"))
    return render_template(
        "inbox/notifications/page.html",
        page=page,
        wording=wording,
        live_url=url_for("live.events", after=event_id),
    )


@blueprint.get("/notifications/bell")
@requires(Role.AGENT)
def ring() -> ResponseReturnValue:
    """The bell as it should now stand on an open page."""
    return render_template("inbox/notifications/_bell.html")


@blueprint.post("/notifications/<int:notification_id>/read")
@requires(Role.AGENT)
def read(notification_id: int) -> ResponseReturnValue:
    """One was read."""
    actions.read(me(), min(notification_id, LARGEST_ID))
    return redirect(url_for(".listing"), 303)


@blueprint.post("/notifications/read")
@requires(Role.AGENT)
def read_all() -> ResponseReturnValue:
    """All were read that were on the page, and those before them."""
    typed = request.form.get("up_to", "")
    is_number = typed.isascii() and typed.isdecimal() and len(typed) < 19
    actions.read_all(me(), up_to=int(typed) if is_number else 0)
    return redirect(url_for(".listing"), 303)


@blueprint.post("/tickets/<reference>/seen")
@requires(Role.AGENT)
def seen(reference: str) -> ResponseReturnValue:
    """The page of a ticket is open: what it has brought was read."""
    actions.read_of(me(), ticket_to_read(reference))
    return render_template("inbox/notifications/_bell.html", oob=True)


@own.section("notifications", "inbox/notifications/_settings.html")
def _settings(user: User) -> dict[str, Any]:
    return {"form": ChoicesForm.of(user, formdata=None), "mail_is_on": mails.is_on()}


@blueprint.post("/account/notifications")
@requires(Role.AGENT)
def choose() -> ResponseReturnValue:
    """Say what one wants to be told, and how."""
    form = ChoicesForm.of(me())
    if not form.validate_on_submit():
        return own.page(notifications={"form": form, "mail_is_on": mails.is_on()}), 422
    choices.choose(me(), form.chosen, Rhythm(form.rhythm.data))
    flash(_("Your choice is kept."), "success")
    return redirect(url_for("accounts.own_page", _anchor="notifications"), 303)
