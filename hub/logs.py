"""Logs: one JSON object a line in production, readable lines in development. Each line of a
request carries its id, which the answer carries too, so that a person's report finds its lines.
Texts of citizens, tokens and passwords are never logged: only ids."""

import logging
import secrets
import sys

import structlog
from flask import Flask, Response, g, request


def install(app: Flask, *, development: bool) -> None:
    """Configure logging for this process and number the requests of this application."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer = (
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
        if development
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for chatty in ("alembic", "huey", "mail.log"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    app.before_request(_number_request)
    app.after_request(_tell_number)


def _number_request() -> None:
    g.request_id = secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    # The rule, not the path: the address of a tracking page is a secret.
    structlog.contextvars.bind_contextvars(request=g.request_id, route=str(request.url_rule))


def _tell_number(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("request_id", "")
    return response
