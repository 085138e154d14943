"""The council's colour, and the page that shows every component (development only)."""

import re

from flask import Flask, Response
from flask.typing import ResponseReturnValue

from config import ConfigurationError
from hub import styleguide
from hub.accounts.access import public


def install(app: Flask, *, accent: str, development: bool) -> None:
    """Serve /accent.css, and /styleguide where people develop. Raises ConfigurationError."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", accent):
        raise ConfigurationError(f"ACCENT_COLOUR is {accent!r}: write six digits such as #1f5fbf.")

    @app.get("/accent.css")
    @public
    def accent_css() -> ResponseReturnValue:
        rule = f":root {{ --accent-base: {accent}; }}\n"
        return Response(rule, mimetype="text/css", headers={"Cache-Control": "max-age=300"})

    if development:
        styleguide.install(app)
