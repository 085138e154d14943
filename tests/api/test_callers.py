"""Who may call the API, and what the others are told."""

from datetime import timedelta

import pytest
from werkzeug.exceptions import TooManyRequests

from hub.accounts.models import Role
from hub.api import actions
from hub.api.models import ApiToken
from hub.clock import now
from hub.extensions import db
from tests.api.conftest import Tool
from tests.builders import create_ticket, create_user
from tests.statements import counted


def only_token() -> ApiToken:
    db.session.expire_all()
    return db.session.query(ApiToken).one()


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Bearer hub_wrong", "Basic aHViOmh1Yg==", "hub_x", "Bearer é"],
)
def test_without_a_good_token_nothing_is_told(client, tool, header):
    ticket = create_ticket()
    headers = {} if header is None else {"Authorization": header}
    for path in (f"/tickets/{ticket.reference}", "/tickets", "/reports/response-times"):
        answer = client.get(f"/api/v1{path}", headers=headers)
        assert answer.status_code == 401
        assert answer.mimetype == "application/problem+json"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_person_s_session_is_no_token(signed_in, admin):
    assert signed_in(admin).get("/api/v1/tickets").status_code == 401


def test_a_revoked_token_is_refused(tool):
    assert tool.get("/tickets").status_code == 200
    actions.revoke_token("tool")
    answer = tool.get("/tickets")
    assert answer.status_code == 401
    assert "invalid_token" in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("role", "status"), [(Role.AGENT, 403), (Role.SUPERVISOR, 200), (Role.ADMIN, 200)]
)
def test_reports_are_for_supervisors(app, client, role, status):
    tool = Tool(client, actions.create_token("t", role))
    answer = tool.get("/reports/response-times")
    assert answer.status_code == status
    if status == 403:
        assert "insufficient_scope" in answer.headers["WWW-Authenticate"]


def test_every_route_says_which_role_it_needs(app):
    routes = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api.")]
    assert len(routes) == 11
    for rule in routes:
        assert app.view_functions[rule.endpoint].api_role in Role, rule


def test_a_route_that_says_no_role_lets_nobody_in(app, tool, monkeypatch):
    monkeypatch.delattr(app.view_functions["api.tickets"], "api_role")
    assert tool.get("/tickets").status_code == 403


def test_only_a_digest_of_a_token_is_kept(app):
    text = actions.create_token("tool", Role.AGENT)
    kept = only_token()
    assert text.startswith("hub_")
    assert text not in {kept.digest, kept.name}
    assert len(text) >= 40


def test_the_last_use_is_noted_at_most_once_a_minute(tool):
    tool.get("/tickets")
    first = only_token().last_used_at
    assert now() - first < timedelta(seconds=30)
    with counted() as statements:
        tool.get("/tickets")
    assert not [s for s in statements if s.startswith("UPDATE")]
    only_token().last_used_at = now() - timedelta(minutes=2)
    db.session.commit()
    with counted() as statements:
        tool.get("/tickets")
    assert len([s for s in statements if s.startswith("UPDATE")]) == 1
    assert only_token().last_used_at >= first


def test_answers_are_kept_by_no_cache(tool):
    assert tool.get("/tickets").headers["Cache-Control"] == "no-store"


# --- What goes wrong before any route -----------------------------------------------------------


def test_an_unknown_address_is_a_problem_with_or_without_a_token(client, tool):
    for answer in (tool.get("/nothing-here"), client.get("/api/v2")):
        assert answer.status_code == 404
        assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_a_method_that_is_not_there_says_which_are(client, method):
    answer = client.open("/api/v1/tickets", method=method)
    assert answer.status_code == 405
    assert answer.mimetype == "application/problem+json"
    assert "GET" in answer.headers["Allow"]


def test_our_own_fault_is_a_problem_without_detail(tool, monkeypatch):
    def break_down(*_args, **_kwargs):
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("hub.api.queries.page", break_down)
    monkeypatch.setitem(tool.client.application.config, "PROPAGATE_EXCEPTIONS", False)
    answer = tool.get("/tickets")
    assert answer.status_code == 500
    assert b"secret" not in answer.data


def test_too_many_requests_is_a_problem(app, client):
    with app.test_request_context("/api/v1/tickets"):
        answer = app.make_response(app.handle_user_exception(TooManyRequests(retry_after=30)))
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "30"
    assert answer.mimetype == "application/problem+json"


def test_people_still_get_pages(client, signed_in):
    answer = signed_in(create_user()).get("/nothing-here")
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"


# --- The command line ---------------------------------------------------------------------------


def run(app, *arguments: str):
    db.session.rollback()
    return app.test_cli_runner().invoke(args=["api-token", *arguments])


def test_a_token_is_printed_alone_and_works(app, client):
    printed = run(app, "create", "crm", "--role", "agent")
    assert printed.exit_code == 0
    assert printed.stdout.count("\n") == 1
    assert Tool(client, printed.stdout.strip()).get("/tickets").status_code == 200


def test_two_tokens_do_not_share_a_name(app):
    run(app, "create", "crm", "--role", "agent")
    again = run(app, "create", "crm", "--role", "admin")
    assert again.exit_code == 1
    assert "crm" in again.stderr
    assert again.stdout == ""
    assert only_token().role == Role.AGENT


def test_tokens_are_listed_and_revoked(app):
    run(app, "create", "crm", "--role", "agent")
    assert "never used" in run(app, "list").stdout
    assert run(app, "revoke", "crm").exit_code == 0
    assert "revoked" in run(app, "list").stdout
    assert run(app, "revoke", "crm").exit_code == 1
    assert only_token().revoked_at is not None
