"""Routing rules: their order, what each says, and a box to try them in."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.admin import queries as settings
from hub.admin.forms import RuleForm, TrialForm
from hub.admin.views.blueprint import admins, blueprint, load
from hub.channels.base import Author, InboundMessage
from hub.clock import now
from hub.routing import actions, queries
from hub.routing.choose import Decision, NoFallback, choose_department
from hub.routing.models import Rule

STEPS = {"up": -1, "down": 1}


@blueprint.get("/rules")
@admins
def rules() -> ResponseReturnValue:
    """All rules in the order they are tried."""
    return _rules_page(TrialForm(formdata=None))


@blueprint.post("/rules/try")
@admins
def try_rules() -> ResponseReturnValue:
    """Say which rule would decide about a message, and why. Nothing is stored."""
    form = TrialForm().offer(settings.all_departments())
    if not form.validate():
        return _rules_page(form), 422
    try:
        return _rules_page(form, choose_department(_message(form), form.channel.data))
    except NoFallback:
        flash(_("No rule holds, and there is no department “accueil”. Add it first."), "error")
        return _rules_page(form)


@blueprint.route("/rules/new", methods=["GET", "POST"])
@admins
def new_rule() -> ResponseReturnValue:
    """Add one; without another place it is tried last."""
    form = RuleForm().offer(settings.all_departments())
    if not form.is_submitted():
        form.place.data = len(queries.rules()) + 1
    if not form.validate_on_submit():
        return _rule_page(form)
    try:
        rule = actions.add_rule(form.values(), place=form.place.data)
    except actions.NoCondition:
        return _without_condition(form)
    flash(_("The rule “%(name)s” was added.", name=rule.name), "success")
    return _to_rule(rule)


@blueprint.route("/rules/<int:key>", methods=["GET", "POST"])
@admins
def rule(key: int) -> ResponseReturnValue:
    """Edit one."""
    found = load(Rule, key)
    form = RuleForm(data=RuleForm.values_of(found, place=_place(found)))
    form.offer(settings.all_departments(), found)
    if not form.validate_on_submit():
        return _rule_page(form, found)
    try:
        actions.change_rule(found, form.values(), place=form.place.data)
    except actions.NoCondition:
        return _without_condition(form, found)
    flash(_("The rule “%(name)s” was changed.", name=found.name), "success")
    return _to_rule(found)


@blueprint.post("/rules/<int:key>/move")
@admins
def move_rule(key: int) -> ResponseReturnValue:
    """One place up or down."""
    found = load(Rule, key)
    actions.move_rule(found, STEPS.get(request.form.get("direction", "")) or abort(400))
    return _to_rule(found)


@blueprint.post("/rules/<int:key>/switch")
@admins
def switch_rule(key: int) -> ResponseReturnValue:
    """Switch one off or on."""
    found = load(Rule, key)
    actions.switch_rule(found, active=request.form.get("active") == "yes")
    return _to_rule(found)


@blueprint.post("/rules/<int:key>/delete")
@admins
def delete_rule(key: int) -> ResponseReturnValue:
    """Remove one."""
    found = load(Rule, key)
    actions.delete_rule(found)
    flash(_("The rule “%(name)s” was removed.", name=found.name), "success")
    return redirect(url_for("admin.rules"))


def _place(found: Rule) -> int:
    return queries.rules().index(found) + 1


def _message(form: TrialForm) -> InboundMessage:
    return InboundMessage(
        account="",
        external_id="",
        conversation="",
        visibility="private",
        author=Author(external_id=None, name=form.author.data),
        text=form.text.data,
        subject=form.subject.data,
        posted_at=now(),
    )


def _rules_page(form: TrialForm, decision: Decision | None = None) -> str:
    departments = settings.all_departments()
    return render_template(
        "admin/rules.html",
        rules=queries.rules(),
        form=form.offer(departments),
        decision=decision,
        has_errors=bool(form.errors),
        departments={department.id: department for department in departments},
    )


def _rule_page(form: RuleForm, found: Rule | None = None) -> ResponseReturnValue:
    page = render_template("admin/rule.html", form=form, rule=found, has_errors=bool(form.errors))
    return page, 422 if form.errors else 200


def _without_condition(form: RuleForm, found: Rule | None = None) -> ResponseReturnValue:
    form.words.errors = [_("Fill in at least one condition: words, channel, subject or author.")]
    return _rule_page(form, found)


def _to_rule(found: Rule) -> ResponseReturnValue:
    return redirect(url_for("admin.rules", _anchor=f"rule-{found.id}"))
