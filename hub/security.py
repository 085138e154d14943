"""Headers that every answer carries."""

from flask import Flask, Response, current_app, request

from hub.accounts.access import access_of
from hub.accounts.models import Role

POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


def install(app: Flask, *, https: bool) -> None:
    """Add the headers to each answer; a view may set a stricter policy of its own."""

    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", POLICY)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if _is_private():
            headers.setdefault("Cache-Control", "private, no-store")
        return response


def _is_private() -> bool:
    """Is it for signed-in people? Such pages hold citizens' data, and their fragments share their
    address: nothing may keep them, the browser of a shared desk least of all."""
    view = current_app.view_functions.get(request.endpoint or "")
    return view is not None and isinstance(access_of(view), Role)
