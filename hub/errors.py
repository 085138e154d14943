"""What a person sees when something is wrong: what happened, what was kept, what to do."""

from flask import Flask, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from hub import problems
from hub.extensions import db


def install(app: Flask) -> None:
    app.register_error_handler(HTTPException, show)
    app.register_error_handler(CSRFError, show_expired)
    app.register_error_handler(OperationalError, show_busy)
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


def show_busy(error: OperationalError) -> ResponseReturnValue:
    """The database is out of reach, or another process has kept it for too long: trouble that
    passes, so the sender is asked to come again."""
    current_app.logger.exception("database out of reach", exc_info=error)
    db.session.rollback()
    return show(ServiceUnavailable(retry_after=60))


def show_unexpected(error: Exception) -> ResponseReturnValue:
    """Our own fault: logged whole by Flask, told without detail."""
    current_app.logger.exception("unexpected error", exc_info=error)
    db.session.rollback()
    if problems.wanted():
        return problems.unexpected()
    title, explanation, next_step = _words(500)
    return render_template(
        "error.html", code=500, title=title, explanation=explanation, next_step=next_step
    ), 500


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
