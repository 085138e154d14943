"""Channels: the connected accounts, how they are doing, and what can be done for them."""

from collections.abc import Mapping

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from hub.admin import actions, health
from hub.admin.findings import Findings
from hub.admin.forms import AskForm
from hub.admin.views.blueprint import admins, blueprint, load, supervisors
from hub.channels import accounts, checks
from hub.channels.models import Account
from hub.clock import now


@blueprint.get("/channels")
@supervisors
def channels() -> ResponseReturnValue:
    """Every account and its health; supervisors read alone."""
    return _channels_page()


@blueprint.post("/channels/<int:key>/check")
@admins
def check_account(key: int) -> ResponseReturnValue:
    """Ask the platform, and show what it said beside the account."""
    return _channels_page(fresh={key: actions.check_account(load(Account, key))})


@blueprint.post("/channels/<int:key>/resume")
@admins
def resume_account(key: int) -> ResponseReturnValue:
    """After the repair: send what waits, and ask for what was missed."""
    account = load(Account, key)
    if account.broken_because == accounts.DISCONNECTED:
        flash(checks.said(account.channel, account.broken_because), "warning")
        return redirect(url_for("admin.channels"))
    released = actions.resume(account)
    said = _("%(name)s sends again.", name=account.name)
    if released:
        said += " " + ngettext(
            "%(num)d waiting message is on its way.",
            "%(num)d waiting messages are on their way.",
            released,
        )
    flash(said, "success")
    return redirect(url_for("admin.channels"))


@blueprint.post("/channels/<int:key>/ask")
@admins
def ask_account(key: int) -> ResponseReturnValue:
    """Have the platform asked for what it held in a time."""
    account, form = load(Account, key), AskForm.of(key)
    period = form.period(current_app.config["HUB"].timezone, now())
    if period is None:
        return _channels_page(forms={key: form}), 422
    actions.ask_for_missed(account, *period)
    flash(_("The platform is asked. What was missed comes in by itself."), "success")
    return redirect(url_for("admin.channels", _anchor=f"account-{key}"))


def _channels_page(
    fresh: Mapping[int, Findings] | None = None, forms: Mapping[int, AskForm] | None = None
) -> str:
    cards = health.cards(fresh, forms)
    return render_template(
        "admin/channels.html",
        cards=cards,
        is_stale=health.is_stale(cards),
        fresh=fresh or {},
        said=checks.said,
    )
