"""What a person sees when something is wrong: what happened, what was kept, what to do."""

import structlog
from flask import Flask, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from hub import problems
from hub.extensions import db
from hub.outages import RETRY_SECONDS, is_outage

log = structlog.get_logger()


def install(app: Flask) -> None:
    app.register_error_handler(HTTPException, show)
    app.register_error_handler(CSRFError, show_expired)
    app.register_error_handler(Exception, show_unexpected)


def show(error: HTTPException) -> ResponseReturnValue:
    """The page for one of HTTP's refusals; redirects pass through. Programs get a problem."""
    code = error.code or 500
    if code < 400:
        return error
    if problems.wanted():
        return problems.answer(error)
    title, explanation, next_step = _words(code)
    headers = {k: v for k, v in error.get_headers() if k in {"Allow", "Retry-After"}}
    page = render_template(
        "error.html", code=code, title=title, explanation=explanation, next_step=next_step
    )
    return page, code, headers


def show_expired(_error: CSRFError) -> ResponseReturnValue:
    """The form was open too long, or came from elsewhere."""
    return render_template(
        "error.html",
        code=400,
        title=_("This form has expired"),
        explanation=_("It was open for a long time or came from another site. Nothing was sent."),
        next_step=_("Go back, copy your text if you need it, reload the page and send it again."),
    ), 400


def show_unexpected(error: Exception) -> ResponseReturnValue:
    """Our own fault: logged whole by Flask, told without detail."""
    db.session.rollback()
    if is_outage(error):
        return show_outage(error)
    current_app.logger.exception("unexpected error", exc_info=error)
    if problems.wanted():
        return problems.unexpected()
    title, explanation, next_step = _words(500)
    return render_template(
        "error.html", code=500, title=title, explanation=explanation, next_step=next_step
    ), 500


def show_outage(error: Exception) -> ResponseReturnValue:
    """Storage is out of reach, full, or kept by another process for too long: trouble that
    passes, so the sender is asked to come again. A person gets back what they wrote."""
    log.error("storage out of reach", error=str(error))
    said = _what_was_said()
    if problems.wanted() or not said:
        return show(ServiceUnavailable(retry_after=RETRY_SECONDS))
    page = render_template("outage.html", said=said, without_files=any(request.files.values()))
    return page, 503, {"Retry-After": str(RETRY_SECONDS)}


def _what_was_said() -> list[tuple[str, str]]:
    """The fields of the form that was sent, to be sent again. None with a password: it is typed
    anew rather than written into a page."""
    try:
        fields = list(request.form.items(multi=True))
    except HTTPException:  # too large to be read, for instance
        return []
    return [] if any("password" in name for name, _value in fields) else fields


def _words(code: int) -> tuple[str, str, str]:
    known = {
        403: (
            _("You may not open this page"),
            _("Your role or your departments do not include it. Nothing was changed."),
            _("Ask a supervisor if you need it for your work."),
        ),
        404: (
            _("This page does not exist"),
            _("The address is wrong, or what was here has moved. Nothing was lost."),
            _("Check the address, or start again from the first page."),
        ),
        405: (
            _("This page cannot be used this way"),
            _("Nothing was changed."),
            _("Start again from the first page."),
        ),
        413: (
            _("What you sent is too large"),
            _("It was not kept."),
            _("Go back, choose smaller or fewer files and send it again."),
        ),
        429: (
            _("Too many requests in a short time"),
            _("This last one was not kept. What you sent before was."),
            _("Wait a few minutes, go back and send it again."),
        ),
        500: (
            _("Something went wrong on our side"),
            _("We have been told. What you sent before was kept; this last step may not be."),
            _("Go back and try again in a few minutes."),
        ),
        503: (
            _("The service is busy for a moment"),
            _("Nothing was kept of this last step."),
            _("Try again in a minute."),
        ),
    }
    return known.get(
        code,
        (
            _("This request could not be understood"),
            _("Nothing was changed."),
            _("Go back and try again."),
        ),
    )
