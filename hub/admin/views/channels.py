"""Channels: the connected accounts, and what is wrong with them."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from hub.admin import actions, wording
from hub.admin.views.blueprint import admins, blueprint, load
from hub.channels import accounts, checks, registry
from hub.channels.base import Health
from hub.channels.models import Account
from hub.outbox import spending


@blueprint.get("/channels")
@admins
def channels() -> ResponseReturnValue:
    """Every account."""
    return _channels_page()


@blueprint.post("/channels/<int:key>/check")
@admins
def check_account(key: int) -> ResponseReturnValue:
    """Ask the platform, and show what it said beside the account."""
    return _channels_page({key: actions.check_account(load(Account, key))})


@blueprint.post("/channels/<int:key>/resume")
@admins
def resume_account(key: int) -> ResponseReturnValue:
    """After the repair: send what waits."""
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


def _channels_page(found: dict[int, Health] | None = None) -> ResponseReturnValue:
    return render_template(
        "admin/channels.html",
        accounts=accounts.all_accounts(),
        channels=registry.all_channels(),
        said=checks.said,
        found=found or {},
        facts=wording.facts,
        spending=spending.by_account(),
        spent=wording.spent,
    )
