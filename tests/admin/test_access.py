"""The settings are for administrators alone, but for the health of the accounts."""

import pytest
from flask import Flask, url_for

from hub.accounts.access import access_of
from hub.accounts.models import Role
from tests.builders import create_user


def pages_and_forms(app: Flask) -> list[tuple[str, str]]:
    """(method, address) of everything that hangs under /settings."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if rule.endpoint.startswith("admin."):
                address = url_for(rule.endpoint, **dict.fromkeys(rule.arguments, 1))
                found += [(method, address) for method in rule.methods & {"GET", "POST"}]
    return found


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
def test_nobody_but_an_administrator_opens_any_of_them(app, signed_in, role):
    client = signed_in(create_user(role=role))
    answers = {
        (method, address): client.open(address, method=method).status_code
        for method, address in pages_and_forms(app)
    }
    assert len(answers) > 20
    opened = {asked for asked, status in answers.items() if status != 403}
    assert opened == ({("GET", "/settings/channels")} if role == Role.SUPERVISOR else set())


def test_who_is_not_signed_in_is_asked_to(app, client):
    for method, address in pages_and_forms(app):
        answer = client.open(address, method=method)
        assert answer.status_code in {302, 400}, address  # 400: a form without its token
        assert answer.status_code == 400 or "/login" in answer.location


def test_a_form_without_its_token_changes_nothing(app, signed_in, admin):
    client = signed_in(admin)
    app.config["WTF_CSRF_ENABLED"] = True
    answer = client.post(f"/settings/people/{admin.id}/sign-out")
    assert answer.status_code == 400


def test_an_administrator_opens_each_page(app, signed_in, admin):
    client = signed_in(admin)
    for address in ("", "/departments", "/rules", "/people", "/channels", "/deliveries"):
        assert client.get(f"/settings{address}").status_code == 200, address


def test_an_id_that_no_row_can_have_is_not_there(app, signed_in, admin):
    client = signed_in(admin)
    for kind in ("departments", "rules", "people", "deliveries"):
        assert client.get(f"/settings/{kind}/{'9' * 30}").status_code == 404, kind
    assert client.post(f"/settings/channels/{'9' * 30}/resume").status_code == 404
    assert client.get(f"/settings/deliveries?before={'9' * 30}").status_code == 200
    sent = client.post("/settings/deliveries/replay", data={"delivery": "9" * 30})
    assert sent.status_code == 302


def test_what_only_signed_in_people_may_read_is_kept_by_no_cache(app, signed_in, admin):
    client = signed_in(admin)
    private = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in rule.methods
        and not rule.arguments
        and rule.endpoint != "live.events"  # a stream, tested in tests/live
        and isinstance(access_of(app.view_functions[rule.endpoint]), Role)
    ]
    assert {"/inbox", "/reports", "/reports/response-times.csv", "/settings/people"} <= {*private}
    for address in private:
        assert "no-store" in client.get(address).headers.get("Cache-Control", ""), address
