"""Departments: the list, adding, editing, switching off and on."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from hub.admin import queries
from hub.admin.forms import DepartmentForm, NewDepartmentForm
from hub.admin.views.blueprint import admins, blueprint, load
from hub.routing import actions
from hub.routing.models import FALLBACK, Department


@blueprint.get("/departments")
@admins
def departments() -> ResponseReturnValue:
    """All departments in their order."""
    return render_template(
        "admin/departments.html",
        departments=queries.all_departments(),
        people=queries.people_by_department(),
        fallback=FALLBACK,
    )


@blueprint.route("/departments/new", methods=["GET", "POST"])
@admins
def new_department() -> ResponseReturnValue:
    """Add one."""
    form = NewDepartmentForm()
    if not form.validate_on_submit():
        return _department_page(form)
    try:
        actions.add_department(
            slug=form.slug.data,
            name=form.name.data,
            subject=form.subject.data,
            position=form.position.data,
        )
    except actions.SlugTaken:
        form.slug.errors = [_("Another department has this short name already.")]
        return _department_page(form)
    flash(_("%(name)s was added.", name=form.name.data), "success")
    return redirect(url_for("admin.departments"))


@blueprint.route("/departments/<int:key>", methods=["GET", "POST"])
@admins
def department(key: int) -> ResponseReturnValue:
    """Edit one. Its slug is fixed."""
    found = load(Department, key)
    form = DepartmentForm(obj=found)
    if not form.validate_on_submit():
        return _department_page(form, found)
    actions.change_department(
        found, name=form.name.data, subject=form.subject.data, position=form.position.data
    )
    flash(_("%(name)s was changed.", name=found.name), "success")
    return redirect(url_for("admin.departments"))


@blueprint.post("/departments/<int:key>/switch")
@admins
def switch_department(key: int) -> ResponseReturnValue:
    """Switch one off or on."""
    found, active = load(Department, key), request.form.get("active") == "yes"
    try:
        actions.switch_department(found, active=active)
    except actions.FallbackNeeded:
        flash(_("This department cannot be switched off: it takes what no rule knows."), "error")
        return redirect(url_for("admin.departments"))
    flash(_switched(found), "success")
    return redirect(url_for("admin.departments"))


def _switched(found: Department) -> str:
    if found.active:
        return _("%(name)s receives messages again.", name=found.name)
    said = _("%(name)s receives nothing new.", name=found.name)
    left = queries.open_tickets(found)
    if not left:
        return said
    return f"{said} " + ngettext(
        "%(num)d open ticket stays there until somebody transfers it.",
        "%(num)d open tickets stay there until somebody transfers them.",
        left,
    )


def _department_page(form: DepartmentForm, found: Department | None = None) -> ResponseReturnValue:
    page = render_template(
        "admin/department.html", form=form, department=found, has_errors=bool(form.errors)
    )
    return page, 422 if form.errors else 200
