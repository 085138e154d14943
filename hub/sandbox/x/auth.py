"""Who calls: the app by its bearer token, or the council's account by OAuth 2 or OAuth 1.0a.

The signature of OAuth 1.0a is checked in full (RFC 5849, HMAC-SHA1), over the address as the
caller reached it.
"""

import base64
import binascii
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from flask import Request
from oauthlib.oauth1.rfc5849 import signature
from oauthlib.oauth1.rfc5849.utils import parse_authorization_header, unescape

from hub import clock
from hub.sandbox.x import access
from hub.sandbox.x.identities import OAUTH1_CREDENTIALS
from hub.sandbox.x.rules import XError, forbidden, problem, unauthorized
from hub.sandbox.x.store import Store
from hub.sandbox.x.values import AppKeys

#: "user2": by OAuth 2; "user1": by OAuth 1.0a.
Kind = Literal["app", "user1", "user2"]
#: How far the timestamp of a signed request may be from now.
MOST_SKEW_SECONDS = 300


@dataclass(frozen=True)
class Caller:
    kind: Kind

    @property
    def who(self) -> str:
        """Whose calls are counted."""
        return "app" if self.kind == "app" else "user"


def caller(
    request: Request, store: Store, keys: AppKeys, allowed: Collection[Kind], scopes: str
) -> Caller:
    """Who makes this call. Raises XError: 401 for nobody, 403 for somebody who may not.

    A user of OAuth 2 needs all of `scopes`, names with blanks between.
    """
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "oauth":
        _check_signature(request, store, keys)
        found = Caller("user1")
    elif scheme.lower() == "bearer":
        found = _bearer(rest.strip(), store, keys, scopes)
    else:
        raise unauthorized()
    if found.kind not in allowed:
        raise _unsupported(found.kind, allowed)
    return found


def check_client(request: Request, keys: AppKeys) -> None:
    """The app proves itself at the token endpoint by its name and secret (HTTP Basic)."""
    if basic(request) != (keys.client_id, keys.client_secret):
        raise XError(
            401,
            {
                "error": "unauthorized_client",
                "error_description": "Missing valid authorization header",
            },
        )


def basic(request: Request) -> tuple[str, str] | None:
    """(name, password) of HTTP Basic."""
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(rest, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return name, password


def _bearer(token: str, store: Store, keys: AppKeys, scopes: str) -> Caller:
    if keys.bearer_token and hmac.compare_digest(token.encode(), keys.bearer_token.encode()):
        return Caller("app")
    granted = access.scope_of(store, token)
    if granted is None:
        raise unauthorized()
    if missing := set(scopes.split()) - granted:
        raise forbidden(f"Your access lacks the scopes: {', '.join(sorted(missing))}.")
    return Caller("user2")


def _unsupported(kind: Kind, allowed: Collection[Kind]) -> XError:
    """X names what it would take (Unsupported Authentication)."""
    names = {"app": "OAuth 2.0 Application-Only", "user1": "OAuth 1.0a User Context"}
    called = names.get(kind, "OAuth 2.0 User Context")
    wanted = ", ".join(names.get(one, "OAuth 2.0 User Context") for one in sorted(allowed))
    return problem(
        403,
        "Unsupported Authentication",
        f"Authenticating with {called} is forbidden for this endpoint. "
        f"Supported authentication types are [{wanted}].",
        "unsupported-authentication",
    )


def _check_signature(request: Request, store: Store, keys: AppKeys) -> None:
    given = _oauth_parameters(request)
    known = (keys.consumer_key, OAUTH1_CREDENTIALS["oauth_token"], "HMAC-SHA1")
    names = ("oauth_consumer_key", "oauth_token", "oauth_signature_method")
    let_in = tuple(given.get(name) for name in names) == known and not store.setting("revoked")
    if not let_in or not _is_fresh(given):
        raise unauthorized()
    base = signature.signature_base_string(
        request.method,  # type: ignore[arg-type]  # any method there is
        signature.base_string_uri(request.base_url),
        signature.normalize_parameters(_signed_parameters(request)),  # type: ignore[arg-type]
    )
    secrets = keys.consumer_secret, OAUTH1_CREDENTIALS["oauth_token_secret"]
    right = signature.sign_hmac_sha1_with_client(base, _Secrets(*secrets))
    if not hmac.compare_digest(given.get("oauth_signature", ""), right):
        raise unauthorized()


@dataclass(frozen=True)
class _Secrets:
    """The two secrets a signature is made with, as oauthlib asks for them."""

    client_secret: str
    resource_owner_secret: str


def _oauth_parameters(request: Request) -> dict[str, str]:
    try:
        given = parse_authorization_header(request.headers["Authorization"])
        return {name: unescape(value) for name, value in given}
    except ValueError as error:
        raise unauthorized() from error


def _is_fresh(given: dict[str, str]) -> bool:
    stamp = given.get("oauth_timestamp", "")
    if not stamp.isdecimal() or not given.get("oauth_nonce"):
        return False
    return abs(clock.now().timestamp() - int(stamp)) <= MOST_SKEW_SECONDS


def _signed_parameters(request: Request) -> list[tuple[str, str]]:
    """Of the header, the query, and a body that is a plain form; no other body is signed."""
    form = request.mimetype == "application/x-www-form-urlencoded"
    body = request.get_data(as_text=True) if form else ""
    found: list[tuple[str, str]] = signature.collect_parameters(
        uri_query=request.query_string.decode(),
        body=body,
        headers={"Authorization": request.headers["Authorization"]},
    )
    return found
