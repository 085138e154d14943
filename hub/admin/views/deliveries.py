"""Deliveries that need somebody: items kept aside, and deliveries that were given up."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from hub.admin import actions, queries
from hub.admin.views.blueprint import admins, blueprint, load, row_id
from hub.intake.deliveries import Replayed
from hub.intake.models import Delivery


@blueprint.get("/deliveries")
@admins
def deliveries() -> ResponseReturnValue:
    """Items kept aside, or with ?show=failed the deliveries that were given up."""
    show = "failed" if request.args.get("show") == "failed" else "kept"
    before = request.args.get("before", type=row_id)
    read = queries.failed_deliveries if show == "failed" else queries.kept_items
    return render_template(
        "admin/deliveries.html",
        show=show,
        page=read(before),
        is_first=before is None,
        counts=queries.deliveries_to_inspect(),
    )


@blueprint.get("/deliveries/<int:key>")
@admins
def delivery(key: int) -> ResponseReturnValue:
    """One delivery as it came, and what was kept aside of it. Shown as text, never run."""
    found = load(Delivery, key)
    return render_template(
        "admin/delivery.html",
        delivery=found,
        body=queries.readable_body(found.body),
        kept=[(item, queries.readable(item.raw)) for item in found.kept],
    )


@blueprint.post("/deliveries/replay")
@admins
def replay() -> ResponseReturnValue:
    """Have deliveries processed again: the chosen ones, or all under a tab."""
    chosen = _chosen(request.form.get("all", ""))
    show = request.form.get("show", "kept")
    if not chosen:
        flash(_("Choose at least one delivery."), "error")
        return redirect(url_for("admin.deliveries", show=show))
    flash(_said(actions.replay(sorted(set(chosen)))), "success")
    return redirect(url_for("admin.deliveries", show=show))


def _chosen(which: str) -> list[int]:
    """The ticked ones where no button for all was pressed."""
    if which in {"kept", "failed"}:
        return queries.ids_to_replay(which)
    return request.form.getlist("shown" if which else "delivery", type=row_id)


def _said(replayed: Replayed) -> str:
    said = []
    if replayed.again:
        said.append(
            ngettext(
                "%(num)d delivery is processed again. What was filed before stays as it is.",
                "%(num)d deliveries are processed again. What was filed before stays as it is.",
                replayed.again,
            )
        )
    if replayed.anew:
        said.append(
            ngettext(
                "The platform is asked anew for %(num)d item. It goes from here once it is filed.",
                "The platform is asked anew for %(num)d items. They go from here once they are "
                "filed.",
                replayed.anew,
            )
        )
    return " ".join(said) or _("Nothing of that is kept any more.")
