"""Tokens: for the app, and for the account by OAuth 2 (OAuth 2.0 Authorization Code Flow with
PKCE)."""

from flask import Request

from hub.sandbox.x import access, auth, rules
from hub.sandbox.x.auth import check_client
from hub.sandbox.x.calls import Json
from hub.sandbox.x.faults import FAULTS
from hub.sandbox.x.stand_in import XStandIn


def token(x: XStandIn, request: Request) -> Json:
    """A refresh token, or an authorisation code, against a fresh pair. Both are good once."""
    check_client(request, x.keys)
    kinds = {"refresh_token": "refresh", "authorization_code": "code"}
    grant = request.form.get("grant_type", "")
    if grant not in kinds:
        raise rules.oauth("unsupported_grant_type", "The grant type is not supported.")
    if grant == "authorization_code" and not request.form.get("code_verifier"):
        raise rules.oauth("invalid_request", "Missing required parameter [code_verifier].")
    given = request.form.get("code" if kinds[grant] == "code" else "refresh_token", "")
    with x.change() as store:
        refused = FAULTS.use(store.connection, "renewal_refused")
        scope = None if refused else access.use_up(store, given, kinds[grant])
        if scope is not None:
            return access.issue(store, scope)
    raise rules.oauth("invalid_grant", "Value passed for the token was invalid.")


def app_token(x: XStandIn, request: Request) -> Json:
    """The app's own bearer token, against its key and secret."""
    if auth.basic(request) != (x.keys.consumer_key, x.keys.consumer_secret):
        raise rules.legacy(403, 99, "Unable to verify your credentials")
    if request.form.get("grant_type") != "client_credentials":
        raise rules.legacy(400, 170, "Missing required parameter: grant_type")
    return {"token_type": "bearer", "access_token": x.keys.bearer_token}
