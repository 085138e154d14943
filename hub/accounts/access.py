"""Who may enter a page. Every view says it with one of the decorators below; a view that says
nothing lets nobody in, and a test names it."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from hub.accounts.models import Role

View = TypeVar("View", bound=Callable[..., Any])

MARK = "hub_access"


def public(view: View) -> View:
    """Anybody may enter."""
    setattr(view, MARK, "public")
    return view


def guarded(view: View) -> View:
    """The view checks its caller itself (a token, a signature) before anything else."""
    setattr(view, MARK, "guarded")
    return view


def requires(role: Role) -> Callable[[View], View]:
    """Only a signed-in person with this role, or one above it, may enter."""

    def mark(view: View) -> View:
        setattr(view, MARK, role)
        return view

    return mark


def access_of(view: Callable[..., Any]) -> str | Role | None:
    """What a view said: "public", "guarded", a Role, or None when it said nothing. Views made
    from a class carry it on the class."""
    return getattr(view, MARK, None) or getattr(getattr(view, "view_class", None), MARK, None)


def install(app: Flask) -> None:
    """Check each request before its view."""
    app.before_request(_check)


def _check() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None
    needed = access_of(current_app.view_functions[request.endpoint])
    if needed in {"public", "guarded"}:
        return None
    if not current_user.is_authenticated:
        if _wants_a_part():
            abort(401)
        return redirect(url_for("accounts.sign_in", next=_here()))
    if needed is None or not current_user.may(Role(needed)):
        abort(403)
    return None


def _wants_a_part() -> bool:
    """A fragment of a page, or its stream: the sign-in page would be of no use there."""
    return "HX-Request" in request.headers or request.accept_mimetypes.best == "text/event-stream"


def _here() -> str | None:
    """Where to go after signing in: only a page, never a form that would be sent again."""
    return request.full_path.rstrip("?") if request.method == "GET" else None
