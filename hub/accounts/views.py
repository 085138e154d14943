"""Signing in and out, and choosing a language."""

import re

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user

from hub.accounts import actions
from hub.accounts.access import public
from hub.accounts.forms import SignInForm
from hub.accounts.languages import LANGUAGES, remember
from hub.extensions import csrf

blueprint = Blueprint("accounts", __name__)


@blueprint.route("/login", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Ask who is there."""
    if current_user.is_authenticated:
        return redirect(url_for("inbox.queue"))
    form = SignInForm()
    if not form.validate_on_submit():
        return render_template("accounts/sign_in.html", form=form), 422 if form.errors else 200
    try:
        user = actions.sign_in(form.email.data, form.password.data, request.remote_addr or "")
    except actions.WrongCredentials:
        form.password.errors = [_("The e-mail address or the password is wrong.")]
        return render_template("accounts/sign_in.html", form=form), 422
    except actions.TooManyTries:
        form.password.errors = [
            _("Too many tries. Wait 15 minutes, or ask an administrator for a new password.")
        ]
        return render_template("accounts/sign_in.html", form=form), 429
    session.clear()  # nothing from before the sign-in lives on in the new session
    login_user(user)
    session["language"] = user.language
    return redirect(_safe_next() or url_for("inbox.queue"))


@blueprint.post("/logout")
@public
def sign_out() -> ResponseReturnValue:
    """Leave, on this device."""
    logout_user()
    session.clear()
    flash(_("You are signed out."))
    return redirect(url_for("accounts.sign_in"))


@blueprint.post("/language")
@public
@csrf.exempt  # a stranger's switch does no harm, and pages without referrer must have one too
def language() -> ResponseReturnValue:
    """Switch the language of the pages, then go back."""
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        remember(chosen)
    return redirect(_safe_next() or url_for("citizens.contact"))


def _safe_next() -> str | None:
    """The page to go on to, only when it is one of ours: browsers drop white space and read a
    backslash as a slash, so an address with either may lead elsewhere."""
    target = request.values.get("next", "")
    return target if re.fullmatch(r"/(?!/)[^\\\s\x00-\x1f]*", target) else None
