"""The playground: one plays the citizen, watches the answers come, and breaks things on purpose."""

from collections.abc import Callable

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from hub.sandbox import board, mail, pictures, world
from hub.sandbox.faults import Refusal
from hub.sandbox.forms import FILES, MEDIA, PICTURES, Action
from hub.sandbox.meta import board as facebook_board
from hub.sandbox.meta import faults as facebook_faults
from hub.sandbox.meta import forms as facebook_forms
from hub.sandbox.meta import oddities as facebook_oddities
from hub.sandbox.people import Citizen
from hub.sandbox.world import World
from hub.sandbox.x import board as x_board
from hub.sandbox.x import faults as x_faults
from hub.sandbox.x import forms as x_forms
from hub.sandbox.x import identities as x_identities
from hub.sandbox.x import oddities as x_oddities


def reset(world: World, me: Citizen) -> None:
    world.database.reset()


ACTIONS: dict[str, Action] = {**facebook_forms.ACTIONS, **x_forms.ACTIONS, "reset": reset}


def create_blueprint() -> Blueprint:
    """The pages under /sandbox. They find the world in `app.extensions["sandbox"]`."""
    blueprint = Blueprint("sandbox", __name__, url_prefix="/sandbox")
    blueprint.add_url_rule("/", "playground", playground)
    blueprint.add_url_rule("/live", "live", live)
    blueprint.add_url_rule("/mails", "mails", mails)
    blueprint.add_url_rule("/mails/<int(max=9223372036854775807):mail_id>", "mail", one_mail)
    blueprint.add_url_rule("/files/<name>", "file", file)
    for name, act in ACTIONS.items():
        blueprint.add_url_rule(f"/{name}", name, _view(act), methods=["POST"])
    return blueprint


def playground() -> ResponseReturnValue:
    return render_template("sandbox/playground.html", board=_board(), **_choices())


def live() -> ResponseReturnValue:
    """The parts of the playground that change by themselves; 304 when none has."""
    now = _board()
    response = Response()
    response.set_etag(now.version)
    response.cache_control.no_store = True
    if now.version in request.if_none_match:
        response.status_code = 304
        return response
    response.set_data(render_template("sandbox/_live.html", board=now, **_choices()))
    return response


def mails() -> ResponseReturnValue:
    caught = mail.caught(world.current().database)
    return render_template("sandbox/mails.html", mails=caught, mail=caught[0] if caught else None)


def one_mail(mail_id: int) -> ResponseReturnValue:
    database = world.current().database
    found = mail.one(database, mail_id)
    if found is None:
        abort(404)
    return render_template("sandbox/mails.html", mails=mail.caught(database), mail=found)


def file(name: str) -> ResponseReturnValue:
    """A drawn picture, in the place of what people would have sent."""
    found = pictures.rendered(name)
    if found is None:
        abort(404)
    content, media_type = found
    return Response(content, mimetype=media_type, headers={"Cache-Control": "max-age=86400"})


def _view(act: Action) -> Callable[[], ResponseReturnValue]:
    """A form's view: do it, then show the board; 204 to the page's own script, which asks for
    the board itself."""

    def view() -> ResponseReturnValue:
        me = board.citizen(request.form.get("who", ""))
        try:
            act(world.current(), me)
        except Refusal:
            abort(404)
        if request.headers.get("X-Requested-With") == "fetch":
            return "", 204
        return redirect(url_for("sandbox.playground", who=me.facebook_id), 303)

    return view


def _board() -> board.Board:
    return board.read(world.current(), board.citizen(request.args.get("who", "")))


def _choices() -> dict[str, object]:
    return {
        "pictures": PICTURES,
        "files": FILES,
        "media": MEDIA,
        "account": x_identities.ACCOUNT,
        "facebook_faults": facebook_faults.FAULTS.known,
        "facebook_oddities": facebook_oddities.ODDITIES,
        "facebook_told": facebook_board.told,
        "x_faults": x_faults.FAULTS.known,
        "x_oddities": x_oddities.ODDITIES,
        "x_told": x_board.told,
    }
