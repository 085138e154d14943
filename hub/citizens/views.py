"""The public pages: the form, and what the law wants beside it."""

from datetime import date
from typing import Any

from flask import Blueprint, abort, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.accounts.access import public
from hub.channels import registry
from hub.citizens import actions, proof, queries
from hub.citizens.forms import ContactForm
from hub.extensions import csrf, limiter
from hub.routing.models import FALLBACK

#: The day the accessibility statement was last made true.
STATEMENT_DATE = date(2026, 11, 23)
OTHER = "other"

blueprint = Blueprint("citizens", __name__)


def form_rate() -> str:
    """How often one address may send a form (the setting FORM_RATE_LIMIT)."""
    rate: str = current_app.config["HUB"].form_rate_limit
    return rate


@blueprint.app_context_processor
def footer() -> dict[str, Any]:
    """What every public page links to at its end."""
    links = (
        (".accessibility", _("Accessibility: partially compliant")),
        (".personal_data", _("Personal data")),
        (".contact", _("Write to us")),
    )
    return {
        "footer_links": [
            {"label": label, "href": url_for(f"citizens{endpoint}")} for endpoint, label in links
        ]
    }


@blueprint.get("/")
@public
def home() -> ResponseReturnValue:
    """Citizens come to write."""
    return redirect(url_for(".contact"))


@blueprint.route("/contact", methods=["GET", "POST"])
@public
@csrf.exempt  # the form checks its token itself, so that an expired one loses no text
@limiter.limit(form_rate, methods=["POST"])
def contact() -> ResponseReturnValue:
    """Write to the council."""
    if actions.CHANNEL not in registry.all_channels():
        abort(404)
    form = ContactForm()
    subjects = _subjects()
    form.subject.choices = [("", _("Choose a subject")), *subjects.items()]
    if not form.validate_on_submit():
        page = render_template("citizens/contact.html", form=form, challenge=proof.challenge())
        return page, 422 if form.is_submitted() else 200
    chosen = form.subject.data
    ticket = actions.write(
        actions.Letter(
            submission=form.submission.data,
            text=form.message.data,
            files=form.files.data or (),
            subject="" if chosen in {OTHER, FALLBACK} else subjects[chosen],
            name=form.name.data,
            email=form.email.data,
            postal_address=form.postal_address.data,
            proof=form.proof.data or "",
            trap=form.homepage.data or "",
        )
    )
    return redirect(url_for("tracking.received", token=ticket.tracking_token), 303)


@blueprint.get("/accessibilite")
@public
def accessibility() -> ResponseReturnValue:
    """The accessibility statement (law 2005-102, article 47; decree 2019-768)."""
    return render_template("citizens/accessibility.html", day=STATEMENT_DATE)


@blueprint.get("/donnees-personnelles")
@public
def personal_data() -> ResponseReturnValue:
    """What becomes of what people write (GDPR, article 13)."""
    return render_template("citizens/personal_data.html")


def _subjects() -> dict[str, str]:
    """Value -> words of the subject areas; there is always one for "I do not know"."""
    offered = dict(queries.subjects())
    if FALLBACK not in offered:
        offered[OTHER] = _("Something else, or I do not know")
    return offered
