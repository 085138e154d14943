"""The first page of the settings: what there is, and what needs somebody."""

from flask import render_template
from flask.typing import ResponseReturnValue

from hub.admin import queries
from hub.admin.views.blueprint import admins, blueprint
from hub.channels import accounts


@blueprint.get("")
@admins
def home() -> ResponseReturnValue:
    """Where everything is, and what is broken."""
    return render_template(
        "admin/home.html",
        broken=[account for account in accounts.all_accounts() if account.broken_because],
        to_inspect=queries.deliveries_to_inspect(),
    )
