"""What the playground's forms do on X."""

from collections.abc import Callable

from flask import abort, request

from hub.sandbox import forms
from hub.sandbox.forms import MEDIA, PICTURES, Action
from hub.sandbox.people import Citizen
from hub.sandbox.world import World
from hub.sandbox.x.faults import FAULTS
from hub.sandbox.x.length import LONGEST_LONG_POST
from hub.sandbox.x.oddities import ODDITIES

MOST_PHOTOS = 4


def publish(world: World, me: Citizen) -> None:
    """A post of one's own, or an answer to `post`."""
    text, photos, film = _post()
    answered = request.form.get("post")
    if answered:
        world.x.reply(me.x_id, answered, text, photos=photos, video=film)
    else:
        world.x.post(me.x_id, text, photos=photos, video=film)


def quote(world: World, me: Citizen) -> None:
    text, _, _ = _post()
    world.x.quote(me.x_id, request.form["post"], text)


def edit(world: World, me: Citizen) -> None:
    post = _own_post(world, me)
    text = forms.text(LONGEST_LONG_POST)
    if not text:
        abort(400)
    world.x.edit(post, text)


def delete(world: World, me: Citizen) -> None:
    world.x.delete(_own_post(world, me))


def like(world: World, me: Citizen) -> None:
    """Or take it back."""
    press = world.x.like if request.form.get("on") == "yes" else world.x.unlike
    press(me.x_id, request.form["post"])


def repost(world: World, me: Citizen) -> None:
    world.x.repost(me.x_id, request.form["post"])


def write(world: World, me: Citizen) -> None:
    text, picture = forms.said(PICTURES)
    world.x.write(me.x_id, text, photo=picture)


def write_encrypted(world: World, me: Citizen) -> None:
    world.x.write_encrypted(me.x_id)


def switch_fault(world: World, me: Citizen) -> None:
    forms.switch_fault(world.x, FAULTS)


def send_oddity(world: World, me: Citizen) -> None:
    ODDITIES[forms.one_of(request.form["name"], ODDITIES)].send(world.x)


def move_clock(world: World, me: Citizen) -> None:
    forms.move_clock(world.x)


def switch(world: World, me: Citizen) -> None:
    """What the council has bought, how X tells things, and whether this person blocks it."""
    x, on = world.x, request.form.get("on") == "yes"
    switches: dict[str, Callable[[], object]] = {
        "enterprise": lambda: x.switch(level="enterprise" if on else "pay_per_use"),
        "implicit_summons": lambda: x.switch(implicit_summons=on),
        "webhooks": lambda: x.switch(webhooks=on),
        "account_activity": lambda: x.switch(shape="account_activity" if on else "activity"),
        "post_names": lambda: x.switch(naming="post" if on else "tweet"),
        "valid": x.check_webhook if on else x.invalidate_webhook,
        "blocks": lambda: x.set_person(me.x_id, blocks=on),
    }
    switches[forms.one_of(request.form["what"], switches)]()


ACTIONS: dict[str, Action] = {
    "x/publish": publish,
    "x/quote": quote,
    "x/edit": edit,
    "x/delete": delete,
    "x/like": like,
    "x/repost": repost,
    "x/write": write,
    "x/write-encrypted": write_encrypted,
    "x/faults": switch_fault,
    "x/oddities": send_oddity,
    "x/clock": move_clock,
    "x/switch": switch,
}


def _post() -> tuple[str, list[str], str]:
    """(text, photos, film) of a form: up to four photos, or one film."""
    text, files = forms.text(LONGEST_LONG_POST), forms.attached(MEDIA)
    films = [name for name in files if name not in PICTURES]
    too_many = len(files) > MOST_PHOTOS or (films and len(files) > 1)
    if too_many or not (text or files):
        abort(400)
    return text, [name for name in files if name in PICTURES], "".join(films)


def _own_post(world: World, me: Citizen) -> str:
    post_id = request.form["post"]
    with world.x.reading() as store:
        post = store.post(post_id)
    if post is None or post.author_id != me.x_id:
        abort(403)
    return post_id
