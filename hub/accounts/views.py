"""Signing in and out, choosing a language, and the page of what is one's own."""

import re
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user

from hub.accounts import actions, own, passwords
from hub.accounts.access import public, requires
from hub.accounts.forms import OwnPasswordForm, SignInForm
from hub.accounts.languages import LANGUAGES, remember
from hub.accounts.models import Role, User
from hub.accounts.session import me
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
        form.password.errors = [_too_many_tries()]
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


@blueprint.get("/account")
@requires(Role.AGENT)
def own_page() -> ResponseReturnValue:
    """What a person may change about themselves."""
    return own.page()


@own.section("language", "accounts/own/_language.html")
def _language(_user: User) -> dict[str, Any]:
    return {}


@own.section("password", "accounts/own/_password.html")
def _password(_user: User) -> dict[str, Any]:
    return {"form": OwnPasswordForm(formdata=None)}


@blueprint.post("/account/password")
@requires(Role.AGENT)
def change_password() -> ResponseReturnValue:
    """Replace one's own password. Sessions elsewhere end, this one goes on."""
    user = me()
    form = OwnPasswordForm()
    if not form.validate_on_submit() or not _changed(user, form):
        return own.page(password={"form": form}), 422
    login_user(user)
    flash(_("You have a new password. Everywhere else you are signed out."), "success")
    return redirect(url_for(".own_page", _anchor="password"), 303)


def _changed(user: User, form: OwnPasswordForm) -> bool:
    """Change the password, or say in the form why not."""
    said = {"current": form.current.data, "address": request.remote_addr or ""}
    try:
        actions.change_password(user, form.password.data, **said)
    except actions.WrongCredentials:
        form.current.errors = [_("This is not your password.")]
    except actions.TooManyTries:
        form.current.errors = [_too_many_tries()]
    except actions.PasswordTooShort:
        form.password.errors = [_("Use at least %(number)s characters.", number=passwords.SHORTEST)]
    return not form.errors


def _too_many_tries() -> str:
    return _("Too many tries. Wait 15 minutes, or ask an administrator for a new password.")


def _safe_next() -> str | None:
    """The page to go on to, only when it is one of ours: browsers drop white space and read a
    backslash as a slash, so an address with either may lead elsewhere."""
    target = request.values.get("next", "")
    return target if re.fullmatch(r"/(?!/)[^\\\s\x00-\x1f]*", target) else None
