"""People: who signs in, with what role, for which departments."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from hub.accounts import actions, passwords
from hub.accounts.models import Role, User
from hub.admin import actions as admin
from hub.admin import queries
from hub.admin.forms import NewPersonForm, PasswordForm, PersonForm
from hub.admin.views.blueprint import admins, blueprint, load


@blueprint.get("/people")
@admins
def people() -> ResponseReturnValue:
    """Everybody, those who left too."""
    return render_template(
        "admin/people.html",
        people=queries.people(),
        departments={department.id: department for department in queries.all_departments()},
    )


@blueprint.route("/people/new", methods=["GET", "POST"])
@admins
def new_person() -> ResponseReturnValue:
    """Add somebody, and show their password once."""
    form = NewPersonForm().offer(queries.all_departments())
    if not form.validate_on_submit():
        return _new_person_page(form)
    password = form.password.data or passwords.generated()
    try:
        user = actions.create_user(**_values(form), password=password)
    except actions.EmailTaken:
        form.email.errors = [_("Somebody signs in with this e-mail address already.")]
        return _new_person_page(form)
    except actions.PasswordTooShort:
        form.password.errors = [_too_short()]
        return _new_person_page(form)
    return _password_page(user, password)


@blueprint.route("/people/<int:key>", methods=["GET", "POST"])
@admins
def person(key: int) -> ResponseReturnValue:
    """Edit somebody."""
    user = load(User, key)
    form = PersonForm(obj=user, departments=list(user.department_ids))
    form.offer(queries.all_departments(), user)
    if not form.validate_on_submit():
        return _person_page(user, form)
    try:
        actions.change_user(user, **_values(form))
    except actions.EmailTaken:
        form.email.errors = [_("Somebody signs in with this e-mail address already.")]
        return _person_page(user, form)
    except actions.LastAdmin:
        form.role.errors = [_last_admin()]
        return _person_page(user, form)
    flash(_("%(name)s was changed.", name=user.name), "success")
    return redirect(url_for("admin.people"))


@blueprint.post("/people/<int:key>/password")
@admins
def reset_password(key: int) -> ResponseReturnValue:
    """Give a new password, show it once, and end the person's sessions."""
    user, form = load(User, key), PasswordForm()
    password = form.password.data or passwords.generated()
    try:
        if not form.validate():
            return _person_page(user, None, form)
        actions.set_password(user, password)
    except actions.PasswordTooShort:
        form.password.errors = [_too_short()]
        return _person_page(user, None, form)
    return _password_page(user, password)


@blueprint.post("/people/<int:key>/sign-out")
@admins
def sign_out_everywhere(key: int) -> ResponseReturnValue:
    """End the person's sessions on all devices."""
    user = load(User, key)
    actions.sign_out_everywhere(user)
    flash(_("%(name)s is signed out everywhere.", name=user.name), "success")
    return redirect(url_for("admin.person", key=key))


@blueprint.post("/people/<int:key>/deactivate")
@admins
def deactivate(key: int) -> ResponseReturnValue:
    """Nobody signs in as this person any more."""
    user = load(User, key)
    try:
        given_back = admin.deactivate(user, by=current_user)
    except actions.LastAdmin:
        flash(_last_admin(), "error")
        return redirect(url_for("admin.person", key=key))
    said = _("%(name)s can no longer sign in.", name=user.name)
    if given_back:
        said += " " + ngettext(
            "%(num)d open ticket went back to its department.",
            "%(num)d open tickets went back to their departments.",
            given_back,
        )
    flash(said, "success")
    return redirect(url_for("admin.people"))


@blueprint.post("/people/<int:key>/reactivate")
@admins
def reactivate(key: int) -> ResponseReturnValue:
    """Let the person in again."""
    user = load(User, key)
    actions.reactivate(user)
    flash(_("%(name)s can sign in again.", name=user.name), "success")
    return redirect(url_for("admin.person", key=key))


def _values(form: PersonForm) -> dict[str, Any]:
    return {
        "email": form.email.data,
        "name": form.name.data,
        "title": form.title.data,
        "anonymous": form.anonymous.data,
        "role": Role(form.role.data),
        "department_ids": form.departments.data,
    }


def _new_person_page(form: NewPersonForm) -> ResponseReturnValue:
    page = render_template("admin/new_person.html", form=form, has_errors=bool(form.errors))
    return page, 422 if form.errors else 200


def _person_page(
    user: User, form: PersonForm | None, password_form: PasswordForm | None = None
) -> ResponseReturnValue:
    if form is None:
        form = PersonForm(formdata=None, obj=user, departments=list(user.department_ids))
        form.offer(queries.all_departments(), user)
    password_form = password_form or PasswordForm(formdata=None)
    has_errors = bool(form.errors or password_form.errors)
    page = render_template(
        "admin/person.html",
        user=user,
        form=form,
        password_form=password_form,
        has_errors=has_errors,
    )
    return page, 422 if has_errors else 200


def _password_page(user: User, password: str) -> ResponseReturnValue:
    """Not a redirect: the password is nowhere but on this one answer."""
    return render_template("admin/password.html", user=user, password=password)


def _too_short() -> str:
    return _("Use at least %(number)s characters.", number=passwords.SHORTEST)


def _last_admin() -> str:
    return _("Nobody else could open the settings: make another administrator first.")
