"""The playground: one plays the citizen, watches the answers come, and breaks things on purpose."""

from collections.abc import Callable, Container
from datetime import timedelta

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from hub.sandbox import board, mail, pictures
from hub.sandbox.meta.faults import FAULTS
from hub.sandbox.meta.oddities import ODDITIES
from hub.sandbox.meta.rules import GraphError
from hub.sandbox.meta.stand_in import MetaStandIn

#: What a citizen may attach.
PICTURES = ("shelter.jpg", "pothole.jpg", "classroom.jpg", "letter.jpg")
FILES = (*PICTURES, "certificate.pdf")
_LONGEST = 8000


def create_blueprint() -> Blueprint:
    """The pages under /sandbox. They find the stand-in in `app.extensions["sandbox"]`."""
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
    caught = mail.caught(_meta().database)
    return render_template("sandbox/mails.html", mails=caught, mail=caught[0] if caught else None)


def one_mail(mail_id: int) -> ResponseReturnValue:
    found = mail.one(_meta().database, mail_id)
    if found is None:
        abort(404)
    return render_template("sandbox/mails.html", mails=mail.caught(_meta().database), mail=found)


def file(name: str) -> ResponseReturnValue:
    """A drawn picture, in the place of what people would have sent."""
    found = pictures.rendered(name)
    if found is None:
        abort(404)
    content, media_type = found
    return Response(content, mimetype=media_type, headers={"Cache-Control": "max-age=86400"})


# --- What the forms do. Each takes the stand-in and who one plays.


def write_comment(meta: MetaStandIn, me: str) -> None:
    text, picture = _said()
    meta.comment(
        request.form["post"], me, text, parent=request.form.get("parent") or None, photo=picture
    )


def edit_comment(meta: MetaStandIn, me: str) -> None:
    comment = _own_comment(meta, me)
    meta.edit_comment(comment, _said()[0])


def remove_comment(meta: MetaStandIn, me: str) -> None:
    meta.remove_comment(_own_comment(meta, me))


def write_post(meta: MetaStandIn, me: str) -> None:
    text, picture = _said()
    meta.visitor_post(me, text, photo=picture)


def write_message(meta: MetaStandIn, me: str) -> None:
    text, attached = _said()
    meta.write(me, text, [attached] if attached else [])


def send_thumb(meta: MetaStandIn, me: str) -> None:
    meta.sticker(me)


def switch_fault(meta: MetaStandIn, me: str) -> None:
    """On for the next call, or off again."""
    name = _one_of(request.form["name"], FAULTS.known)
    with meta.database.writing() as connection:
        FAULTS.toggle(connection, name)


def send_oddity(meta: MetaStandIn, me: str) -> None:
    ODDITIES[_one_of(request.form["name"], ODDITIES)].send(meta)


def move_clock(meta: MetaStandIn, me: str) -> None:
    hours = int(_one_of(request.form["hours"], ("0", "1", "24", "168")))
    if hours:
        meta.advance(timedelta(hours=hours))
    else:
        meta.real_time()


def switch_page(meta: MetaStandIn, me: str) -> None:
    """What Meta grants the page, and whether this person lets it write."""
    what, on = request.form["what"], request.form.get("on") == "yes"
    switches: dict[str, Callable[[], None]] = {
        "human_agent": lambda: meta.grant_human_agent(on),
        "subscribed": lambda: meta.subscribe_page() if on else meta.subscribe_page(()),
        "blocked": lambda: meta.set_person(me, blocked=on),
    }
    switches[_one_of(what, switches)]()


def reset(meta: MetaStandIn, me: str) -> None:
    meta.database.reset()


Action = Callable[[MetaStandIn, str], None]
ACTIONS: dict[str, Action] = {
    "comments": write_comment,
    "comments/edit": edit_comment,
    "comments/remove": remove_comment,
    "posts": write_post,
    "messages": write_message,
    "thumbs": send_thumb,
    "faults": switch_fault,
    "oddities": send_oddity,
    "clock": move_clock,
    "page": switch_page,
    "reset": reset,
}


def _view(act: Action) -> Callable[[], ResponseReturnValue]:
    """A form's view: do it, then show the board; 204 to the page's own script, which asks for
    the board itself."""

    def view() -> ResponseReturnValue:
        meta = _meta()
        me = board.read(meta, request.form.get("who", "")).me.id
        try:
            act(meta, me)
        except GraphError:
            abort(404)
        if request.headers.get("X-Requested-With") == "fetch":
            return "", 204
        return redirect(url_for("sandbox.playground", who=me), 303)

    return view


def _meta() -> MetaStandIn:
    stand_in: MetaStandIn = current_app.extensions["sandbox"]
    return stand_in


def _board() -> board.Board:
    return board.read(_meta(), request.args.get("who", ""))


def _choices() -> dict[str, object]:
    return {
        "pictures": PICTURES,
        "files": FILES,
        "faults": FAULTS.known,
        "oddities": ODDITIES,
        "told": board.told,
    }


def _said() -> tuple[str, str]:
    """(text, attached file) of a form; 400 when it says nothing at all."""
    text = request.form.get("text", "").strip().replace("\r\n", "\n")
    attached = request.form.get("attached", "")
    if (not text and not attached) or len(text) > _LONGEST:
        abort(400)
    if attached:
        _one_of(attached, FILES)
    return text, attached


def _own_comment(meta: MetaStandIn, me: str) -> str:
    comment_id = request.form["comment"]
    own = {c.id for post in meta.posts() for c in meta.thread(post.id) if c.author_id == me}
    if comment_id not in own:
        abort(403)
    return comment_id


def _one_of(value: str, allowed: Container[str]) -> str:
    if value not in allowed:
        abort(400)
    return value
