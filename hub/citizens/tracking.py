"""The citizen's private page: whoever has its address reads the exchange and writes again.

The address is the key, so no page here is kept, indexed, or told to another site.
"""

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.accounts.access import public
from hub.citizens import actions, queries, wording
from hub.citizens.forms import MessageForm
from hub.citizens.queries import Tracked
from hub.citizens.views import form_rate
from hub.extensions import csrf, limiter
from hub.outbox import signing
from hub.tickets import downloads, missing_files
from hub.tickets.models import Attachment, Direction, Message

blueprint = Blueprint("tracking", __name__, url_prefix="/suivi")

#: Only addresses that do not exist are counted: reading one's own page has no limit.
guesses = limiter.shared_limit(
    "30 per 10 minutes",
    scope="tracking",
    deduct_when=lambda response: response.status_code == 404,
)


blueprint.context_processor(
    lambda: {"public_name": signing.public_name, "public_title": signing.public_title}
)


@blueprint.after_request
def keep_private(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.route("/<token>", methods=["GET", "POST"])
@public
@csrf.exempt  # the form checks its token itself; a page without referrer has nothing else to show
@guesses
@limiter.limit(form_rate, methods=["POST"])
def show(token: str) -> ResponseReturnValue:
    """The exchange so far, and a form to go on."""
    tracked = _tracked(token)
    form = MessageForm()
    if not form.validate_on_submit():
        page = _page("citizens/tracking.html", token, tracked, form=form)
        return page, 422 if form.is_submitted() else 200
    stored = actions.write_again(
        tracked,
        actions.Letter(
            submission=form.submission.data,
            text=form.message.data,
            files=form.files.data or (),
        ),
    )
    flash(_("Your message was sent."), "success")
    # A ticket that another conversation opened has a page that shows more than this one.
    goes_on = token if tracked.own is not tracked.latest else stored.ticket.tracking_token
    target = url_for(".show", token=goes_on, _anchor=f"message-{stored.id}")
    return redirect(target, 303)


@blueprint.get("/<token>/envoi")
@public
@guesses
def received(token: str) -> ResponseReturnValue:
    """What a citizen sees once the first message is filed."""
    tracked = _tracked(token)
    ticket = tracked.own
    receipt = next((m for m in queries.exchange(tracked) if m.automatic), None)
    return render_template(
        "citizens/received.html",
        ticket=ticket,
        address=url_for(".show", token=token, _external=True),
        email=receipt.target.get("email") if receipt else None,
        service=wording.service(ticket),
    )


@blueprint.get("/<token>/echange")
@public
@guesses
def exchange(token: str) -> ResponseReturnValue:
    """The exchange for a page that is open already: nothing (204) while it shows the present one.

    `seen`: the stamp of what the page shows; `last`: the id of its newest message.
    """
    tracked = _tracked(token)
    messages = queries.exchange(tracked)
    if request.args.get("seen") == queries.stamp(tracked, messages):
        return "", 204
    last = request.args.get("last", 0, type=int)
    news = [m for m in messages if m.direction == Direction.OUT and m.id > last]
    return _page("citizens/_exchange.html", token, tracked, messages, news=news)


@blueprint.get("/<token>/files/<int(max=9223372036854775807):attachment_id>")
@public
@guesses
def download(token: str, attachment_id: int) -> ResponseReturnValue:
    """A file of the exchange."""
    return downloads.as_download(_file(token, attachment_id))


@blueprint.get("/<token>/files/<int(max=9223372036854775807):attachment_id>/picture")
@public
@guesses
def picture(token: str, attachment_id: int) -> ResponseReturnValue:
    """The thumbnail of a file."""
    return downloads.as_picture(_file(token, attachment_id), 0)


@blueprint.get("/<token>/files/<int(max=9223372036854775807):attachment_id>/media")
@public
@guesses
def media(token: str, attachment_id: int) -> ResponseReturnValue:
    """A film or a recording, for the player of the page."""
    return downloads.as_media(_file(token, attachment_id))


def _file(token: str, attachment_id: int) -> Attachment:
    return queries.attachment(_tracked(token), attachment_id) or abort(404)


def _tracked(token: str) -> Tracked:
    found = queries.tracked(token)
    if found is None:
        abort(404)
    return found


def _page(
    template: str,
    token: str,
    tracked: Tracked,
    messages: list[Message] | None = None,
    **values: object,
) -> str:
    messages = queries.exchange(tracked) if messages is None else messages
    return render_template(
        template,
        token=token,
        tracked=tracked,
        ticket=tracked.own,
        state=tracked.latest.state,
        said=wording.said,
        messages=messages,
        stamp=queries.stamp(tracked, messages),
        last=max((message.id for message in messages), default=0),
        standing=wording.standing(tracked.latest),
        missing_file=missing_files.words,
        player=downloads.player,
        **values,
    )
